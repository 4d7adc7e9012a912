package dev.twotick.worker.accounts;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.worker.accounts.AccountMove.Moved;
import dev.twotick.worker.terminal.RunProgress;
import java.io.PrintWriter;
import java.time.Duration;
import org.jooq.DSLContext;
import org.jooq.Record;

/// `worker --businesses`: says which account belongs to which business; `worker --account … --business …` gives one to
/// another. Interrupted, it is run again.
public record BusinessRun(DatabaseSettings settings, PrintWriter out) {

    public int list() {
        try (HikariDataSource pool = pool()) {
            for (Record row : Database.jooq(pool).fetch("""
                    select b.id, b.name, a.phone_number_id, a.display_phone_number, a.waba_id, w.portfolio_id
                    from business b left join account a on a.business_id = b.id
                    left join waba w on w.waba_id = a.waba_id
                    order by b.id, a.phone_number_id collate "C"
                    """)) {
                out.printf(
                        "business %s (%s): %s%n",
                        row.get("id"),
                        row.get("name"),
                        row.get("phone_number_id") == null
                                ? "no account"
                                : row.get("phone_number_id") + " " + said(row, "display_phone_number") + ", WABA "
                                        + said(row, "waba_id") + ", portfolio " + said(row, "portfolio_id"));
            }
            out.flush();
            return 0;
        }
    }

    public int give(String phoneNumberId, String business) {
        try (HikariDataSource pool = pool()) {
            DSLContext database = Database.jooq(pool);
            Moved moved;
            try (RunProgress bar = new RunProgress("account", " people", -1)) {
                moved = new AccountMove(database).run(phoneNumberId, business, done -> bar.at(done, "taken along"));
            }
            out.printf(
                    "Account %s belongs to business %d now, with %d conversations.%n",
                    phoneNumberId, moved.business(), moved.conversations());
            out.flush();
            return 0;
        }
    }

    private HikariDataSource pool() {
        return Database.pool(settings, "twotick-business", 2, Duration.ofMinutes(60));
    }

    private static String said(Record row, String column) {
        Object value = row.get(column);
        return value == null ? "unknown" : value.toString();
    }
}
