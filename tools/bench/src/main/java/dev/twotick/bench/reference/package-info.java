/// What Twotick is held against: the same web server that stores nothing, and the designs that come to mind first.
@NullMarked
package dev.twotick.bench.reference;

import org.jspecify.annotations.NullMarked;
