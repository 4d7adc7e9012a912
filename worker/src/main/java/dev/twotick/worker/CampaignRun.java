package dev.twotick.worker;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.worker.apply.CampaignFill;
import dev.twotick.worker.apply.CampaignFill.Line;
import dev.twotick.worker.apply.CampaignFill.Refused;
import dev.twotick.worker.apply.CampaignTotals;
import dev.twotick.worker.apply.CampaignTotals.Totals;
import dev.twotick.worker.interpret.RecipientLine;
import dev.twotick.worker.outbox.Outbox;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// `worker --campaign`: makes a campaign, fills it from a file, seals it, says how it stands. Interrupted, it is run
/// again: what is there already changes nothing.
final class CampaignRun {

    /// Lines in one transaction.
    private static final int BATCH = 2_000;

    /// Bad lines that are named; the others are only counted.
    private static final int NAMED = 100;

    private static final Path STDIN = Path.of("-");

    private final WorkerSettings settings;
    private final PrintWriter out;
    private long bad;

    CampaignRun(WorkerSettings settings, PrintWriter out) {
        this.settings = settings;
        this.out = out;
    }

    /// @param recipients  one JSON object a line; `-` for standard input
    /// @param seal        no more recipients will be named than are now, or than `total`
    /// @param skipBadLines whether bad lines are nothing to complain of
    /// @return 0, or 1 when there were bad lines
    int run(String key, Optional<Path> recipients, boolean seal, @Nullable Integer total, boolean skipBadLines)
            throws IOException {
        try (HikariDataSource pool =
                Database.pool(settings.database(), "twotick-campaign", 2, Duration.ofMinutes(10))) {
            DSLContext database = Database.jooq(pool);
            Outbox outbox = new Outbox(settings.hooks().lease());
            CampaignFill fill =
                    new CampaignFill(database, outbox, settings.acceptUnknownAccounts(), settings.horizon());
            long campaign = fill.open(key);
            long lines = recipients.isPresent() ? fill(fill, campaign, recipients.get()) : 0;
            if (bad > 0) {
                out.printf("%d of %d lines were bad and are left out.%n", bad, lines);
            }
            boolean complaint = bad > 0 && !skipBadLines;
            if (seal && complaint) {
                out.println("The campaign is not sealed because of them: mend the file and run the same command again,"
                        + " or add --skip-bad.");
            } else if (seal) {
                fill.seal(campaign, total);
            }
            new CampaignTotals(database, outbox).recount(campaign).ifPresent(this::report);
            out.flush();
            return complaint ? 1 : 0;
        }
    }

    private long fill(CampaignFill fill, long campaign, Path file) throws IOException {
        long size = file.equals(STDIN) ? -1 : Files.size(file);
        try (InputStream in = file.equals(STDIN) ? System.in : Files.newInputStream(file);
                NumberedLines lines = new NumberedLines(in);
                RunProgress bar = new RunProgress("campaign", " bytes", size)) {
            List<Line> batch = new ArrayList<>();
            long read = 0;
            for (NumberedLines.Line line = lines.next(); line != null; line = lines.next()) {
                Line parsed = parse(line);
                if (parsed != null) {
                    batch.add(parsed);
                }
                if (batch.size() == BATCH) {
                    add(fill, campaign, batch);
                }
                read = line.number();
                bar.at(lines.bytes(), read + " lines, " + bad + " bad");
            }
            add(fill, campaign, batch);
            bar.at(lines.bytes(), read + " lines, " + bad + " bad");
            return read;
        }
    }

    private void add(CampaignFill fill, long campaign, List<Line> batch) {
        if (!batch.isEmpty()) {
            for (Refused refused : fill.add(campaign, batch)) {
                complain(refused.place(), refused.reason());
            }
            batch.clear();
        }
    }

    private @Nullable Line parse(NumberedLines.Line line) {
        try {
            if (line.text() == null) {
                throw new IllegalArgumentException(line.problem());
            }
            return line.text().isBlank() ? null : new Line(line.number(), RecipientLine.parse(line.text()));
        } catch (IllegalArgumentException e) {
            complain(line.number(), String.valueOf(e.getMessage()));
            return null;
        }
    }

    private void complain(long number, String reason) {
        bad++;
        if (bad <= NAMED) {
            out.println("line " + number + ": " + reason);
        } else if (bad == NAMED + 1) {
            out.println("… and more, which are only counted");
        }
    }

    private void report(Totals totals) {
        out.printf(
                "Campaign %s: %s recipients%s; %d sent, %d delivered, %d read, %d failed.%n",
                totals.key(),
                totals.total() == null || totals.total() == totals.recipients()
                        ? totals.recipients()
                        : totals.recipients() + " of " + totals.total(),
                totals.completedAt() != null ? ", complete" : totals.sealed() ? ", sealed" : ", not sealed",
                totals.sent(),
                totals.delivered(),
                totals.read(),
                totals.failed());
    }
}
