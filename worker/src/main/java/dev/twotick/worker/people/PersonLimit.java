package dev.twotick.worker.people;

import java.sql.SQLException;
import java.util.Collection;
import java.util.NavigableSet;
import org.jooq.exception.DataAccessException;

/// How large a person may become. Ids that were named together are one person for good, so an id that is repeated (a
/// parent's that is `0` for everybody, test data) would make one of all, and nobody could tell them apart again. What
/// would exceed it fails as an item; nobody is merged by it.
final class PersonLimit {

    /// Ids of one contact: all of their numbers and user ids, of years.
    static final int IDS = 100;

    /// Ids that are read for one item, those of whoever had its number before among them.
    private static final int REACH = 1_000;

    static <C extends Collection<NavigableSet<Identity>>> C checked(C groups) {
        if (groups.stream().anyMatch(group -> group.size() > IDS)) {
            throw exceeded("one person would have more than " + IDS + " ids");
        }
        return groups;
    }

    /// How many ids are read for so many that were named.
    static int reach(int named) {
        return REACH + 20 * named;
    }

    /// The item that says so is found as those are that the database refuses. 54000 is program_limit_exceeded.
    static DataAccessException exceeded(String what) {
        String message = what + ": an id in this item is repeated for many people; nobody was merged. See to it that"
                + " each has ids of their own, then replay";
        return new DataAccessException(message, new SQLException(message, "54000"));
    }

    private PersonLimit() {}
}
