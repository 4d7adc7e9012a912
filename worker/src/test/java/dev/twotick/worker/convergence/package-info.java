/// The promise that state is a function of the set of facts, tested as a property: [ConvergenceTest] applies
/// generated histories in two random ways and compares what the tables hold. [World] makes histories, [Way] is
/// one way of applying them, [Dump] is what two ways must agree on.
@NullMarked
package dev.twotick.worker.convergence;

import org.jspecify.annotations.NullMarked;
