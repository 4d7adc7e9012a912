package dev.twotick.worker.consume;

/// Hears from the processor when work on a suspect begins and when it came to nothing through an outage: a worker that
/// ends between the two may have died of the entry, one that ends while it waits for a store has not.
public interface Attempts {

    /// For entries that nobody suspects.
    Attempts UNCOUNTED = new Attempts() {
        @Override
        public void begins() {}

        @Override
        public void endsInOutage() {}
    };

    /// Call when what the work needs is there, just before the work. Calling it twice counts once.
    void begins();

    /// Call before waiting for a store.
    void endsInOutage();
}
