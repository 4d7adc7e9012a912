/// What both processes have in common as processes: [dev.twotick.model.process.Loop], the only way in which either
/// starts a thread that works until the end.
@NullMarked
package dev.twotick.model.process;

import org.jspecify.annotations.NullMarked;
