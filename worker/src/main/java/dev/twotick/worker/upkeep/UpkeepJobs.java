package dev.twotick.worker.upkeep;

import dev.twotick.db.Database;
import dev.twotick.db.DatabaseClock;
import dev.twotick.db.payloadlog.LoggedPayloads;
import dev.twotick.queue.Partitions;
import dev.twotick.queue.StreamState;
import dev.twotick.worker.campaigns.CampaignTotals;
import dev.twotick.worker.messages.MisplacedMessages;
import dev.twotick.worker.outbox.Outbox;
import dev.twotick.worker.outbox.Resend;
import dev.twotick.worker.privacy.Horizon;
import dev.twotick.worker.privacy.OldMessages;
import dev.twotick.worker.replay.StreamFeed;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import javax.sql.DataSource;
import org.jooq.DSLContext;

/// Lists the jobs: to add one, write its class and name it here.
public final class UpkeepJobs {

    /// Connections that upkeep's pool needs: two jobs hold a lock for as long as they are the ones that do it, the
    /// others come and go, and each works on a second one.
    public static final int CONNECTIONS = 13;

    /// @param pool  of upkeep's own, with a statement timeout of minutes: some statements read a whole day
    /// @param redis of upkeep's own, at least 3 connections
    /// @param outbox for the events that a job raises
    /// @param horizon behind which messages are deleted
    public static Upkeep upkeep(
            DataSource pool,
            Partitions redis,
            RetentionSettings retention,
            Outbox outbox,
            Horizon horizon,
            MeterRegistry metrics) {
        DSLContext db = Database.jooq(pool);
        InstantSource clock = new DatabaseClock(db);
        LoggedPayloads log = new LoggedPayloads(db);
        return new Upkeep(
                pool,
                List.of(
                        new PartitionsAhead(db, clock),
                        new ToLog(db, redis, Duration.ofSeconds(1)),
                        new Requeue(
                                log,
                                redis.all().stream().map(StreamState::new).toList(),
                                new StreamFeed(db, redis, Duration.ofSeconds(5)),
                                clock,
                                Requeue.Times.standard()),
                        new GivenUp(db, log, new StreamFeed(db, redis, Duration.ofSeconds(5))),
                        new Retention(db, log, new DayPartitions(pool), retention, clock),
                        new MessageRetention(new OldMessages(db, horizon)),
                        new MessageMoves(new MisplacedMessages(db), clock),
                        new CampaignCounts(new CampaignTotals(db, outbox), clock),
                        new BulkResends(new Resend(db), clock),
                        new StrayCalls(db),
                        new OldApiRequests(db),
                        new VitalSigns(db, metrics)),
                metrics);
    }

    private UpkeepJobs() {}
}
