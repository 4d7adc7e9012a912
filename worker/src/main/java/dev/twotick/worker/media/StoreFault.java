package dev.twotick.worker.media;

import java.io.IOException;

/// A file cannot be written or kept here, whatever Meta sends: no disk, no room, no bucket.
final class StoreFault extends IOException {
    private static final long serialVersionUID = 1;

    /// The store answers, and does not take this one file.
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        Refused(String message, Throwable cause) {
            super(message, cause);
        }
    }

    @FunctionalInterface
    interface Action<T> {
        T run() throws IOException;
    }

    private StoreFault(IOException cause) {
        super(cause.getMessage(), cause);
    }

    static <T> T of(Action<T> action) throws StoreFault {
        try {
            return action.run();
        } catch (IOException e) {
            throw new StoreFault(e);
        }
    }
}
