package dev.twotick.worker.apply;

import dev.twotick.db.DatabaseFault;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.UUID;
import org.jooq.exception.DataAccessException;

/// Faults that the database answers with, and that neither pass nor tell of bad data: an operator's trigger, a damaged
/// page, a statement that takes longer than it may. Tried again for ever they would stand before all others; so after
/// some tries the batch is split as if its data were bad. But what fails alone fails for its own sake only if the
/// database takes others meanwhile: a missing grant is waited out.
final class StubbornRefusals {
    private static final int TRIES = 5;
    private static final int TRIES_OF_SLOW = 2; // each has taken a minute
    private static final int MOST_SINGLES = 10;
    private static final int MOST_KNOWN = 1_000;
    private static final String TOO_SLOW = "57014";

    private long commits;
    private final SequencedMap<UUID, Long> commitsAtFirst = new LinkedHashMap<>();

    static boolean isRefusal(DataAccessException fault) {
        return fault.getCause(SQLException.class) != null && !DatabaseFault.mayPass(fault);
    }

    /// @param refusals that this batch has met, this one included
    static boolean isToBeSplit(DataAccessException fault, int refusals) {
        return refusals % (fault.sqlState().equals(TOO_SLOW) ? TRIES_OF_SLOW : TRIES) == 0;
    }

    /// So many items have failed alone, and nothing was committed beside them: it is not for them.
    static boolean hitsEverything(int singles) {
        return singles >= MOST_SINGLES;
    }

    /// Facts of whatever payload were committed.
    synchronized void committed() {
        commits++;
    }

    /// A batch that begins with this payload met a fault.
    synchronized void met(UUID payload) {
        commitsAtFirst.putIfAbsent(payload, commits);
        if (commitsAtFirst.size() > MOST_KNOWN) {
            commitsAtFirst.pollFirstEntry();
        }
    }

    /// Whether facts were committed since it first did.
    synchronized boolean takesOthers(UUID payload) {
        return commits > commitsAtFirst.getOrDefault(payload, Long.MAX_VALUE);
    }

    synchronized void over(UUID payload) {
        commitsAtFirst.remove(payload);
    }
}
