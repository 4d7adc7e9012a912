package dev.twotick.worker.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.javalin.http.Context;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.util.concurrent.Semaphore;

/// All that is held about a contact, as a file, for pages and programs alike. Each goes through the whole log,
/// so there are no more than a few at a time.
final class Exports {
    private static final int AT_ONCE = 2;

    private final ContactRows rows;
    private final PersonalData data;
    private final Semaphore places = new Semaphore(AT_ONCE);

    Exports(ContactRows rows, PersonalData data) {
        this.rows = rows;
        this.data = data;
    }

    /// As it is read; one that cannot be finished is no whole answer, either.
    ///
    /// @return false: others are being exported, and nothing is answered yet
    boolean answer(Context ctx, ContactRows.Contact contact) throws IOException {
        if (!places.tryAcquire()) {
            return false;
        }
        try {
            ctx.contentType("application/json")
                    .header("Content-Disposition", "attachment; filename=\"contact-" + contact.id() + ".json\"");
            Writer out = new BufferedWriter(new OutputStreamWriter(ctx.res().getOutputStream(), UTF_8));
            data.export(rows.ids(contact.id()), contact.businessId(), out);
            return true;
        } catch (RuntimeException e) {
            Answers.takeBack(ctx);
            throw e;
        } finally {
            places.release();
        }
    }
}
