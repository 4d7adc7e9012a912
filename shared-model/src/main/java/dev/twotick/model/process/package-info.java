/// What both processes have in common as processes: [dev.twotick.model.process.Loop], the only way in which either
/// starts a thread that works until the end, and [dev.twotick.model.process.Backoff], how long it waits while
/// something fails.
@NullMarked
package dev.twotick.model.process;

import org.jspecify.annotations.NullMarked;
