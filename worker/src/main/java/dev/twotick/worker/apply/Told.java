package dev.twotick.worker.apply;

import dev.twotick.worker.interpret.Fact.MessageTold;

/// Who told of a message as what. Each has a bit in `message.told`: the first time that it is set, its event is
/// raised. Two sources may tell of one message, and one may, against all rules, tell of it as two kinds; then
/// each is told once.
record Told(Teller teller, MessageTold.Kind kind) {

    /// The sources, as a message's row tells them apart.
    enum Teller {
        LIVE("in", 0),
        ECHO("echo", 5),
        STANDBY("standby", 10),
        /// raises no event
        HISTORY("history", 15);

        private final String word;
        private final int firstBit;

        Teller(String word, int firstBit) {
            this.word = word;
            this.firstBit = firstBit;
        }

        static Teller of(MessageTold.Source source) {
            return switch (source) {
                case LIVE -> LIVE;
                case ECHO -> ECHO;
                case STANDBY -> STANDBY;
                case HISTORY_MEDIA, HISTORY, HISTORY_PLACEHOLDER -> HISTORY;
            };
        }
    }

    static Told of(ApplyItem<MessageTold> item) {
        return new Told(Teller.of(item.fact().source()), item.fact().kind());
    }

    int bit() {
        int place = switch (kind) {
            case CONTENT -> 0;
            case REACTION -> 1;
            case EDIT -> 2;
            case REVOKE -> 3;
            case SYSTEM -> 4;
        };
        return 1 << (teller.firstBit + place);
    }

    /// Names the event's fact: the message, as this source told of it.
    String factKey(ApplyItem<MessageTold> item) {
        return teller.word + ':' + item.accountId() + ':' + item.fact().wamid().value();
    }
}
