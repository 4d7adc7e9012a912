package dev.twotick.worker.outbox;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How far somebody has read the events: everything before a page, and so many places on it. It is what clients hold
/// as a cursor.
///
/// @param page from 1
/// @param read places on it, erased ones among them
public record EventPlace(long page, int read) implements Comparable<EventPlace> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,18})-(\\d{1,5})");

    /// @throws IllegalArgumentException when it is none
    public static EventPlace parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("a cursor of events looks like 1204-3: take it as it was answered");
        }
        return new EventPlace(Long.parseLong(form.group(1)), Integer.parseInt(form.group(2)));
    }

    /// Everything up to this page has been read.
    static EventPlace afterPage(long page) {
        return new EventPlace(page + 1, 0);
    }

    @Override
    public int compareTo(EventPlace other) {
        int pages = Long.compare(page, other.page);
        return pages == 0 ? Integer.compare(read, other.read) : pages;
    }

    @Override
    public String toString() {
        return page + "-" + read;
    }
}
