package dev.twotick.worker.notices;

import static dev.twotick.db.schema.Tables.ACCOUNT_NOTICE;

import dev.twotick.db.HashedId;
import dev.twotick.db.Unnest;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.DatedText;
import dev.twotick.worker.batch.Precedence;
import dev.twotick.worker.batch.RowMerge;
import dev.twotick.worker.interpret.Fact.Noticed;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSON;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Table `account_notice`: every fact that has no row of its own.
final class Notices {

    /// Seconds; longer than time.
    private static final BigInteger STRETCH = BigInteger.TEN.pow(12);

    record Notice(long accountId, ApplyItem<Noticed> item) {
        private static final Comparator<Notice> ORDER = Comparator.<Notice, Precedence>comparing(
                        n -> Precedence.of(n.item()))
                .thenComparing(n -> n.item().fact().field(), DatedText.UTF8_ORDER);

        String key() {
            return item.item().key();
        }

        /// Null unless it is undated. All undated notices lie on one line, on which each content has a stretch that
        /// begins at its hash; on it a notice lies at the second in which its payload was received. The table
        /// takes no two within seven days, which is how long Meta sends a POST again.
        @Nullable
        BigDecimal undatedAt() {
            if (!item.fact().isUndated()) {
                return null;
            }
            String content = key().substring(0, key().lastIndexOf(':'));
            BigInteger hash = new BigInteger(HashedId.of(content).toString().replace("-", ""), 16);
            return new BigDecimal(hash.multiply(STRETCH)
                    .add(BigInteger.valueOf(item.payload().receivedAt().getEpochSecond())));
        }

        /// The one that stands; of one content in two fields, as a sign-up may be told, by the field.
        static Notice later(Notice one, Notice other) {
            return ORDER.compare(one, other) >= 0 ? one : other;
        }
    }

    /// @return the fact keys that nobody had noticed before
    static Set<String> notice(DSLContext tx, Collection<Notice> notices) {
        Unnest<Notice> n = columns(notices);
        Set<String> first = new HashSet<>(tx.insertInto(ACCOUNT_NOTICE, n.columns())
                .select(n.select(ACCOUNT_NOTICE.FACT_KEY))
                .onConflictDoNothing()
                .returningResult(ACCOUNT_NOTICE.FACT_KEY)
                .fetch(ACCOUNT_NOTICE.FACT_KEY));
        List<Notice> known =
                notices.stream().filter(i -> !first.contains(i.key())).toList();
        if (!known.isEmpty()) {
            replaceEarlier(tx, known);
        }
        return first;
    }

    /// A key that is not a content's digest, such as a call's, may come with another content.
    private static void replaceEarlier(DSLContext tx, List<Notice> notices) {
        Unnest<Notice> n = columns(notices);
        var locked = DSL.name("locked")
                .as(DSL.select(ACCOUNT_NOTICE.ID)
                        .from(ACCOUNT_NOTICE)
                        .join(n.table())
                        .on(ACCOUNT_NOTICE.FACT_KEY.eq(n.get(ACCOUNT_NOTICE.FACT_KEY)))
                        .where(DSL.row(
                                        RowMerge.orEver(ACCOUNT_NOTICE.OCCURRED_AT),
                                        ACCOUNT_NOTICE.DIGEST,
                                        RowMerge.textOrEmpty(ACCOUNT_NOTICE.FIELD))
                                .lt(
                                        RowMerge.orEver(n.get(ACCOUNT_NOTICE.OCCURRED_AT)),
                                        n.get(ACCOUNT_NOTICE.DIGEST),
                                        RowMerge.textOrEmpty(n.get(ACCOUNT_NOTICE.FIELD))))
                        .orderBy(ACCOUNT_NOTICE.FACT_KEY)
                        .forNoKeyUpdate()
                        .of(ACCOUNT_NOTICE));
        Map<Field<?>, Field<?>> contents = new HashMap<>();
        n.columns().forEach(c -> contents.put(c, n.get(c)));
        tx.with(locked)
                .update(ACCOUNT_NOTICE)
                .set(contents)
                .from(n.table())
                .where(ACCOUNT_NOTICE.FACT_KEY.eq(n.get(ACCOUNT_NOTICE.FACT_KEY)))
                .and(ACCOUNT_NOTICE.ID.in(DSL.select(DSL.field(DSL.name("locked", "id"), Long.class))
                        .from(locked)))
                .execute();
    }

    private static Unnest<Notice> columns(Collection<Notice> notices) {
        return Unnest.of(notices)
                .with(ACCOUNT_NOTICE.FACT_KEY, Notice::key)
                .with(ACCOUNT_NOTICE.ACCOUNT_ID, Notice::accountId)
                .with(ACCOUNT_NOTICE.FIELD, i -> i.item().fact().field())
                .with(ACCOUNT_NOTICE.VALUE, i -> JSON.json(i.item().item().raw()))
                .with(ACCOUNT_NOTICE.OCCURRED_AT, i -> i.item().item().occurredAt())
                .with(ACCOUNT_NOTICE.UNDATED_AT, Notice::undatedAt)
                .with(ACCOUNT_NOTICE.DIGEST, i -> i.item().item().digest())
                .with(ACCOUNT_NOTICE.PAYLOAD_ID, i -> i.item().payload().id());
    }

    private Notices() {}
}
