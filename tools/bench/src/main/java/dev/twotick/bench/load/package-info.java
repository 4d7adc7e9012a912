/// The load generator, a process of its own: what Meta would post, signed beforehand, over few connections or many, as
/// fast as it goes or at a rate; and the endpoint that hooks are delivered to, so that one clock times both ends.
///
/// Begin at [dev.twotick.bench.load.Load], which is told by lines on standard input what to post and answers with lines
/// of JSON. [dev.twotick.bench.load.Traffic] says what is posted, [dev.twotick.bench.load.Client] how,
/// [dev.twotick.bench.load.Arrivals] when its hooks came.
///
/// Neighbours: [dev.twotick.bench] starts it. It knows nothing of Twotick but what Meta and a hook's receiver know.
@NullMarked
package dev.twotick.bench.load;

import org.jspecify.annotations.NullMarked;
