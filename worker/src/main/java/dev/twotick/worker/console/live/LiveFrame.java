package dev.twotick.worker.console.live;

import dev.twotick.worker.outbox.EventPlace;
import org.jspecify.annotations.Nullable;

/// What a socket is sent of an event.
///
/// @param place having read it
/// @param account its `phone_number_id`
/// @param text JSON
record LiveFrame(
        EventPlace place,
        FrameType type,
        @Nullable String account,
        @Nullable Long conversation,
        String text) {}
