/// The console as people meet it: real pages in a real Chromium, the one that is installed.
///
/// [dev.twotick.browser.ConsoleInChromiumTest] is what people do; [dev.twotick.browser.ScreensTest] makes the
/// pictures of the README. [dev.twotick.browser.Chromium] finds the browser, [dev.twotick.browser.Twotick] is what it
/// looks at.
@NullMarked
package dev.twotick.browser;

import org.jspecify.annotations.NullMarked;
