/// PostgreSQL and Redis on this machine, without Docker and without installing anything: the servers come as
/// binaries from Maven Central. For `./twotick up` ([LocalPostgres], [LocalRedis]), and for tests, which say
/// [WithStores] and are handed [Stores].
///
/// Begin at [LocalPostgres]. [Binaries] unpacks the executables once a machine, [Unprivileged] answers PostgreSQL's
/// refusal to run as root, [LeftBehind] deals with servers that outlived the program that started them.
///
/// Neighbours: `tools/devstack` runs the servers for people, every module's tests run them for themselves.
@NullMarked
package dev.twotick.stores;

import org.jspecify.annotations.NullMarked;
