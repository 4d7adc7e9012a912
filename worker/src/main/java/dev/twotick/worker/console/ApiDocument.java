package dev.twotick.worker.console;

/// What the API is, as OpenAPI 3.1: written by hand, and held against what is really answered by `ApiContractTest`.
///
/// @see <a href="https://spec.openapis.org/oas/v3.1.1.html">OpenAPI 3.1.1</a>
final class ApiDocument {
    private final byte[] document = Assets.read("openapi.yaml");

    void addTo(ApiRoutes routes) {
        routes.open("/openapi.yaml", ctx -> ctx.contentType("application/yaml").result(document));
    }
}
