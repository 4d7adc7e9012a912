package dev.twotick.worker.deliver;

import java.net.IDN;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.DnsResolver;

/// Resolves names, and lets through only addresses that a hook may be at. The client asks it for every connection,
/// for literal addresses too, and connects to exactly what it answers: a name that changes in between changes nothing.
public final class GuardedResolver implements DnsResolver {

    /// Looks a name up, as [InetAddress#getAllByName] does.
    public interface Lookup {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    /// The name has addresses, and none that a hook may be at.
    static final class NotPublic extends UnknownHostException {
        private static final long serialVersionUID = 1;

        NotPublic(InetAddress address) {
            super(address.getHostAddress() + " is not a public address; the endpoint's --allow-nets, or"
                    + " TWOTICK_HOOK_ALLOW_NETS for all, can open it");
        }
    }

    private final PublicAddresses allowed;
    private final Duration patience;
    private final Lookup lookup;
    // The JDK's lookup is native and cannot be interrupted: on a virtual thread it would hold one of the few
    // carriers. Lookups of one name are shared, so a name server that is silent about it holds one thread.
    private final Map<String, CompletableFuture<InetAddress[]>> running = new ConcurrentHashMap<>();
    private final Executor threads =
            task -> Thread.ofPlatform().daemon().name("hook-lookup").start(task);

    public GuardedResolver(PublicAddresses allowed, Duration patience, Lookup lookup) {
        this.allowed = allowed;
        this.patience = patience;
        this.lookup = lookup;
    }

    /// @param host the client has made `bücher.example` of `xn--bcher-kva.example`, and name servers know the latter
    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        boolean ascii = host.chars().allMatch(c -> c < 128);
        InetAddress[] found = await(ascii ? host : IDN.toASCII(host));
        InetAddress[] open = Arrays.stream(found).filter(allowed::allow).toArray(InetAddress[]::new);
        if (open.length == 0) {
            throw found.length == 0 ? new UnknownHostException("no address for " + host) : new NotPublic(found[0]);
        }
        return open;
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }

    private InetAddress[] await(String host) throws UnknownHostException {
        CompletableFuture<InetAddress[]> answer = running.computeIfAbsent(host, this::begin);
        try {
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw failure("the name server is silent about " + host, e);
        } catch (ExecutionException e) {
            throw failure("no address for " + host, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("interrupted", e);
        }
    }

    private CompletableFuture<InetAddress[]> begin(String host) {
        CompletableFuture<InetAddress[]> answer = new CompletableFuture<>();
        threads.execute(() -> {
            try {
                InetAddress[] found = lookup.resolve(host);
                running.remove(host);
                answer.complete(found);
            } catch (UnknownHostException | RuntimeException e) {
                running.remove(host);
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private static UnknownHostException failure(String message, Exception cause) {
        UnknownHostException failure = new UnknownHostException(message);
        failure.initCause(cause);
        return failure;
    }
}
