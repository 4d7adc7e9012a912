package dev.twotick.worker.upkeep;

import dev.twotick.db.DatabaseFault;
import dev.twotick.worker.campaigns.CampaignTotals;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts the campaigns that batches have marked, and completes those that are done. One with millions of recipients
/// takes seconds to count: it is left alone for a while afterwards, so that counting never becomes the database's work.
final class CampaignCounts implements Job {
    private static final Logger log = LoggerFactory.getLogger(CampaignCounts.class);

    /// Rests so many times as long as its counting took.
    private static final int REST = 9;

    private final CampaignTotals totals;
    private final InstantSource clock;
    private final Resting resting;

    CampaignCounts(CampaignTotals totals, InstantSource clock) {
        this.totals = totals;
        this.clock = clock;
        this.resting = new Resting(clock);
    }

    @Override
    public String name() {
        return "campaign-counts";
    }

    @Override
    public Duration every() {
        return Duration.ofSeconds(2);
    }

    @Override
    public void run(HeldLock lock) throws SQLException {
        resting.wake();
        for (long campaign : totals.dirty()) {
            if (resting.ids().contains(campaign)) {
                continue;
            }
            lock.check();
            Instant before = clock.instant();
            resting.rest(campaign, Resting.AFTER_A_FAULT); // one that cannot be counted holds up no other
            try {
                totals.recount(campaign)
                        .filter(counted -> counted.completedAt() != null)
                        .ifPresent(counted -> log.info(
                                "job=campaign-counts campaign={} state=complete sent={} failed={} total={}",
                                campaign,
                                counted.sent(),
                                counted.failed(),
                                counted.total()));
            } catch (RuntimeException e) {
                log.warn(
                        "job=campaign-counts campaign={} state=failed next={} reason=\"{}\"",
                        campaign,
                        Resting.AFTER_A_FAULT,
                        DatabaseFault.words(e));
                log.debug("job=campaign-counts campaign={}", campaign, e);
                continue;
            }
            resting.rest(campaign, Duration.between(before, clock.instant()).multipliedBy(REST));
        }
    }
}
