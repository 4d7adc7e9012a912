package dev.twotick.worker.console;

/// Who has signed in.
///
/// @param mayWrite has the scope `write`; without it one looks, and changes nothing
/// @param session what the cookie holds
record Visitor(long id, String name, boolean mayWrite, SecretToken session) {

    /// What each form of theirs carries, and no other site can know.
    String csrf() {
        return session.derived("csrf");
    }

    /// In the audit log.
    String actor() {
        return "user:" + name;
    }
}
