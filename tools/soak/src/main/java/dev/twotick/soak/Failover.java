package dev.twotick.soak;

import dev.twotick.stores.LocalRedis;
import java.time.Duration;

/// Ways in which another Redis becomes the master. Each returns when what it took away is back.
enum Failover {
    KILLED("master killed") {
        @Override
        void happen(SoakStack stack, Healing healing) throws Exception {
            LocalRedis master = stack.redis();
            master.kill();
            healing.await();
            master.startAgain();
        }
    },
    KILLED_AND_BACK("master killed, back at once") {
        @Override
        void happen(SoakStack stack, Healing healing) throws Exception {
            LocalRedis master = stack.redis();
            master.kill();
            master.startAgain();
            healing.await();
        }
    },
    HUNG("master hung for 20 s") {
        @Override
        void happen(SoakStack stack, Healing healing) throws Exception {
            LocalRedis master = stack.redis();
            long begin = System.nanoTime();
            master.pause();
            healing.await();
            stack.pause(HANGS.minusNanos(System.nanoTime() - begin));
            master.resume();
        }
    },
    PLANNED("planned failover") {
        @Override
        void happen(SoakStack stack, Healing healing) throws Exception {
            stack.replicated().failOver();
            healing.await();
        }
    },
    PLANNED_AGAIN("planned failover, and another") {
        @Override
        void happen(SoakStack stack, Healing healing) throws Exception {
            stack.replicated().failOver();
            stack.replicated().failOver();
            healing.await();
        }
    },
    /// What the killed ingest would have pushed again is requeue's to find.
    KILLED_WITH_INGEST("master and ingest killed") {
        @Override
        void happen(SoakStack stack, Healing healing) throws Exception {
            LocalRedis master = stack.redis();
            master.kill();
            stack.ingest.kill();
            healing.await();
            master.startAgain();
        }
    },
    KILLED_WITHOUT_POSTGRES("master killed while PostgreSQL is down") {
        @Override
        void happen(SoakStack stack, Healing healing) throws Exception {
            LocalRedis master = stack.redis();
            whilePostgresIsDown(stack, master::kill);
            healing.await();
            master.startAgain();
        }
    },
    HUNG_WITHOUT_POSTGRES("master hung while PostgreSQL is down") {
        @Override
        void happen(SoakStack stack, Healing healing) throws Exception {
            LocalRedis master = stack.redis();
            whilePostgresIsDown(stack, () -> {
                master.pause();
                stack.pause(HANGS);
                master.resume();
            });
            healing.await();
        }
    },
    PLANNED_WITHOUT_POSTGRES("planned failover while PostgreSQL is down") {
        @Override
        void happen(SoakStack stack, Healing healing) throws Exception {
            whilePostgresIsDown(stack, () -> stack.replicated().failOver());
            healing.await();
        }
    },
    FORCED("failover without the master's consent") {
        @Override
        void happen(SoakStack stack, Healing healing) throws Exception {
            stack.cluster().forceFailOver();
            healing.await();
        }
    },
    SLOT_MOVED("slot moved") {
        @Override
        void happen(SoakStack stack, Healing healing) throws Exception {
            stack.cluster().moveSlot();
            healing.await();
        }
    },
    SLOT_MOVED_WITHOUT_POSTGRES("slot moved while PostgreSQL is down") {
        @Override
        void happen(SoakStack stack, Healing healing) throws Exception {
            whilePostgresIsDown(stack, () -> stack.cluster().moveSlot());
            healing.await();
        }
    };

    private static final Duration HANGS = Duration.ofSeconds(20);
    private static final Duration A_WHILE = Duration.ofSeconds(3);

    private final String title;

    Failover(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    boolean isOfAClusterAlone() {
        return this == FORCED || this == SLOT_MOVED || this == SLOT_MOVED_WITHOUT_POSTGRES;
    }

    /// Until a payload posted from now on has come out.
    interface Healing {
        void await() throws Exception;
    }

    abstract void happen(SoakStack stack, Healing healing) throws Exception;

    /// Payloads are parked before and behind it.
    private static void whilePostgresIsDown(SoakStack stack, SoakStack.StoreWork work) throws Exception {
        stack.postgres.stop();
        stack.pause(A_WHILE);
        work.run();
        stack.pause(A_WHILE);
        stack.postgres.startAgain();
    }
}
