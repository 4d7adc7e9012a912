package dev.twotick.worker;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// How far a one-shot has come: a bar on stderr where a person looks on, a line now and then where nobody does.
final class RunProgress implements AutoCloseable {
    private final ProgressBar bar;

    /// @param total of whatever `unit` counts; -1 when nobody knows
    RunProgress(String task, String unit, long total) {
        bar = new ProgressBarBuilder()
                .setTaskName(task)
                .setUnit(unit, 1)
                .setInitialMax(total)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(someoneLooksOn() ? 200 : 5_000)
                .build();
    }

    void at(long done, String message) {
        bar.stepTo(done);
        bar.setExtraMessage(' ' + message);
    }

    @SuppressWarnings("SystemConsoleNull") // null is still possible when jdk.console says so
    private static boolean someoneLooksOn() {
        var console = System.console();
        return console != null && console.isTerminal();
    }

    @Override
    public void close() {
        bar.close();
    }
}
