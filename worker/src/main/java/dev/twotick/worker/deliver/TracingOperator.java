package dev.twotick.worker.deliver;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.Lookup;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.net.NamedEndpoint;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/// Opens connections as the client does by itself, and tells each step to the [ExchangeTrace] of the call that waits.
final class TracingOperator extends DefaultHttpClientConnectionOperator {

    /// Of a pool whose connections are opened so.
    static final class PoolBuilder extends PoolingHttpClientConnectionManagerBuilder {
        @Override
        protected HttpClientConnectionOperator createConnectionOperator(
                SchemePortResolver ports, DnsResolver names, TlsSocketStrategy tls) {
            return new TracingOperator(
                    ports,
                    names,
                    RegistryBuilder.<TlsSocketStrategy>create()
                            .register(URIScheme.HTTPS.id, tls)
                            .build());
        }
    }

    private TracingOperator(SchemePortResolver ports, DnsResolver names, Lookup<TlsSocketStrategy> tls) {
        super(ports, names, tls);
    }

    @Override
    public void connect(
            ManagedHttpClientConnection connection,
            HttpHost host,
            @Nullable NamedEndpoint name,
            @Nullable Path unixSocket,
            @Nullable InetSocketAddress local,
            Timeout timeout,
            SocketConfig config,
            @Nullable Object attachment,
            HttpContext context)
            throws IOException {
        ExchangeTrace trace = trace(context);
        trace.resolves();
        try {
            super.connect(connection, host, name, unixSocket, local, timeout, config, attachment, context);
        } finally {
            trace.reached(connection.getRemoteAddress());
        }
    }

    @Override
    protected void onBeforeSocketConnect(HttpContext context, HttpHost host) {
        trace(context).connects();
    }

    @Override
    protected void onAfterSocketConnect(HttpContext context, HttpHost host) {
        trace(context).connected();
    }

    @Override
    protected void onBeforeTlsHandshake(HttpContext context, HttpHost host) {
        trace(context).secures();
    }

    @Override
    protected void onAfterTlsHandshake(HttpContext context, HttpHost host) {
        trace(context).secured();
    }

    private static ExchangeTrace trace(HttpContext context) {
        return ((ExchangeTrace.Context) context).trace;
    }
}
