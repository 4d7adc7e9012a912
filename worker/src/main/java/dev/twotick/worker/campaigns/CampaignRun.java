package dev.twotick.worker.campaigns;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.worker.campaigns.CampaignFill.Added;
import dev.twotick.worker.campaigns.CampaignFill.Line;
import dev.twotick.worker.campaigns.CampaignTotals.Totals;
import dev.twotick.worker.interpret.RecipientLine;
import dev.twotick.worker.outbox.Outbox;
import dev.twotick.worker.privacy.Horizon;
import dev.twotick.worker.terminal.NumberedLines;
import dev.twotick.worker.terminal.RunProgress;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// `worker --campaign`: makes a campaign, fills it from a file, seals it, says how it stands. Interrupted, it is run
/// again: what is there already changes nothing.
public final class CampaignRun {

    /// Lines in one transaction.
    private static final int BATCH = 2_000;

    /// Bad lines that are named; the others are only counted.
    private static final int NAMED = 100;

    private static final Path STDIN = Path.of("-");

    private final DatabaseSettings settings;
    private final Outbox outbox;
    private final boolean addUnknownAccounts;
    private final Horizon horizon;
    private final PrintWriter out;
    private final Set<Long> campaigns = new TreeSet<>();
    private long bad;

    /// @param addUnknownAccounts as a batch does
    /// @param horizon            tells who was erased
    public CampaignRun(
            DatabaseSettings settings, Outbox outbox, boolean addUnknownAccounts, Horizon horizon, PrintWriter out) {
        this.settings = settings;
        this.outbox = outbox;
        this.addUnknownAccounts = addUnknownAccounts;
        this.horizon = horizon;
        this.out = out;
    }

    /// Which campaigns of that key it is about: the one of the account or business that is told, or of the only
    /// business that there is; and those of the accounts that the file names.
    ///
    /// @param recipients  one JSON object a line; `-` for standard input
    /// @param seal        no more recipients will be named than are now, or than `total`
    /// @param skipBadLines whether bad lines are nothing to complain of
    /// @return 0, or 1 when there were bad lines
    public int run(
            String key,
            Optional<String> account,
            Optional<Long> business,
            Optional<Path> recipients,
            boolean seal,
            @Nullable Integer total,
            boolean skipBadLines)
            throws IOException {
        try (HikariDataSource pool = Database.pool(settings, "twotick-campaign", 2, Duration.ofMinutes(10))) {
            DSLContext database = Database.jooq(pool);
            CampaignFill fill = new CampaignFill(database, outbox, addUnknownAccounts, horizon);
            Optional<Long> whose = fill.business(account, business);
            whose.ifPresent(of -> campaigns.add(fill.open(of, key)));
            if (whose.isEmpty() && recipients.isEmpty()) {
                throw new IllegalArgumentException("several businesses have accounts: say whose the campaign is with"
                        + " --account or --business; worker --businesses lists them");
            }
            long lines = recipients.isPresent() ? fill(batch -> fill.add(whose, key, batch), recipients.get()) : 0;
            if (bad > 0) {
                out.printf("%d of %d lines were bad and are left out.%n", bad, lines);
            }
            boolean complaint = bad > 0 && !skipBadLines;
            boolean several = total != null && campaigns.size() > 1;
            if (seal && complaint) {
                out.println("The campaign is not sealed because of them: mend the file and run the same command again,"
                        + " or add --skip-bad.");
            } else if (several) {
                out.println(
                        "The campaigns are not sealed: --total is the recipients of one business, and the file names"
                                + " accounts of several. Seal each with --account and its --total.");
            } else if (seal) {
                campaigns.forEach(campaign -> fill.seal(campaign, total));
            }
            CampaignTotals totals = new CampaignTotals(database, outbox);
            campaigns.forEach(campaign -> totals.recount(campaign).ifPresent(this::report));
            out.flush();
            return complaint || several ? 1 : 0;
        }
    }

    private long fill(Function<List<Line>, Added> fill, Path file) throws IOException {
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
                    add(fill, batch);
                }
                read = line.number();
                bar.at(lines.bytes(), read + " lines, " + bad + " bad");
            }
            add(fill, batch);
            bar.at(lines.bytes(), read + " lines, " + bad + " bad");
            return read;
        }
    }

    private void add(Function<List<Line>, Added> fill, List<Line> batch) {
        if (!batch.isEmpty()) {
            Added added = fill.apply(batch);
            added.refused().forEach(refused -> complain(refused.place(), refused.reason()));
            campaigns.addAll(added.campaigns());
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
                "Campaign %s of business %d: %s recipients%s; %d sent, %d delivered, %d read, %d failed.%n",
                totals.key(),
                totals.business(),
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
