/// The two hashes that Twotick's ids, signatures and tombstones are made of. What is made of them is stored, and
/// compared by whoever comes later: neither may change.
@NullMarked
package dev.twotick.model.hash;

import org.jspecify.annotations.NullMarked;
