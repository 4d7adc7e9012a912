package dev.twotick.bench;

import org.jspecify.annotations.Nullable;

/// One line of the table: what was measured, against what, and what was asked of it.
///
/// @param figure    of the build that is measured
/// @param reference of what it is held against in the same run; null: against nothing
record Line(
        String scenario,
        String what,
        Figure figure,
        @Nullable Figure reference,
        Asked asked,
        String note) {

    record Figure(String name, double value, String unit) {}

    /// What the issue asks of the ratio, or of the figure where there is no reference.
    sealed interface Asked {}

    record AtLeast(double value) implements Asked {}

    record AtMost(double value) implements Asked {}

    /// So much above the reference.
    record AtMostMore(double value) implements Asked {}

    record Nothing() implements Asked {}

    static final Asked NOTHING = new Nothing();

    static Line of(String scenario, String what, double value, String unit) {
        return new Line(scenario, what, new Figure("", value, unit), null, NOTHING, "");
    }

    Line against(String name, double value) {
        return new Line(scenario, what, figure, new Figure(name, value, figure.unit()), asked, note);
    }

    Line atLeast(double value) {
        return new Line(scenario, what, figure, reference, new AtLeast(value), note);
    }

    Line atMost(double value) {
        return new Line(scenario, what, figure, reference, new AtMost(value), note);
    }

    /// Than the reference.
    Line atMostMore(double value) {
        return new Line(scenario, what, figure, reference, new AtMostMore(value), note);
    }

    Line noting(String words) {
        return new Line(scenario, what, figure, reference, asked, words);
    }

    double ratio() {
        return reference == null ? Double.NaN : figure.value() / reference.value();
    }

    /// Null: nothing was asked, or what was asked could not be measured.
    @Nullable
    Boolean reached() {
        double judged = reference == null ? figure.value() : ratio();
        if (Double.isNaN(judged)) {
            return null;
        }
        return switch (asked) {
            case AtLeast least -> judged >= least.value();
            case AtMost most -> judged <= most.value();
            case AtMostMore more -> reference == null ? null : figure.value() - reference.value() <= more.value();
            case Nothing _ -> null;
        };
    }
}
