package dev.twotick.worker.console;

import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The numbers that Meta's webhooks are about.
final class AccountPages {
    private static final int PAGE = 100;

    private final AccountRows rows;
    private final AuditLog audit;
    private final Html html;

    AccountPages(AccountRows rows, AuditLog audit, Html html) {
        this.rows = rows;
        this.audit = audit;
        this.html = html;
    }

    /// @param more after which account the list goes on
    record ListPage(
            List<AccountRows.Account> accounts, @Nullable Long more) {}

    record OnePage(AccountRows.Account account, List<String> fields) {}

    void addTo(Routes routes) {
        routes.read("/accounts", this::list);
        routes.write("/accounts", this::add);
        routes.read("/accounts/{number}", this::one);
        routes.write("/accounts/{number}", this::change);
    }

    private void list(Context ctx, Visitor visitor) {
        String after = ctx.queryParam("after");
        List<AccountRows.Account> accounts = rows.after(after == null ? 0 : Long.parseLong(after), PAGE);
        Long more = accounts.size() == PAGE ? accounts.getLast().id() : null;
        html.show(ctx, visitor, "accounts", "Accounts", "accounts", new ListPage(accounts, more));
    }

    private void add(Context ctx, Visitor visitor) {
        String number = Form.said(ctx, "number");
        audit.asked(visitor.actor(), "account.add", number);
        rows.add(number);
        Routes.seeOther(ctx, "/accounts/" + number);
    }

    private void one(Context ctx, Visitor visitor) {
        Optional<AccountRows.Account> account = rows.find(ctx.pathParam("number"));
        if (account.isEmpty()) {
            html.say(ctx, visitor, 404, "There is no such account", "An account is named by its phone_number_id.");
            return;
        }
        html.show(
                ctx, visitor, "accounts", "Account", "account", new OnePage(account.get(), rows.fields(account.get())));
    }

    private void change(Context ctx, Visitor visitor) {
        String number = ctx.pathParam("number");
        AccountRows.Said said = new AccountRows.Said(
                Form.said(ctx, "name"),
                Form.said(ctx, "app"),
                Form.said(ctx, "token"),
                ctx.formParam("without_token") != null,
                ctx.formParam("active") != null);
        audit.asked(visitor.actor(), "account.set", number);
        rows.change(number, said);
        Routes.seeOther(ctx, "/accounts/" + number);
    }
}
