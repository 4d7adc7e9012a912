package dev.twotick.worker.batch;

import org.jspecify.annotations.Nullable;

/// An item that could not be applied.
///
/// @param item       its path in the payload, or `$` for the payload as a whole
/// @param comesAgain whether it is tried again without an operator: what it failed of may pass
public record FailedItem(
        PayloadWork payload,
        String item,
        String error,
        @Nullable String raw,
        boolean comesAgain) {}
