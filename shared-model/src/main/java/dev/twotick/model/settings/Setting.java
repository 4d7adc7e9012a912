package dev.twotick.model.settings;

import org.jspecify.annotations.Nullable;

/// What docs/configuration.md says of one setting: [SettingsReader#about] has the words, the call that reads it the
/// rest.
///
/// @param told      null while nobody has said what it does
/// @param unlessSet as it would be written in the environment; empty: nothing
/// @param required  the process does not start without it
/// @param form      completes "must be …"; empty: any text
/// @param secret    never logged nor shown, better given as a file
public record Setting(
        String name, @Nullable Told told, String unlessSet, boolean required, String form, boolean secret) {

    /// Where it stands, and what it does.
    ///
    /// @param unlessSet what the default depends on, in words; empty: it is the same everywhere
    public record Told(Section section, String unlessSet, String words) {}

    /// In the order of the page.
    public enum Section {
        POSTING("Who may post"),
        STORES("Stores"),
        PORTS("Ports"),
        APPLYING("Applying"),
        HOOKS("Hooks"),
        LIMITS("Limits"),
        MEDIA("Media"),
        RETENTION("Retention"),
        LOGS("Logs");

        private final String title;

        Section(String title) {
            this.title = title;
        }

        public String title() {
            return title;
        }
    }

    static Setting unread(String name) {
        return new Setting(name, null, "", false, "", false);
    }

    Setting told(@Nullable Told by) {
        return new Setting(name, by, unlessSet, required, form, secret);
    }

    Setting read(String unlessSetIs, boolean isRequired, String ofForm, boolean isSecret) {
        return new Setting(
                name,
                told,
                unlessSet.isEmpty() ? unlessSetIs : unlessSet,
                required || isRequired,
                form.isEmpty() ? ofForm : form,
                secret || isSecret);
    }

    /// As two processes read it.
    public Setting and(Setting other) {
        return (told == null ? told(other.told) : this).read(other.unlessSet, other.required, other.form, other.secret);
    }
}
