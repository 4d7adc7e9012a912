/// Keeps the media of incoming messages before Meta drops them: the worker's role `media`.
///
/// Begin with [dev.twotick.worker.media.MediaLoop], which fetches one file after the other. What there is to fetch,
/// [dev.twotick.worker.media.MediaFinder] reads from the events; Meta's two calls are
/// [dev.twotick.worker.media.MetaMedia]; a [dev.twotick.worker.media.MediaStore] is a folder or a bucket. Whoever
/// deletes a message lists its files in `media_removal` (see `privacy`), and
/// [dev.twotick.worker.media.MediaRemovals] deletes them.
@NullMarked
package dev.twotick.worker.media;

import org.jspecify.annotations.NullMarked;
