package dev.twotick.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// The distribution's Chromium, driven by Playwright, which downloads none. Where there is none, the tests are left
/// out and say so; `-Dtwotick.browser=all` insists.
final class Chromium implements AutoCloseable {
    private static final String AXE = read("/axe.min.js");
    private static final List<String> STANDARDS =
            List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice");

    private final Playwright playwright;
    private final Browser browser;
    private final List<String> complaints = new ArrayList<>();

    private Chromium(Path executable) {
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(executable)
                        .setChromiumSandbox(false));
    }

    static Chromium find() {
        return Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .map(Chromium::new)
                .orElseGet(Chromium::leaveOut);
    }

    private static Chromium leaveOut() {
        String words = "no Chromium here: the console's browser tests are left out; apt-get install chromium brings it";
        assertThat(System.getProperty("twotick.browser")).as(words).isNotEqualTo("all");
        System.out.println(words);
        return abort(words);
    }

    /// A page of somebody who was never here before. What it complains of is kept: see [#complaints].
    Page page(ColorScheme theme) {
        BrowserContext context = browser.newContext(new Browser.NewContextOptions()
                .setColorScheme(theme)
                .setLocale("en-GB")
                .setTimezoneId("Europe/Berlin")
                .setViewportSize(1200, 800));
        context.setDefaultTimeout(15_000);
        Page page = context.newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                complaints.add(message.text());
            }
        });
        page.onPageError(complaints::add);
        page.onDialog(dialog -> {
            complaints.add("a dialog: " + dialog.message());
            dialog.dismiss();
        });
        return page;
    }

    /// Scripts that failed or were kept from running, and dialogs that opened.
    List<String> complaints() {
        List<String> since = List.copyOf(complaints);
        complaints.clear();
        return since;
    }

    /// What axe finds against WCAG 2.2 AA.
    static List<String> violations(Page page) {
        page.evaluate(AXE);
        Object found = page.evaluate("""
                async standards => (await axe.run(document, { runOnly: standards })).violations
                    .map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '))
                """, STANDARDS);
        return ((List<?>) found).stream().map(String::valueOf).toList();
    }

    private static String read(String resource) {
        try (InputStream in = Objects.requireNonNull(Chromium.class.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        playwright.close();
    }
}
