package dev.twotick.worker.replay;

/// Hears how a replay goes on, for a progress bar.
public interface ReplayProgress {

    /// How many payloads were selected.
    void selected(long payloads);

    void at(ReplayCounts counts);

    /// Nothing moves; `why` says what to do about it. Called again every few seconds.
    void waiting(String why);
}
