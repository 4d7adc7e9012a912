package dev.twotick.db;

import java.nio.file.Path;
import org.jooq.codegen.GenerationTool;
import org.jooq.meta.jaxb.Configuration;
import org.jooq.meta.jaxb.Database;
import org.jooq.meta.jaxb.ForcedType;
import org.jooq.meta.jaxb.Generate;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Jdbc;
import org.jooq.meta.jaxb.Logging;
import org.jooq.meta.jaxb.Target;

/// Writes `dev.twotick.db.schema` from a database that has just been migrated. `./twotick generate` runs it
/// through [SchemaClassesTest], which fails when the committed classes are not what it writes.
final class GenerateSchema {

    static void into(Path folder, String jdbcUrl, String user, String password) throws Exception {
        GenerationTool.generate(new Configuration()
                .withLogging(Logging.WARN)
                .withJdbc(new Jdbc().withUrl(jdbcUrl).withUser(user).withPassword(password))
                .withGenerator(new Generator()
                        .withDatabase(new Database()
                                .withName("org.jooq.meta.postgres.PostgresDatabase")
                                .withInputSchema("public")
                                .withOutputSchemaToDefault(true)
                                // partitions, Flyway's own table
                                .withExcludes(".*_[0-9]{8}|flyway_schema_history")
                                .withForcedTypes(new ForcedType()
                                        .withName("INSTANT")
                                        .withIncludeTypes("(?i:timestamp with time zone|timestamptz)")))
                        .withGenerate(new Generate()
                                .withRecords(false)
                                .withGlobalObjectReferences(true)
                                .withIndexes(false)
                                .withJavadoc(false)
                                .withGeneratedAnnotation(false))
                        .withTarget(new Target()
                                .withPackageName("dev.twotick.db.schema")
                                .withDirectory(folder.toString())
                                .withClean(true))));
    }

    private GenerateSchema() {}
}
