package dev.twotick.worker.people;

import dev.twotick.db.RowStatement;
import dev.twotick.worker.batch.DatedText;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The columns of names, which `contact_mention` and `contact` have alike, in SQL: of two names of one kind the
/// one with the greater (Meta's time, text) stands, as [DatedText] has it.
final class LaterNames {
    private static final List<String> KINDS = List.of("name", "username", "saved_name");

    /// What `update … set` takes over from a row that comes.
    static String set(String there, String come) {
        return KINDS.stream()
                .map(kind -> """
                        %3$s = case when %4$s then %2$s.%3$s else %1$s.%3$s end,
                        %3$s_at = case when %4$s then %2$s.%3$s_at else %1$s.%3$s_at end
                        """.formatted(there, come, kind, isLater(kind, there, come)))
                .collect(Collectors.joining(",\n"));
    }

    /// Whether a row that comes has a later name of any kind.
    static String any(String there, String come) {
        return KINDS.stream().map(kind -> isLater(kind, there, come)).collect(Collectors.joining(" or "));
    }

    /// Whether one of them reads otherwise than it did.
    static String anyOther(String there, String come) {
        return KINDS.stream()
                .map(kind -> isLater(kind, there, come)
                        + " and %1$s.%3$s is distinct from %2$s.%3$s".formatted(there, come, kind))
                .collect(Collectors.joining(" or "));
    }

    private static String isLater(String kind, String there, String come) {
        return """
                (coalesce(%1$s.%3$s_at, '-infinity'), coalesce(%1$s.%3$s, '') collate "C")
                    < (coalesce(%2$s.%3$s_at, '-infinity'), coalesce(%2$s.%3$s, '') collate "C")\
                """.formatted(there, come, kind);
    }

    /// The six columns of each row.
    static <T> RowStatement<T> in(RowStatement<T> statement, Function<? super T, ContactNames> names) {
        return statement
                .texts(row -> DatedText.text(names.apply(row).name()))
                .times(row -> DatedText.time(names.apply(row).name()))
                .texts(row -> DatedText.text(names.apply(row).username()))
                .times(row -> DatedText.time(names.apply(row).username()))
                .texts(row -> DatedText.text(names.apply(row).savedName()))
                .times(row -> DatedText.time(names.apply(row).savedName()));
    }

    private LaterNames() {}
}
