package dev.twotick.stores;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/// A test class that wants PostgreSQL and Redis: it gets an empty database of its own and an empty Redis, as a
/// parameter or a field of type [Stores].
///
/// CI runs all on the embedded ones, and some once more: those tagged `containers`, by which it shows that an image's
/// stores do as the embedded ones do, and those tagged `postgres15`, where the SQL is.
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(StoresExtension.class)
public @interface WithStores {}
