package dev.twotick.worker.outbox;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/// When a call is laid aside because its receiver does not take what it holds. One answer says nothing yet: a receiver
/// that is ill, or set up wrongly, gives the same answers. What tells is that it gives this call the same one each
/// time, and takes others in between.
public final class Parking {
    private static final int TRIES = 3;
    /// A receiver that answers 5xx says that it is at fault itself, and may be mended.
    private static final int TRIES_IF_ITS_OWN_FAULT = 5;
    /// Of time and load: the same call may pass later.
    private static final Set<Integer> PASSING = Set.of(408, 425, 429, 502, 503, 504);

    /// @return after so many tries that were answered alike; null: what came of it has nothing to do with what it holds
    static @Nullable Integer after(CallOutcome outcome) {
        Integer status = outcome.statusCode();
        return switch (outcome) {
            case CallOutcome.RetryIn _, CallOutcome.Abandoned _ ->
                status == null || !mayBeForContent(status)
                        ? null
                        : (Integer) (status < 500 ? TRIES : TRIES_IF_ITS_OWN_FAULT);
            case CallOutcome.Delivered _,
                    CallOutcome.Refused _,
                    CallOutcome.Apart _,
                    CallOutcome.Gone _,
                    CallOutcome.Unsent _ -> null;
        };
    }

    /// @param status that is not 2xx
    public static boolean mayBeForContent(int status) {
        return !PASSING.contains(status);
    }

    private Parking() {}
}
