package dev.twotick.soak;

/// Where a process is killed: at the entry or the exit of the method that takes the step. Twotick knows nothing of it;
/// a test proves that each of these methods is there, so one that is renamed is renamed here too.
enum Step {
    LOG_BEFORE(
            "before log commit", Role.INGEST, "dev.twotick.ingest.PayloadLogTable", "insert(java.util.List)", At.ENTRY),
    LOG_AFTER("after log commit", Role.INGEST, "dev.twotick.ingest.PayloadLogTable", "insert(java.util.List)", At.EXIT),
    PUSH_BEFORE("before push", Role.INGEST, "dev.twotick.ingest.PayloadStream", "add", At.ENTRY),
    PUSH_AFTER("after push", Role.INGEST, "dev.twotick.ingest.PayloadStream", "add", At.EXIT),
    /// PostgreSQL is away, and Redis keeps payloads for the log.
    PARK_BEFORE("before parking", Role.INGEST, "dev.twotick.ingest.ToLogStream", "parkOnce", At.ENTRY, "TRUE", true),
    PARK_AFTER("after parking", Role.INGEST, "dev.twotick.ingest.ToLogStream", "parkOnce", At.EXIT, "TRUE", true),

    READ_BEFORE("before read", Role.WORKER, "dev.twotick.queue.ConsumerGroup", "read", At.ENTRY),
    READ_AFTER("after read", Role.WORKER, "dev.twotick.queue.ConsumerGroup", "read", At.EXIT, "!$!.isEmpty()", false),
    /// All tables are written but for the outcomes and the calls owed, whose statement commits as well.
    COMMIT_BEFORE("before commit", Role.WORKER, "dev.twotick.worker.outbox.Outbox", "enqueueLast", At.ENTRY),
    COMMIT_AFTER(
            "after commit",
            Role.WORKER,
            "dev.twotick.worker.apply.EventApplier",
            "tryCommit(java.util.List,java.util.List,dev.twotick.worker.apply.PayloadTallies)",
            At.EXIT),
    /// Redis hears of the marks in the same breath as of the acknowledgement behind them.
    SEEN_BEFORE("before seen-mark", Role.WORKER, "dev.twotick.worker.deduplicate.SeenEvents", "write", At.ENTRY),
    SEEN_AFTER("after seen-mark", Role.WORKER, "dev.twotick.worker.deduplicate.SeenEvents", "write", At.EXIT),
    ACKNOWLEDGE_BEFORE(
            "before acknowledge",
            Role.WORKER,
            "dev.twotick.queue.ConsumerGroup",
            "read",
            At.ENTRY,
            "!$1.isEmpty()",
            false),
    ACKNOWLEDGE_AFTER(
            "after acknowledge",
            Role.WORKER,
            "dev.twotick.queue.ConsumerGroup",
            "read",
            At.EXIT,
            "!$1.isEmpty()",
            false),
    CLAIM_STREAM_BEFORE("before claim (stream)", Role.WORKER, "dev.twotick.queue.ConsumerGroup", "takeOver", At.ENTRY),
    /// What a dead worker left has just become this one's.
    CLAIM_STREAM_AFTER(
            "after claim (stream)",
            Role.WORKER,
            "dev.twotick.queue.ConsumerGroup",
            "takeOver",
            At.EXIT,
            "!$!.entries().isEmpty()",
            true),
    /// The attempt at an entry that is alone is counted, and not begun.
    ALONE_BEFORE(
            "before a suspect alone", Role.WORKER, "dev.twotick.worker.consume.DeathCount", "begins", At.EXIT, true),
    ALONE_AFTER(
            "after a suspect alone",
            Role.WORKER,
            "dev.twotick.worker.consume.StreamConsumer",
            "processAlone",
            At.EXIT,
            true),
    CLAIM_HOOKS_BEFORE("before claim (hooks)", Role.WORKER, "dev.twotick.worker.outbox.DueCalls", "claim", At.ENTRY),
    CLAIM_HOOKS_AFTER(
            "after claim (hooks)",
            Role.WORKER,
            "dev.twotick.worker.outbox.DeliveryLedger",
            "claimDue",
            At.EXIT,
            "!$!.isEmpty()",
            true),
    SEND_BEFORE("before send", Role.WORKER, "dev.twotick.worker.deliver.HookSender", Step.SEND, At.ENTRY),
    SEND_AFTER("after send", Role.WORKER, "dev.twotick.worker.deliver.HookSender", Step.SEND, At.EXIT),
    RECORD_BEFORE("before record", Role.WORKER, "dev.twotick.worker.outbox.DeliveryLedger", "record", At.ENTRY),
    RECORD_AFTER("after record", Role.WORKER, "dev.twotick.worker.outbox.DeliveryLedger", "record", At.EXIT),
    REQUEUE_BEFORE(
            "before requeue",
            Role.WORKER,
            "dev.twotick.worker.replay.StreamFeed",
            "push",
            At.ENTRY,
            "!$0.toPush.isEmpty()",
            true),
    REQUEUE_AFTER(
            "after requeue",
            Role.WORKER,
            "dev.twotick.worker.replay.StreamFeed",
            "push",
            At.EXIT,
            "!$0.outstanding.isEmpty()",
            true),
    MOVE_BEFORE("before move to log", Role.WORKER, "dev.twotick.worker.upkeep.ToLog", "insertRows", At.ENTRY, true),
    /// In the log, and still where it came from.
    MOVE_COMMITTED("inside move to log", Role.WORKER, "dev.twotick.queue.ToLogEntries", "passOn", At.ENTRY, true),
    MOVE_AFTER("after move to log", Role.WORKER, "dev.twotick.queue.ToLogEntries", "passOn", At.EXIT, true);

    private static final String SEND =
            "send(dev.twotick.worker.outbox.Endpoint," + "java.util.List,dev.twotick.worker.deliver.ExchangeTrace)";

    enum Role {
        INGEST,
        WORKER
    }

    enum At {
        ENTRY,
        EXIT
    }

    private final String title;
    private final Role role;
    private final String className;
    private final String method;
    private final At at;
    private final String condition;
    private final boolean rare;

    Step(String title, Role role, String className, String method, At at) {
        this(title, role, className, method, at, "TRUE", false);
    }

    Step(String title, Role role, String className, String method, At at, boolean rare) {
        this(title, role, className, method, at, "TRUE", rare);
    }

    /// @param condition when it counts, in Byteman's words
    /// @param rare      taken only when something else went wrong before
    Step(String title, Role role, String className, String method, At at, String condition, boolean rare) {
        this.title = title;
        this.role = role;
        this.className = className;
        this.method = method;
        this.at = at;
        this.condition = condition;
        this.rare = rare;
    }

    String title() {
        return title;
    }

    Role role() {
        return role;
    }

    String className() {
        return className;
    }

    /// Perhaps with the parameters' types behind it.
    String method() {
        return method;
    }

    At at() {
        return at;
    }

    String condition() {
        return condition;
    }

    boolean isRare() {
        return rare;
    }

    /// Dies over an entry that is alone, and so is held against it.
    boolean isOfASuspect() {
        return this == ALONE_BEFORE || this == ALONE_AFTER;
    }
}
