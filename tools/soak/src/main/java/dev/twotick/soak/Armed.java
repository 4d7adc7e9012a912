package dev.twotick.soak;

/// A step at which a process will strike when it comes there for the `nth` time.
record Armed(Step step, int nth, Victim victim) {
    enum Victim {
        SELF,
        POSTGRES,
        REDIS
    }
}
