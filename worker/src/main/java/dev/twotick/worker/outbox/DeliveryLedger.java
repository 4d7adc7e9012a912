package dev.twotick.worker.outbox;

import org.jooq.DSLContext;

/// What `deliver` reads and writes; each method is one transaction.
public final class DeliveryLedger {

    public DeliveryLedger(DSLContext db, HookSettings settings) {}
}
