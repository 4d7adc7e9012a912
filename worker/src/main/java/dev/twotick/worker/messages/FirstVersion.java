package dev.twotick.worker.messages;

import static dev.twotick.db.schema.Tables.MESSAGE;

import java.util.Collection;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/// Rows of `message` that the first version of Twotick wrote: it serves on beside this version's schema, and
/// leaves the columns that it does not know at their defaults.
///
/// Such a row is known by its `live_at`, which this version sets only together with a bit in `told`. Here is what
/// each of those columns would be had this version written the row; whatever looks at one of a row that is there
/// looks at it through this, and writes it.
public final class FirstVersion {

    /// The live source's bits, see [ToldBit].
    private static final int LIVE = (1 << 5) - 1 | 1 << 20 | 1 << 22;

    /// The first version told of this message.
    static final Condition TOLD_IT = MESSAGE.LIVE_AT
            .isNotNull()
            .and(DSL.bitAnd(MESSAGE.TOLD, DSL.inline(LIVE)).eq(0));

    /// It names everybody by a user id or a number.
    private static final Condition NAMED_PEER = TOLD_IT.and(MESSAGE.CONVERSATION_ID.isNotNull())
            .and(DSL.coalesce(MESSAGE.FROM_USER_ID, MESSAGE.FROM_WA_ID).isNotNull());

    private static final Condition IS_PLACEHOLDER =
            MESSAGE.TYPE.in(DSL.inline("unsupported"), DSL.inline("unknown"), DSL.inline("errors"));

    static final Field<Integer> TOLD = DSL.when(
                    TOLD_IT,
                    DSL.bitOr(
                            MESSAGE.TOLD,
                            DSL.case_(MESSAGE.TYPE)
                                    .when("reaction", DSL.inline(2))
                                    .when("edit", DSL.inline(4))
                                    .when("revoke", DSL.inline(8))
                                    .when("system", DSL.inline(16))
                                    .when("unsupported", DSL.inline(1 << 20))
                                    .when("unknown", DSL.inline(1 << 20))
                                    .when("errors", DSL.inline(1 << 20))
                                    .else_(DSL.inline(1))))
            .else_(MESSAGE.TOLD);

    static final Field<String> KIND = DSL.when(
                    TOLD_IT.and(MESSAGE.TYPE.in(
                            DSL.inline("reaction"), DSL.inline("edit"), DSL.inline("revoke"), DSL.inline("system"))),
                    MESSAGE.TYPE)
            .when(TOLD_IT, DSL.inline("content"))
            .else_(MESSAGE.KIND);

    static final Field<Short> CONTENT_RANK = DSL.when(TOLD_IT.and(IS_PLACEHOLDER), DSL.inline((short) -1))
            .when(TOLD_IT, DSL.inline((short) 5))
            .else_(MESSAGE.CONTENT_RANK);

    static final Field<Integer> CONTENT_ERROR =
            DSL.when(TOLD_IT, MESSAGE.ERROR_CODE).else_(MESSAGE.CONTENT_ERROR);

    static final Field<Integer> STATUS_ERROR = DSL.when(
                    DSL.not(TOLD_IT).and(MESSAGE.CONTENT_ERROR.isNull()).and(MESSAGE.STATUS_ERROR.isNull()),
                    MESSAGE.ERROR_CODE)
            .else_(MESSAGE.STATUS_ERROR);

    /// Its statuses leave rows that only say `outbound`; without a rank this version says nothing.
    static final Field<Short> DIRECTION_RANK = DSL.when(TOLD_IT, DSL.inline((short) 4))
            .when(
                    MESSAGE.DIRECTION_RANK.eq(DSL.inline((short) 0)).and(MESSAGE.DIRECTION.eq(DSL.inline("outbound"))),
                    DSL.inline((short) 3))
            .else_(MESSAGE.DIRECTION_RANK);

    static final Field<String> PEER_KIND = DSL.when(
                    NAMED_PEER.and(MESSAGE.FROM_USER_ID.isNotNull()), DSL.inline("user_id"))
            .when(NAMED_PEER, DSL.inline("wa_id"))
            .else_(MESSAGE.PEER_KIND);

    static final Field<String> PEER_VALUE = DSL.when(NAMED_PEER, DSL.coalesce(MESSAGE.FROM_USER_ID, MESSAGE.FROM_WA_ID))
            .else_(MESSAGE.PEER_VALUE);

    /// Makes its messages in these conversations like any other, before they are counted or moved.
    public static void adopt(DSLContext tx, Collection<Long> conversations) {
        if (conversations.isEmpty()) {
            return;
        }
        tx.update(MESSAGE)
                .set(MESSAGE.TOLD, TOLD)
                .set(MESSAGE.KIND, KIND)
                .set(MESSAGE.CONTENT_RANK, CONTENT_RANK)
                .set(MESSAGE.CONTENT_ERROR, CONTENT_ERROR)
                .set(MESSAGE.DIRECTION_RANK, DIRECTION_RANK)
                .set(MESSAGE.PEER_KIND, PEER_KIND)
                .set(MESSAGE.PEER_VALUE, PEER_VALUE)
                .where(MESSAGE.CONVERSATION_ID.eq(DSL.any(conversations.toArray(Long[]::new))))
                .and(TOLD_IT)
                .execute();
    }

    private FirstVersion() {}
}
