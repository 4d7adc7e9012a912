package dev.twotick.browser;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Not a test: the pictures of `docs/screens/`, made anew by
/// `./twotick retest -pl tools/browser -am -Dtest=ScreensTest -Dtwotick.screens=$PWD/docs/screens`.
@WithStores
@EnabledIfSystemProperty(named = "twotick.screens", matches = ".+")
class ScreensTest {
    private static final List<String> PEOPLE =
            List.of("Ada Lovelace", "Grace Hopper", "Linus", "Margaret H.", "Niklaus");

    @Test
    void eachPageInBothThemes(Stores stores) throws Exception {
        Path folder = Path.of(System.getProperty("twotick.screens"));
        try (Chromium chromium = Chromium.find();
                Twotick twotick = new Twotick(stores)) {
            Page page = chromium.page(ColorScheme.LIGHT);
            page.setViewportSize(1000, 640);
            page.navigate(twotick.url("/sign-in?link=" + Twotick.LINK));
            page.locator("main button").click();
            Map<String, String> pages = paths(twotick, page);
            for (ColorScheme theme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
                page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(theme));
                pages.forEach((name, path) -> {
                    page.navigate(twotick.url(path));
                    String file = name + "-" + theme.name().toLowerCase(Locale.ROOT) + ".png";
                    page.screenshot(new Page.ScreenshotOptions().setPath(folder.resolve(file)));
                });
            }
        }
    }

    private static Map<String, String> paths(Twotick twotick, Page page) {
        page.navigate(twotick.url("/hooks"));
        page.getByLabel("Name").fill("crm");
        page.getByLabel("URL").fill(twotick.receiverUrl());
        page.locator("main form button").last().click();
        Instant now = Instant.now();
        for (int n = 0; n < PEOPLE.size(); n++) {
            twotick.text(
                    "1650555200" + n, PEOPLE.get(n), "wamid.P" + n, now.minusSeconds(900), "Is my order on its way?");
        }
        String ada = "16505552000";
        Instant then = now.minus(Duration.ofDays(1));
        twotick.text(ada, PEOPLE.getFirst(), "wamid.A1", then, "Good morning! Do you have the blue one?");
        twotick.echo(ada, "wamid.A2", then.plusSeconds(90), "We do. Shall we keep it for you?");
        twotick.status(ada, "wamid.A2", "read", then.plusSeconds(120));
        twotick.items(ada, PEOPLE.getFirst(), """
                {"from":"%s","id":"wamid.A3","timestamp":"%d","type":"reaction",\
                "reaction":{"message_id":"wamid.A2","emoji":"🎉"}},\
                {"from":"%s","id":"wamid.A4","timestamp":"%d","type":"image","context":{"id":"wamid.A2"},\
                "image":{"id":"1","mime_type":"image/jpeg","sha256":"x","caption":"Yes, like this one"}}\
                """.formatted(
                        ada, then.getEpochSecond() + 130, ada, now.getEpochSecond() - 300));
        twotick.echo(ada, "wamid.A5", now.minusSeconds(200), "It is on its way.");
        twotick.status(ada, "wamid.A5", "delivered", now.minusSeconds(190));
        twotick.db.execute(
                "insert into campaign (business_id, key, name, total, sent, delivered, read, failed, sealed_at)"
                        + " values (1, 'spring', 'Spring sale', 1200, 1180, 1112, 640, 20, now())");
        Map<String, String> paths = new LinkedHashMap<>();
        paths.put("overview", "/overview");
        paths.put("payloads", "/payloads");
        paths.put("payload", first(twotick, page, "/payloads"));
        paths.put("conversations", "/conversations");
        paths.put("conversation", first(twotick, page, "/conversations?q=" + ada));
        paths.put("contact", first(twotick, page, "/contacts?q=" + ada));
        paths.put("campaign", "/campaigns/1");
        paths.put("hooks", "/hooks");
        paths.put("endpoint", "/hooks/crm");
        paths.put("resends", "/resends");
        paths.put("accounts", "/accounts");
        return paths;
    }

    private static String first(Twotick twotick, Page page, String list) {
        page.navigate(twotick.url(list));
        return page.locator("tbody a").first().getAttribute("href");
    }
}
