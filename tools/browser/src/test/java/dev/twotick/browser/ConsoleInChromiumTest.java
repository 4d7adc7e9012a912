package dev.twotick.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.twotick.db.schema.Tables.HOOK_ATTEMPT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What people do in the console, in the browser that they do it in.
@WithStores
class ConsoleInChromiumTest {
    private static final String PASSWORD = "correct horse battery staple";

    private static Chromium chromium;
    private static Twotick twotick;
    private static Page page;
    private static int messages;

    @BeforeAll
    static void start(Stores stores) throws Exception {
        chromium = Chromium.find();
        twotick = new Twotick(stores);
        page = chromium.page(ColorScheme.LIGHT);
        page.navigate(twotick.url("/sign-in?link=" + Twotick.LINK));
        press("Sign in");
        page.navigate(twotick.url("/password"));
        page.locator("input[type=password]").all().forEach(field -> field.fill(PASSWORD));
        page.locator("main form button").click();
        assertThat(page.getByText("It is chosen")).isVisible();
    }

    @AfterAll
    static void close() {
        if (twotick != null) {
            twotick.close();
        }
        if (chromium != null) {
            chromium.close();
        }
    }

    /// No page ran a script that is not ours, or failed in one of ours.
    @AfterEach
    void nothingWasComplainedOf() {
        assertThat(chromium.complaints()).isEmpty();
    }

    private static void press(String button) {
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(button).setExact(true))
                .first()
                .click();
    }

    private static void follow(String link) {
        page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(link).setExact(true))
                .first()
                .click();
    }

    private static PayloadId comes(String from, String name, String text) {
        return twotick.text(from, name, "wamid.B" + ++messages, Instant.now().minusSeconds(60), text);
    }

    @Test
    void aPayloadIsFoundByItsNumberAndReplayed() {
        PayloadId id = comes("16505551001", "Ada", "find me");
        page.navigate(twotick.url("/payloads"));
        page.getByRole(AriaRole.SEARCHBOX).fill("+1 650 555-1001");
        page.keyboard().press("Enter");
        page.locator("tbody a").first().click();
        assertThat(page).hasURL(twotick.url("/payloads/" + id));
        assertThat(page.getByText("find me").first()).isVisible();
        press("Replay");
        assertThat(page.getByText("Nothing in it was new").first()).isVisible();
    }

    @Test
    void anEndpointIsAddedAndACallIsMadeAgain() {
        page.navigate(twotick.url("/hooks"));
        page.getByLabel("Name").fill("crm");
        page.getByLabel("URL").fill(twotick.receiverUrl());
        page.getByLabel("Events", new Page.GetByLabelOptions().setExact(true)).fill("message.*");
        press("Add it");
        assertThat(page.locator(".secret")).hasText(Pattern.compile("whsec_.+"));
        comes("16505551002", "Grace", "call me");
        await().until(() -> twotick.calls.get() == 1);
        await().until(() -> twotick.db.fetchCount(HOOK_ATTEMPT) == 1);
        page.navigate(twotick.url("/hooks/crm"));
        page.locator("[aria-label=Attempts] a").first().click();
        press("Send it again");
        assertThat(page.getByRole(AriaRole.STATUS)).containsText("owed again");
        await().until(() -> twotick.calls.get() == 2);
    }

    @Test
    void aConversationIsReadAndMarkedSo() {
        comes("16505551003", "Linus", "are you there?");
        page.navigate(twotick.url("/conversations"));
        follow("Linus");
        Locator bubble = page.locator(".bubble.in");
        assertThat(bubble).containsText("are you there?");
        assertThat(page.locator(".day time")).not().containsText("-"); // the reader's words for the day
        press("Mark as read");
        assertThat(page.locator(".unread")).hasCount(0);
    }

    /// Nobody presses anything: the socket brings it.
    @Test
    void aMessageArrivesLive() {
        comes("16505551008", "Alan", "the first");
        try (Page list = page.context().newPage()) {
            list.navigate(twotick.url("/conversations"));
            page.navigate(twotick.url("/conversations?q=16505551008"));
            follow("Alan");
            comes("16505551008", "Alan", "the second");
            assertThat(page.locator(".bubble.in")).hasCount(2);
            assertThat(page.locator(".bubble.in .text").last()).hasText("the second");
            assertThat(page.locator(".day time").last()).not().containsText("-"); // the reader's words, here too
            assertThat(list.locator("tbody tr", new Page.LocatorOptions().setHasText("Alan")))
                    .containsText("the second");
            list.navigate(twotick.url("/payloads"));
            PayloadId id = comes("16505551008", "Alan", "the third");
            assertThat(list.locator("a[href='/payloads/" + id + "']")).isVisible();
            assertThat(page.locator(".bubble.in")).hasCount(3);
        }
    }

    @Test
    void somebodyIsForgotten() {
        comes("16505551004", "Forgettable", "forget this");
        page.navigate(twotick.url("/contacts?q=Forgettable"));
        follow("Forgettable");
        page.getByLabel("Type forget").fill("forget");
        press("Forget this person");
        assertThat(page.getByText("Erased: 1 messages")).isVisible();
        page.navigate(twotick.url("/contacts?q=Forgettable"));
        assertThat(page.getByText("Nobody is known by that")).isVisible();
    }

    /// What is wrong with it would be among the complaints: a dialog, or a script that was kept from running.
    @Test
    void aHostileMessageIsText() {
        String hostile = "</bdi><script>alert(1)</script><img src=x onerror=alert(1)>";
        PayloadId id = comes("16505551005", hostile, hostile + "\u202e abc");
        page.navigate(twotick.url("/conversations?q=16505551005"));
        page.locator("tbody a").first().click();
        assertThat(page.locator(".bubble .text")).containsText("<script>alert(1)</script>");
        for (String path : List.of("/conversations", "/contacts?q=16505551005", "/payloads/" + id)) {
            page.navigate(twotick.url(path));
            assertThat(page.getByText("<script>alert(1)").first()).isVisible();
            assertThat(page.locator("img, main script")).hasCount(0);
        }
    }

    @Test
    void allOfItGoesByKeyboard() {
        comes("16505551006", "Keys", "by keys");
        try (Page other = chromium.page(ColorScheme.DARK)) {
            other.navigate(twotick.url("/sign-in?to=/payloads"));
            other.keyboard().type("operator"); // the field has the focus
            other.keyboard().press("Tab");
            other.keyboard().type(PASSWORD);
            other.keyboard().press("Enter");
            assertThat(other).hasURL(twotick.url("/payloads"));
            other.keyboard().press("Tab");
            assertThat(other.locator(":focus")).hasText("To the content");
            other.keyboard().press("Enter");
            tabTo(other, "tbody a");
            other.keyboard().press("Enter");
            assertThat(other).hasURL(Pattern.compile(".*/payloads/[0-9a-f-]{36}"));
            tabTo(other, "main button");
            other.keyboard().press("Enter");
            assertThat(other.getByText("Nothing in it was new").first()).isVisible();
        }
    }

    private static void tabTo(Page other, String selector) {
        for (int steps = 0; steps < 60; steps++) {
            other.keyboard().press("Tab");
            if (Boolean.TRUE.equals(other.evaluate("selector => document.activeElement.matches(selector)", selector))) {
                return;
            }
        }
        throw new AssertionError("no Tab leads to " + selector);
    }

    @Test
    void everyPageIsAccessibleInBothThemes() {
        PayloadId id = comes("16505551007", "Axe", "hello");
        twotick.echo("16505551007", "wamid.E1", Instant.now(), "our answer");
        twotick.status("16505551007", "wamid.E1", "read", Instant.now());
        twotick.db.execute("insert into campaign (business_id, key, sent, failed) values (1, 'axe', 3, 1)");
        page.navigate(twotick.url("/conversations?q=16505551007"));
        String conversation = page.locator("tbody a").first().getAttribute("href");
        page.navigate(twotick.url("/contacts?q=16505551007"));
        String contact = page.locator("tbody a").first().getAttribute("href");
        for (ColorScheme theme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(theme));
            for (String path : List.of(
                    "/overview",
                    "/payloads",
                    "/payloads/" + id,
                    "/conversations",
                    conversation,
                    "/contacts",
                    contact,
                    "/campaigns",
                    "/campaigns/1",
                    "/hooks",
                    "/resends",
                    "/accounts",
                    "/accounts/106540352242922",
                    "/audit",
                    "/password")) {
                page.navigate(twotick.url(path));
                assertThat(Chromium.violations(page))
                        .as("%s in %s", path, theme)
                        .isEmpty();
            }
        }
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
    }
}
