/// What `./twotick check` asks of the address that Meta will call, and what it makes of the answers.
///
/// Begin at [DoorCheck], the hops in their order. [Route] is the way there (DNS, connection, certificate), [Handshake]
/// Meta's GET, [SignedPosts] its POSTs, [BodyLimit] the longest that passes. [Client] asks, [Trust] says
/// whom it trusts, [Report] collects what was found.
@NullMarked
package dev.twotick.devstack.check;

import org.jspecify.annotations.NullMarked;
