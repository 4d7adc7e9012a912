package dev.twotick.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import org.jboss.byteman.check.RuleCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Twotick knows nothing of the steps at which it is killed; so a method that is renamed must fail here.
class StepTest {
    @ParameterizedTest
    @EnumSource(Step.class)
    void itsMethodIsThereOnce(Step step) throws ClassNotFoundException {
        var name = step.method().replaceFirst("\\(.*", "");
        var methods = Arrays.stream(
                        Class.forName(step.className(), false, getClass().getClassLoader())
                                .getDeclaredMethods())
                .filter(method -> method.getName().equals(name))
                .filter(method -> step.method().equals(name)
                        || step.method()
                                .equals(name + "("
                                        + String.join(
                                                ",",
                                                Arrays.stream(method.getParameterTypes())
                                                        .map(Class::getTypeName)
                                                        .toList())
                                        + ")"));
        assertThat(methods).hasSize(1);
    }

    @Test
    void bytemanFindsAndTypesEveryRule(@TempDir Path folder) {
        var armed = Arrays.stream(Step.values())
                .map(step -> new Armed(step, 1, Armed.Victim.SELF))
                .toList();
        var check = new RuleCheck();
        check.addRule("rules.btm", new Rules(folder).text(armed, true));
        check.checkRules();
        var result = check.getResult();
        assertThat(result.getParseErrorMessages()).isEmpty();
        assertThat(result.getErrorMessages()).isEmpty();
        assertThat(result.getTypeErrorMessages()).isEmpty();
        assertThat(result.getWarningMessages()).isEmpty();
        assertThat(result.getTypeWarningMessages()).isEmpty();
    }
}
