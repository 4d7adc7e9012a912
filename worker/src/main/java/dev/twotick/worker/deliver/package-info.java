/// Hook calls out: signed, guarded, retried.
///
/// Begin with [dev.twotick.worker.deliver.DeliveryLoop]. A call waits in its endpoint's queue
/// ([dev.twotick.worker.deliver.EndpointQueues]), is made by [dev.twotick.worker.deliver.HookSender] on a virtual
/// thread, and its outcome is written, in batches, by [dev.twotick.worker.deliver.Recorder]. Neighbour: `outbox`.
@NullMarked
package dev.twotick.worker.deliver;

import org.jspecify.annotations.NullMarked;
