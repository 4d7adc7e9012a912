package dev.twotick.worker.apply;

import dev.twotick.model.hash.Sha256;
import dev.twotick.worker.batch.Batch.Fresh;
import dev.twotick.worker.batch.PayloadWork;
import dev.twotick.worker.interpret.PayloadParts;
import dev.twotick.worker.interpret.PayloadParts.Part;
import dev.twotick.worker.outbox.HookEvent;
import dev.twotick.worker.outbox.HookEvent.Content;
import dev.twotick.worker.outbox.MetaPart;
import dev.twotick.worker.privacy.Horizon;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What endpoints of the format `meta` are told of a payload: the payload itself, and what of it some want alone. An
/// item is told when one of its facts is new, the payload when any is; so neither Meta's retries nor a replay tell it
/// again.
final class MetaCalls {
    private static final String HISTORY = "history";

    /// In which forms anybody wants payloads.
    record Wanted(boolean payloads, boolean items) {
        static final Wanted NOTHING = new Wanted(false, false);

        /// @param forms as [dev.twotick.worker.outbox.Outbox#META_WANTED] says it
        static Wanted of(@Nullable String forms) {
            return forms == null ? NOTHING : new Wanted(forms.contains("p"), forms.contains("i"));
        }

        boolean isNothing() {
            return !payloads && !items;
        }

        Wanted withoutPayloads() {
            return new Wanted(false, items);
        }
    }

    /// @param payloads the deliveries whose payloads are told, by attempt
    record Told(List<HookEvent> events, Set<UUID> payloads) {
        static final Told NOTHING = new Told(List.of(), Set.of());
    }

    private final PayloadWork work;
    private final byte[] body;
    private final String app;
    private final List<Fresh> news;
    private final List<HookEvent> events = new ArrayList<>();
    private @Nullable PayloadParts parts;

    private MetaCalls(PayloadWork work, byte[] body, String app, List<Fresh> news) {
        this.work = work;
        this.body = body;
        this.app = app;
        this.news = news;
    }

    /// @param news       facts that are new in this transaction
    /// @param toldBefore deliveries whose payloads an earlier transaction has told
    static Told of(BatchStart start, Horizon.Split split, List<Fresh> news, Set<UUID> toldBefore) {
        if (start.forwarded().isNothing() || news.isEmpty()) {
            return Told.NOTHING;
        }
        List<HookEvent> events = new ArrayList<>();
        Set<UUID> payloads = new HashSet<>();
        byPayload(news).forEach((attempt, fresh) -> {
            PayloadWork work = fresh.getFirst().item().payload();
            byte[] body = work.body();
            String app = work.app();
            if (body != null && app != null) {
                boolean toldAlready = toldBefore.contains(attempt);
                boolean aboutNobodyErased = !start.anybodyWasErased() || isAllWithin(work, split);
                MetaCalls calls = new MetaCalls(work, body, app, fresh);
                calls.add(toldAlready ? start.forwarded().withoutPayloads() : start.forwarded(), aboutNobodyErased);
                events.addAll(calls.events);
                payloads.add(attempt);
            }
        });
        return new Told(events, payloads);
    }

    private static Map<UUID, List<Fresh>> byPayload(List<Fresh> news) {
        Map<UUID, List<Fresh>> byPayload = new LinkedHashMap<>();
        news.forEach(fresh -> byPayload
                .computeIfAbsent(fresh.item().payload().attempt(), _ -> new ArrayList<>())
                .add(fresh));
        return byPayload;
    }

    /// What was known before, or is applied by another transaction, was not looked at here.
    private static boolean isAllWithin(PayloadWork work, Horizon.Split split) {
        long within = split.within().stream()
                .filter(item -> item.payload().attempt().equals(work.attempt()))
                .count();
        return within == work.facts().size() + work.duplicates();
    }

    /// @param whole otherwise somebody in it may have been erased: then its new items stand for it
    private void add(Wanted wanted, boolean whole) {
        if (wanted.payloads() && whole) {
            addPayload();
        } else if (wanted.payloads()) {
            addItems(MetaPart.PAYLOAD, false);
        }
        if (wanted.items()) {
            addItems(MetaPart.ITEM, whole);
        }
    }

    private void addPayload() {
        List<String> fields = work.fields();
        Fresh about = work.accounts().size() == 1 ? news.getFirst() : null;
        String several = fields.isEmpty() ? MetaPart.UNKNOWN : MetaPart.SEVERAL;
        add(MetaPart.PAYLOAD, new Part("", fields.size() == 1 ? fields.getFirst() : several, body), about);
        if (fields.size() > 1) {
            fields.forEach(one -> parts().ofField(one).ifPresent(part -> add(MetaPart.FIELD, part, about)));
        }
        if (about == null) {
            addAccounts();
        }
    }

    private void addAccounts() {
        Map<String, Fresh> accounts = new LinkedHashMap<>();
        news.forEach(fresh -> accounts.putIfAbsent(fresh.item().accountId(), fresh));
        for (String field : work.fields()) {
            accounts.forEach((account, fresh) ->
                    parts().ofAccount(field, account).ifPresent(part -> add(MetaPart.ACCOUNT, part, fresh)));
        }
    }

    /// A chunk of history is an item, and holds messages of many people.
    private void addItems(MetaPart kind, boolean historyToo) {
        Set<String> told = new HashSet<>();
        for (Fresh fresh : news) {
            itemOf(fresh)
                    .filter(item -> historyToo || !item.field().equals(HISTORY))
                    .filter(item -> told.add(item.path()))
                    .ifPresent(item -> add(kind, item, fresh.item().item().key(), fresh));
        }
    }

    /// Nearly always a payload has one fact, and so nothing beside it.
    private Optional<Part> itemOf(Fresh fresh) {
        boolean alone =
                work.facts().size() + work.duplicates() == 1 && work.fields().size() == 1;
        return alone
                ? Optional.of(new Part("", work.fields().getFirst(), body))
                : parts().itemOf(fresh.item().item().path());
    }

    private PayloadParts parts() {
        if (parts == null) {
            parts = PayloadParts.of(body);
        }
        return parts;
    }

    /// @param about whose account; null: of several
    private void add(MetaPart kind, Part part, @Nullable Fresh about) {
        add(kind, part, "sha256:" + HexFormat.of().formatHex(Sha256.of(part.body())), about);
    }

    private void add(MetaPart kind, Part part, String factKey, @Nullable Fresh about) {
        events.add(new HookEvent(
                kind.type(part.field()),
                factKey,
                about == null ? null : about.accountId(),
                about == null ? null : about.item().accountId(),
                new Content.Payload(part.body(), app)));
    }
}
