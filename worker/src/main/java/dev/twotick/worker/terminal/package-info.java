/// What command-line runs need of a terminal: how far they have come, and lines of a file by their number.
@NullMarked
package dev.twotick.worker.terminal;

import org.jspecify.annotations.NullMarked;
