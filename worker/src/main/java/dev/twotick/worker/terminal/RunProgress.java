package dev.twotick.worker.terminal;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// How far a one-shot has come: a bar on stderr where a person looks on, a line now and then where nobody does.
public final class RunProgress implements AutoCloseable {
    private final ProgressBar bar;

    /// @param total of whatever `unit` counts; -1 when nobody knows
    public RunProgress(String task, String unit, long total) {
        bar = new ProgressBarBuilder()
                .setTaskName(task)
                .setUnit(unit, 1)
                .setInitialMax(total)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(someoneLooksOn() ? 200 : 5_000)
                .build();
    }

    public void at(long done, String message) {
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
