package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class WorkerCommandTest {

    @ParameterizedTest
    @CsvSource({
        "--id 01a1fdd8-0000-7000-8000-000000000000, --id goes with --replay or --resend;",
        "--migrate --rate 5, --rate goes with --replay or --resend;",
        "--replay --dead --conversation 1, '--conversation, --dead go with --resend;'",
        "--cancel 1, --cancel goes with --resend;",
        "--migrate --in-process, --in-process goes with --replay;",
        "--resend --refill, --refill goes with --replay;",
        "--forget 1 --since 2h --failed, '--since, --failed go with --replay or --resend;'",
        "--replay --endpoint crm, --endpoint goes with --resend;",
        "--type message.*, --type goes with --resend;",
        "--replay --seal --total 5, '--seal, --total go with --campaign;'",
        "--export 1 --yes, --yes goes with --forget;",
        "--replay --business 1, --business goes with --forget or --export or --campaign or --account;",
        "--replay --account 1 --business 1, '--business goes with --forget, --export or --campaign, or with --account alone'",
        "--migrate --account 1, --account goes with --replay or --resend or --forget or --export or --campaign or --business;"
    })
    void anOptionElsewhereIsToldWhereItGoes(String line, String told) {
        assertThat(said(line)).contains(told);
    }

    @Test
    void oneRunAtATime() {
        assertThat(said("--migrate --replay --forget 1")).contains("choose one of --migrate, --replay, --forget");
    }

    @Test
    void oneOfThoseThatExcludeEachOther() {
        assertThat(said("--resend --missed --dead")).contains("choose one of --failed, --missed, --dead, --delivered");
    }

    @Test
    void anOptionInItsPlaceComesToTheSettings() {
        for (String line : new String[] {
            "--replay --since 2h --account 1 --account 2 --rate 5",
            "--replay --refill --since 2h --account 1 --rate 5",
            "--resend --id 0b9d6c1e-0000-5000-8000-000000000000 --account 1 --account 2",
            "--resend --endpoint crm --dead --rate 50 --no-wait",
            "--resend --conversation 7 --delivered",
            "--resend --list --json",
            "--export 1 --business 2",
            "--forget 1 --account 2 --yes",
            "--account 2 --business Shop",
            "--businesses",
            "--campaign spring --total 5",
            "--campaign spring --account 1 --seal",
            "--campaign spring --business 2"
        }) {
            assertThat(said(line)).contains("TWOTICK_DATABASE_URL");
        }
    }

    private static String said(String line) {
        StringWriter said = new StringWriter();
        CommandLine command = new CommandLine(new WorkerCommand(Map.of()))
                .setErr(new PrintWriter(said))
                .setExecutionExceptionHandler((fault, of, parsed) -> {
                    of.getErr().println(fault.getMessage());
                    return 2;
                });
        assertThat(command.execute(line.split(" "))).isEqualTo(2);
        return said.toString();
    }
}
