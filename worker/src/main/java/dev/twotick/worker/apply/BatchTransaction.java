package dev.twotick.worker.apply;

import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.Batch;
import dev.twotick.worker.batch.Batch.Fresh;
import dev.twotick.worker.batch.FailedItem;
import dev.twotick.worker.campaigns.Campaigns;
import dev.twotick.worker.messages.BatchMessages;
import dev.twotick.worker.messages.ConversationChanges;
import dev.twotick.worker.notices.BatchCalls;
import dev.twotick.worker.notices.BatchNotices;
import dev.twotick.worker.outbox.HookEvent;
import dev.twotick.worker.people.People;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;

/// Applies a batch of facts inside one transaction: its tables, in the one order in which every transaction
/// takes them. Two batches with the same rows wait for each other, and do not deadlock.
///
/// Every effect hangs on what an insert, or a column's step from null to a value, reports as new.
final class BatchTransaction {

    /// @param fresh   facts that were new
    /// @param refused items that do not belong here: another app's, or an unknown account's
    /// @param events  what the new facts owe
    record Applied(List<Fresh> fresh, List<FailedItem> refused, List<HookEvent> events) {
        /// How many of each delivery were new, by attempt.
        Map<UUID, Integer> counts() {
            Map<UUID, Integer> counts = new HashMap<>();
            fresh.forEach(one -> counts.merge(one.item().payload().attempt(), 1, Integer::sum));
            return counts;
        }
    }

    static Applied run(DSLContext tx, List<ApplyItem<?>> items, BatchStart start, boolean acceptUnknownAccounts) {
        if (items.isEmpty()) {
            return new Applied(List.of(), List.of(), List.of());
        }
        Batch batch = Batch.ofAccounts(tx, items, start.accounts(), acceptUnknownAccounts); // waba, business, account
        People people = People.find(batch, start.people()); // contact_identity, contact
        ConversationChanges conversations = new ConversationChanges(tx, start.conversations());
        BatchCalls.write(batch, conversations); // call
        BatchMessages messages = BatchMessages.gather(batch, conversations);
        conversations.findOrBegin(); // conversation
        messages.write(); // message, message_status
        Campaigns.report(
                tx,
                messages.followed(),
                messages.mayBeOfCampaigns(),
                item -> batch.accountOf(item).businessId()); // campaign, campaign_recipient, campaign_dirty
        messages.writeReactions(); // reaction_statement
        messages.writeFlowResponses(); // flow_response
        // conversation's counts, contact_mention, contact's names
        people.writeDown(conversations.countLater());
        BatchNotices.write(batch); // account_notice, template, preference_*, signup*, contact_label, contact
        return new Applied(batch.fresh(), batch.refused(), batch.events());
    }

    /// Writes down whose the items are, and nothing of what they say.
    ///
    /// @return what that owes
    static List<HookEvent> introduce(DSLContext tx, List<ApplyItem<?>> items, boolean acceptUnknownAccounts) {
        return Batch.ofAccounts(tx, items, BatchStart.of(tx, items).accounts(), acceptUnknownAccounts)
                .events();
    }

    private BatchTransaction() {}
}
