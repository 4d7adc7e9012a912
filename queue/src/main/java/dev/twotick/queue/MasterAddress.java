package dev.twotick.queue;

import java.util.Optional;
import redis.clients.jedis.HostAndPort;

/// Where the master is.
interface MasterAddress {

    /// As of this moment.
    ///
    /// @throws NoMaster when nobody knows
    HostAndPort now();

    /// As of a second ago at most; empty while nobody knows.
    Optional<HostAndPort> ofLate();

    /// Replicas that it should have, also those that are away; 0 where nobody beside the master itself would know.
    int replicas();

    /// What [#now] said has turned out to be of no use.
    default void doubt() {}

    /// Whoever is behind that address.
    record Fixed(HostAndPort address) implements MasterAddress {
        @Override
        public HostAndPort now() {
            return address;
        }

        @Override
        public Optional<HostAndPort> ofLate() {
            return Optional.of(address);
        }

        @Override
        public int replicas() {
            return 0;
        }

        @Override
        public String toString() {
            return address.toString();
        }
    }
}
