package dev.twotick.worker.console;

import dev.twotick.model.hash.Sha256;
import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// The console's own files, from the jar. Their path holds a hash of all of them, so that a browser keeps them for
/// ever, and asks for others after an update.
final class Assets {
    private static final Map<String, String> TYPES = Map.of(
            "console.css", "text/css; charset=utf-8",
            "console.js", "text/javascript; charset=utf-8",
            "htmx.js", "text/javascript; charset=utf-8",
            "live.js", "text/javascript; charset=utf-8",
            "icon.svg", "image/svg+xml");

    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final String version;

    Assets() {
        StringBuilder hashes = new StringBuilder();
        TYPES.keySet().stream().sorted().forEach(name -> {
            byte[] file = read(name);
            files.put(name, file);
            hashes.append(HexFormat.of().formatHex(Sha256.of(file)));
        });
        version = HexFormat.of().formatHex(Sha256.of(hashes.toString()), 0, 6);
    }

    /// One of the files that stand in `src/main/resources/console`.
    static byte[] read(String name) {
        try (InputStream file = Objects.requireNonNull(Assets.class.getResourceAsStream("/console/" + name), name)) {
            return file.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String path() {
        return "/assets/" + version;
    }

    void show(Context ctx) {
        String name = ctx.pathParam("name");
        byte[] file = files.get(name);
        if (file == null) {
            throw new NotFoundResponse();
        }
        boolean current = ctx.pathParam("version").equals(version);
        ctx.header("Cache-Control", current ? "public, max-age=31536000, immutable" : "no-store")
                .contentType(Objects.requireNonNull(TYPES.get(name)))
                .result(file);
    }
}
