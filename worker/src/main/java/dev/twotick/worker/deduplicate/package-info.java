/// Facts seen before: spares the database Meta's retry storms. A hint in Redis, never an authority: the database's
/// keys decide, and whatever is lost or in doubt here counts as not seen.
///
/// Begin with [dev.twotick.worker.deduplicate.SeenEvents]; [dev.twotick.worker.deduplicate.SeenBudget] keeps it within
/// its memory, [dev.twotick.worker.deduplicate.RedisCircuitBreaker] keeps a Redis that is away off the payload's path.
@NullMarked
package dev.twotick.worker.deduplicate;

import org.jspecify.annotations.NullMarked;
