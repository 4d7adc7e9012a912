package dev.twotick.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Pattern;

/// What PostgreSQL reads from its folder, and its programs as child processes.
final class PostgresFiles {
    private static final Pattern VERSION = Pattern.compile("(\\d+)\\D");

    private PostgresFiles() {}

    record End(int code, String output) {}

    /// The whole of `postgresql.conf`. The three that keep a promise are spelled out, although they are the defaults.
    static void configure(Path data, int port) {
        var settings = """
                # written by Twotick at each start; keep your own in postgresql.auto.conf (ALTER SYSTEM)
                listen_addresses = '127.0.0.1'
                port = %d
                unix_socket_directories = ''
                max_connections = 200
                shared_buffers = '128MB'
                fsync = on
                synchronous_commit = on
                full_page_writes = on
                max_wal_size = '2GB'
                timezone = 'UTC'
                log_timezone = 'UTC'
                log_line_prefix = '%%m [%%p] '
                """.formatted(port);
        try {
            Files.writeString(data.resolve("postgresql.conf"), settings);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write postgresql.conf in " + data, e);
        }
    }

    /// The server on these data will be a standby.
    ///
    /// @param port where the one that it follows is found
    static void follow(Path data, int port, String user, String password) {
        var settings = "primary_conninfo = 'host=127.0.0.1 port=%d user=%s password=''%s'' application_name=standby'\n"
                .formatted(port, user, password.replace("\\", "\\\\").replace("'", "\\''"));
        try {
            Files.createFile(data.resolve("standby.signal"));
            Files.writeString(data.resolve("postgresql.auto.conf"), settings, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a standby of " + data, e);
        }
    }

    static void writePrivate(Path file, String text) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text);
    }

    static int majorVersion(Path programs) {
        return leadingNumber(run(List.of(programs.resolve("postgres").toString(), "--version"), programs)
                .output());
    }

    static int majorVersionOf(Path data) {
        try {
            return leadingNumber(Files.readString(data.resolve("PG_VERSION")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int leadingNumber(String text) {
        var match = VERSION.matcher(text);
        if (!match.find()) {
            throw new IllegalStateException("no version in: " + text);
        }
        return Integer.parseInt(match.group(1));
    }

    /// Runs a program to its end. Its output goes through a file: a server that it starts would keep a pipe open.
    static End run(List<String> command, Path folder) {
        return run(command, folder, "");
    }

    static End run(List<String> command, Path folder, String input) {
        try {
            var output = Files.createTempFile("twotick", ".out");
            try {
                var process = new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                try (var stdin = process.getOutputStream()) {
                    stdin.write(input.getBytes(StandardCharsets.UTF_8));
                }
                int code = process.waitFor();
                return new End(code, Files.readString(output));
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + command.getFirst(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + command.getFirst(), e);
        }
    }
}
