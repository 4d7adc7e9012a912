/// What `./twotick listen` does with a hook call: takes it, judges its signature, prints it, hands it on.
///
/// Begin at [Listener]. [CallVerifier] says whether Twotick signed a call, and what is wrong where it does not seem so;
/// [CallLine] is a call in the words of people, [Screen] what may go to a terminal, [Forward] the way to a port.
@NullMarked
package dev.twotick.devstack.listen;

import org.jspecify.annotations.NullMarked;
