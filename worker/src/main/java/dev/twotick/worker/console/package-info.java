/// What operators and developers look at: pages behind a sign-in, on a port of their own.
///
/// Begin with [dev.twotick.worker.console.Console], which wires all of it; [dev.twotick.worker.console.Routes] says
/// which page needs whom. A page is a handler (`PayloadPages`), its rows (`PayloadRows`), a model, and a template of
/// the same name in `src/main/jte`. The pages act through what the command line acts through: neighbours are
/// `outbox`, `replay`, `messages`, `people`, `privacy` and `db`.
@NullMarked
package dev.twotick.worker.console;

import org.jspecify.annotations.NullMarked;
