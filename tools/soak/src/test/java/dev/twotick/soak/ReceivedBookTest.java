package dev.twotick.soak;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// The receiver's book must see what must not be.
class ReceivedBookTest {
    private final ReceivedBook book = new ReceivedBook();

    @Test
    void theSameCallAgainIsNothingWrong() {
        assertThat(book.received("id-1", call("message.read", "wamid.1"), true)).isTrue();
        assertThat(book.received("id-1", call("message.read", "wamid.1"), true)).isFalse();

        assertThat(book.wrong()).isEmpty();
        assertThat(book.idsReceivedAgain()).isEqualTo(1);
        book.accepted("id-1");
        assertThat(book.has("message.read 100 wamid.1")).isTrue();
    }

    @Test
    void whatWasOnlyRefusedHasNotArrived() {
        book.received("id-1", call("message.read", "wamid.1"), true);

        assertThat(book.has("message.read 100 wamid.1")).isFalse();
    }

    @Test
    void oneFactUnderTwoIdsIsWrong() {
        book.received("id-1", call("message.read", "wamid.1"), true);
        book.received("id-2", call("message.read", "wamid.1"), true);

        assertThat(book.wrong()).containsOnlyKeys("id-2");
    }

    @Test
    void oneIdForTwoFactsIsWrong() {
        book.received("id-1", call("message.read", "wamid.1"), true);
        book.received("id-1", call("message.sent", "wamid.1"), true);

        assertThat(book.wrong()).containsOnlyKeys("id-1");
    }

    @Test
    void aCallThatDoesNotVerifyIsWrong() {
        book.received("id-1", call("message.read", "wamid.1"), false);

        assertThat(book.wrong()).containsOnlyKeys("id-1");
    }

    @Test
    void participantsOfAGroupAreDifferentFacts() {
        book.received("id-1", call("message.read", "wamid.1\",\"participant\":\"15557770001"), true);
        book.received("id-2", call("message.read", "wamid.1\",\"participant\":\"15557770002"), true);

        book.accepted("id-2");
        assertThat(book.wrong()).isEmpty();
        assertThat(book.has("message.read 100 wamid.1 15557770002")).isTrue();
    }

    private static String call(String type, String wamid) {
        return "{\"type\":\"" + type + "\",\"timestamp\":\"2026-11-21T12:44:03Z\",\"data\":{\"account\":"
                + "{\"phone_number_id\":\"100\"},\"wamid\":\"" + wamid + "\"}}";
    }
}
