/// PostgreSQL: the migrations (`db/migration`), the jOOQ classes generated from them (`db.schema`), the pool.
///
/// Begin with the migration; [dev.twotick.db.Migrations] runs it, [dev.twotick.db.Database] opens the pool.
@NullMarked
package dev.twotick.db;

import org.jspecify.annotations.NullMarked;
