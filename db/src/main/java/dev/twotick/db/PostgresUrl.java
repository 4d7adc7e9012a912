package dev.twotick.db;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.Map;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.PGProperty;

/// `postgres://user:password@host:port/database?sslmode=require`, as libpq and every hoster writes it, told in the
/// words of the driver.
/// [libpq](https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS)
///
/// @param jdbc without user and password
record PostgresUrl(String jdbc, String user, String password) {
    private static final Pattern FORM =
            Pattern.compile("postgres(?:ql)?://(?:(.*)@)?([^/?@]*)(?:/([^?]*))?(?:\\?(.*))?", Pattern.DOTALL);

    /// libpq's name of a parameter, where the driver has another for it.
    private static final Map<String, String> RENAMED = Map.of(
            "application_name", "ApplicationName",
            "connect_timeout", "connectTimeout",
            "channel_binding", "channelBinding",
            "sslnegotiation", "sslNegotiation",
            "gssencmode", "gssEncMode",
            "target_session_attrs", "targetServerType");

    static boolean isOne(String url) {
        return url.startsWith("postgres://") || url.startsWith("postgresql://");
    }

    /// @throws IllegalArgumentException saying what is wrong, without repeating what may be secret
    static PostgresUrl parse(String url) {
        Matcher parts = FORM.matcher(url);
        if (!parts.matches() || parts.group(2).isEmpty()) {
            throw new IllegalArgumentException("is not of the form postgres://user:password@host:port/database");
        }
        String user = "";
        String password = "";
        if (parts.group(1) != null) {
            String[] who = parts.group(1).split(":", 2);
            user = decoded(who[0]);
            password = who.length > 1 ? decoded(who[1]) : "";
        }
        String database = parts.group(3) == null || parts.group(3).isEmpty() ? user : decoded(parts.group(3));
        StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
        if (parts.group(4) != null && !parts.group(4).isEmpty()) {
            for (String parameter : parts.group(4).split("&", -1)) {
                String[] said = parameter.split("=", 2);
                String name = decoded(said[0]);
                String value = said.length > 1 ? decoded(said[1]) : "";
                switch (name) {
                    case "user" -> user = value;
                    case "password" -> password = value;
                    default -> query.add(told(name, value));
                }
            }
        }
        return new PostgresUrl("jdbc:postgresql://" + parts.group(2) + "/" + encoded(database) + query, user, password);
    }

    private static String told(String name, String value) {
        String driverName = RENAMED.getOrDefault(name, name);
        if (PGProperty.forName(driverName) == null) {
            throw new IllegalArgumentException("has a parameter that is not known here: "
                    + (name.matches("[A-Za-z_]{1,40}") ? name : "in a form that no name has"));
        }
        return driverName + "=" + encoded(name.equals("target_session_attrs") ? serverType(value) : value);
    }

    private static String serverType(String attributes) {
        return switch (attributes) {
            case "read-write", "primary" -> "primary";
            case "any" -> "any";
            default ->
                throw new IllegalArgumentException(
                        "wants target_session_attrs to be read-write, primary or any: Twotick writes");
        };
    }

    /// A `+` is a plus here, not a space.
    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("has a % that begins no %XX; a % itself is written %25", e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8).replace("+", "%20");
    }

    /// Without the password.
    @Override
    public String toString() {
        return "PostgresUrl[user=" + user + "]";
    }
}
