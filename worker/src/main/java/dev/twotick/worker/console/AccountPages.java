package dev.twotick.worker.console;

import dev.twotick.queue.AppSecretUses;
import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisException;

/// The numbers that Meta's webhooks are about.
final class AccountPages {
    private static final int PAGE = 100;

    private final AccountRows rows;
    private final AppSecretUses secrets;
    private final AuditLog audit;
    private final Html html;
    private final String webhookPath;

    AccountPages(AccountRows rows, AppSecretUses secrets, AuditLog audit, Html html, String webhookPath) {
        this.rows = rows;
        this.secrets = secrets;
        this.audit = audit;
        this.html = html;
        this.webhookPath = webhookPath;
    }

    /// @param more    after which account the list goes on
    /// @param secrets null: Redis does not answer
    record ListPage(
            List<AccountRows.Account> accounts,
            @Nullable Long more,
            @Nullable List<AppSecretUses.One> secrets) {}

    /// @param token another one that was just made, shown here and never again; null: none was
    /// @param path  of the callback URL
    record OnePage(
            AccountRows.Account account,
            List<String> fields,
            @Nullable String token,
            String path) {}

    void addTo(Routes routes) {
        routes.read("/accounts", this::list);
        routes.write("/accounts", this::add);
        routes.read("/accounts/{number}", this::one);
        routes.write("/accounts/{number}", this::change);
        routes.write("/accounts/{number}/rotate", this::rotate);
    }

    private void list(Context ctx, Visitor visitor) {
        String after = ctx.queryParam("after");
        List<AccountRows.Account> accounts = rows.after(after == null ? 0 : Long.parseLong(after), PAGE);
        Long more = accounts.size() == PAGE ? accounts.getLast().id() : null;
        html.show(ctx, visitor, "accounts", "Accounts", "accounts", new ListPage(accounts, more, secrets()));
    }

    private @Nullable List<AppSecretUses.One> secrets() {
        try {
            return secrets.all();
        } catch (JedisException e) {
            return null;
        }
    }

    private void add(Context ctx, Visitor visitor) {
        String number = Form.said(ctx, "number");
        audit.asked(visitor.actor(), "account.add", number);
        rows.add(number);
        Routes.seeOther(ctx, "/accounts/" + number);
    }

    private void one(Context ctx, Visitor visitor) {
        show(ctx, visitor, null);
    }

    private void rotate(Context ctx, Visitor visitor) {
        String number = ctx.pathParam("number");
        audit.asked(visitor.actor(), "account.rotate", number);
        show(ctx, visitor, rows.rotate(number).map(SecretToken::text).orElse(null));
    }

    private void show(Context ctx, Visitor visitor, @Nullable String token) {
        Optional<AccountRows.Account> account = rows.find(ctx.pathParam("number"));
        if (account.isEmpty()) {
            html.say(ctx, visitor, 404, "There is no such account", "An account is named by its phone_number_id.");
            return;
        }
        OnePage page = new OnePage(account.get(), rows.fields(account.get()), token, webhookPath);
        html.show(ctx, visitor, "accounts", "Account", "account", page);
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
