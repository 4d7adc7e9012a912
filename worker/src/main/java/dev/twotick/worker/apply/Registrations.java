package dev.twotick.worker.apply;

import dev.twotick.db.DatabaseClock;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.worker.batch.FailedItem;
import dev.twotick.worker.batch.MessageKey;
import dev.twotick.worker.batch.PayloadWork;
import dev.twotick.worker.campaigns.CampaignFill;
import dev.twotick.worker.campaigns.CampaignFill.Refused;
import dev.twotick.worker.campaigns.Campaigns;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.RecipientLine;
import dev.twotick.worker.interpret.RegisteredMessage;
import dev.twotick.worker.messages.Messages;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;

/// Messages that a program says it has sent: the same tables and rules as of what Meta tells, so a status may have
/// come before, or comes later. First the messages, then the campaigns that they are of; broken off in between, it
/// is said again.
public final class Registrations {

    /// What clocks may differ by.
    private static final Duration AHEAD = Duration.ofMinutes(10);

    private final DSLContext database;
    private final EventApplier applier;
    private final CampaignFill campaigns;

    public Registrations(DSLContext database, EventApplier applier, CampaignFill campaigns) {
        this.database = database;
        this.applier = applier;
        this.campaigns = campaigns;
    }

    /// @param place the line's number in its body
    public record Line(long place, RegisteredMessage message) {

        /// @throws IllegalArgumentException with what is wrong, without any of the content
        public static Line parse(long place, String json) {
            RegisteredMessage message = RegisteredMessage.parse("line " + place, json);
            if (message.campaign() != null && !Campaigns.isKey(message.campaign())) {
                throw new IllegalArgumentException("campaign cannot be a campaign's key");
            }
            return new Line(place, message);
        }

        private UUID key() {
            return MessageKey.of(message.account(), message.told().wamid());
        }

        private String path() {
            return message.told().item().path();
        }
    }

    /// @return the lines that could not be taken; all others are committed
    public List<Refused> register(List<Line> lines) {
        Instant now = new DatabaseClock(database).instant();
        List<Refused> refused = new ArrayList<>();
        Map<String, Line> within = new LinkedHashMap<>();
        for (Line line : lines) {
            Instant sentAt = line.message().told().item().occurredAt();
            if (sentAt != null && sentAt.isAfter(now.plus(AHEAD))) {
                refused.add(new Refused(line.place(), "sent_at has not come yet: look at the sender's clock"));
            } else {
                within.put(line.path(), line);
            }
        }
        for (FailedItem failed : applier.register(work(within.values().stream().toList(), now))) {
            Line line = within.remove(failed.item());
            if (line != null) {
                refused.add(new Refused(line.place(), failed.error()));
            }
        }
        refused.addAll(link(here(within.values())));
        return refused;
    }

    /// Of what nobody keeps any more, being too old or about somebody who was erased, nothing is written for its
    /// campaign either.
    private List<Line> here(Collection<Line> lines) {
        Set<UUID> there = Messages.there(database, lines.stream().map(Line::key).toList());
        return lines.stream().filter(line -> there.contains(line.key())).toList();
    }

    private static PayloadWork work(List<Line> lines, Instant now) {
        List<Fact> facts =
                lines.stream().<Fact>map(line -> line.message().told()).toList();
        return new PayloadWork(
                PayloadId.at(now).value(),
                PayloadId.at(now).value(),
                now,
                null,
                false,
                facts,
                0,
                List.of(),
                List.of(),
                null);
    }

    private List<Refused> link(List<Line> lines) {
        Map<String, List<CampaignFill.Line>> byCampaign = new LinkedHashMap<>();
        for (Line line : lines) {
            RegisteredMessage message = line.message();
            if (message.campaign() != null) {
                byCampaign
                        .computeIfAbsent(message.campaign(), _ -> new ArrayList<>())
                        .add(new CampaignFill.Line(
                                line.place(),
                                new RecipientLine(message.told().wamid(), message.account(), message.to())));
            }
        }
        List<Refused> refused = new ArrayList<>();
        byCampaign.forEach((key, of) ->
                refused.addAll(campaigns.add(Optional.empty(), key, of).refused()));
        return refused;
    }
}
