package dev.twotick.soak;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// What Meta has to tell: messages of many senders, statuses of messages that the business sent, all mixed and out of
/// order, batches of one and of hundreds, some items more than once. From a seed.
final class Traffic {
    private static final int SENDERS = 400;
    private static final int NUMBERS = 4;
    private static final int POOL = 600;
    private static final List<String> WORDS = List.of("sent", "delivered", "read", "failed", "played");

    private final RandomGenerator random;
    private final List<Item> pool = new ArrayList<>();
    private final List<Item> told = new ArrayList<>();
    private int messages;
    private int probes;

    Traffic(RandomGenerator random) {
        this.random = random;
    }

    synchronized Payload next() {
        int items = items();
        var chosen = new ArrayList<Item>();
        for (int i = 0; i < items; i++) {
            chosen.add(!told.isEmpty() && random.nextInt(12) == 0 ? told.get(random.nextInt(told.size())) : fresh());
        }
        return Payload.of(chosen);
    }

    /// One message, of a sender of its own.
    synchronized Payload probe() {
        probes++;
        long now = Instant.now().getEpochSecond();
        return Payload.of(
                List.of(new Item.Message(number(), "wamid.probe" + probes, sender(), now, "is anybody there?")));
    }

    private int items() {
        int dice = random.nextInt(1_000);
        return dice < 700
                ? random.nextInt(1, 4)
                : dice < 950 ? random.nextInt(4, 25) : dice < 994 ? random.nextInt(25, 80) : random.nextInt(300, 500);
    }

    private Item fresh() {
        while (pool.size() < POOL) {
            grow();
        }
        int place = random.nextInt(pool.size());
        var item = pool.get(place);
        pool.set(place, pool.getLast());
        pool.removeLast();
        if (told.size() < POOL) {
            told.add(item);
        } else {
            told.set(random.nextInt(POOL), item);
        }
        return item;
    }

    private void grow() {
        int n = ++messages;
        long at = Instant.now().getEpochSecond() - random.nextInt(60);
        if (random.nextBoolean()) {
            pool.add(new Item.Message(number(), "wamid.in" + n, sender(), at, text(n)));
            return;
        }
        var number = number();
        var participants = random.nextInt(20) == 0 ? List.of("15557770001", "15557770002") : List.of("");
        for (var participant : participants) {
            for (var word : WORDS) {
                if (random.nextInt(3) > 0) {
                    pool.add(new Item.Status(number, "wamid.out" + n, word, participant, at + WORDS.indexOf(word)));
                }
            }
        }
    }

    private String text(int n) {
        return "message " + n + (random.nextInt(200) == 0 ? " and a long one".repeat(3_000) : "");
    }

    private String number() {
        return "10" + random.nextInt(NUMBERS);
    }

    private String sender() {
        return "1650" + (5_550_000 + random.nextInt(SENDERS));
    }
}
