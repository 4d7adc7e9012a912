package dev.twotick.worker.console;

import dev.twotick.worker.accounts.AccountMove;
import dev.twotick.worker.console.AccountRows.Account;
import dev.twotick.worker.console.ApiTokens.Program;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Accounts for programs: what [AccountPages] are for people, and `worker --account … --business …` for whoever has
/// a shell.
final class ApiAccounts {
    private static final int PAGE = 100;

    private final AccountRows rows;
    private final AccountMove move;
    private final AuditLog audit;

    ApiAccounts(AccountRows rows, AccountMove move, AuditLog audit) {
        this.rows = rows;
        this.move = move;
        this.audit = audit;
    }

    record New(@Nullable String phoneNumberId) {}

    /// @param business id or name; one that is not there is made
    record Owner(@Nullable String business) {}

    /// Shown this once.
    record Rotated(String verifyToken) {}

    /// @param fields Meta's names of the webhook fields that have ever told of it
    record One(Account account, List<String> fields) {}

    void addTo(ApiRoutes routes) {
        routes.read("/accounts", (ctx, _) -> list(ctx));
        routes.write(HandlerType.POST, "/accounts", this::add);
        routes.read("/accounts/{number}", (ctx, _) -> show(ctx));
        routes.write(HandlerType.PATCH, "/accounts/{number}", this::change);
        routes.write(HandlerType.POST, "/accounts/{number}/move", this::move);
        routes.write(HandlerType.POST, "/accounts/{number}/rotate", this::rotate);
    }

    private void list(Context ctx) {
        long after = Optional.ofNullable(ctx.queryParam("after"))
                .map(ApiRoutes::number)
                .orElse(0L);
        List<Account> accounts = rows.after(after, PAGE);
        ApiRoutes.json(ctx, Listed.of(accounts, PAGE, Account::id));
    }

    private void show(Context ctx) {
        rows.find(ctx.pathParam("number"))
                .ifPresentOrElse(
                        account -> ApiRoutes.json(ctx, new One(account, rows.fields(account))), () -> noAccount(ctx));
    }

    private void add(Context ctx, Program program) {
        String number = ApiRoutes.body(ctx, New.class).phoneNumberId();
        if (number == null) {
            throw new IllegalArgumentException("phone_number_id is missing");
        }
        audit.asked(program.actor(), "account.add", number);
        ctx.status(rows.add(number) ? 201 : 200).header("Location", ApiRoutes.PREFIX + "/accounts/" + number);
        ApiRoutes.json(ctx, rows.find(number).orElseThrow());
    }

    private void change(Context ctx, Program program) {
        AccountRows.Changes changes = ApiRoutes.body(ctx, AccountRows.Changes.class);
        audit.asked(program.actor(), "account.set", ctx.pathParam("number"));
        if (rows.set(ctx.pathParam("number"), changes)) {
            show(ctx);
        } else {
            noAccount(ctx);
        }
    }

    private void rotate(Context ctx, Program program) {
        String number = ctx.pathParam("number");
        audit.asked(program.actor(), "account.rotate", number);
        rows.rotate(number)
                .ifPresentOrElse(token -> ApiRoutes.json(ctx, new Rotated(token.text())), () -> noAccount(ctx));
    }

    /// Broken off, it is asked for again.
    private void move(Context ctx, Program program) {
        String number = ctx.pathParam("number");
        String business = ApiRoutes.body(ctx, Owner.class).business();
        if (business == null || business.isBlank()) {
            throw new IllegalArgumentException("business is missing: its id or name");
        }
        if (rows.find(number).isEmpty()) {
            noAccount(ctx);
            return;
        }
        audit.asked(program.actor(), "account.move", number + " " + business);
        ApiRoutes.json(ctx, move.run(number, business, _ -> {}));
    }

    private static void noAccount(Context ctx) {
        ApiRoutes.problem(ctx, 404, "There is no such account", "An account is named by its phone_number_id.");
    }
}
