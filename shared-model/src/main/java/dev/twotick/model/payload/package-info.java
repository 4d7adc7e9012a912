/// A payload as both processes and both stores know it: [dev.twotick.model.payload.SignedPayload], what Meta sent, and
/// its [dev.twotick.model.payload.PayloadId].
@NullMarked
package dev.twotick.model.payload;

import org.jspecify.annotations.NullMarked;
