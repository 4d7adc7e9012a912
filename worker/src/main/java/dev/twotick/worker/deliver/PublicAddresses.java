package dev.twotick.worker.deliver;

import dev.twotick.model.settings.Cidr;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;

/// Which addresses a hook may be at: global unicast, and the ranges that are opened to all or to one endpoint. What
/// hands out a cloud's keys is opened by the environment alone: whoever may change endpoints reads what was answered.
///
/// @param opened to all
/// @param openedToOne to the endpoint that is called
/// @see <a href="https://www.iana.org/assignments/iana-ipv4-special-registry">IANA's special-purpose addresses, v4</a>
/// @see <a href="https://www.iana.org/assignments/iana-ipv6-special-registry">and v6</a>
public record PublicAddresses(List<Cidr> opened, List<Cidr> openedToOne) {
    private static final List<Cidr> SPECIAL_V4 = parse(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10", // carrier-grade NAT; a cloud's metadata lives there too
            "127.0.0.0/8",
            "168.63.129.16/32", // Azure's host
            "169.254.0.0/16", // link-local: the usual metadata address
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4");
    // the rest of v6 (loopback, link-local, unique local, multicast, v4 in v6, NAT64) lies outside 2000::/3
    private static final Cidr GLOBAL_V6 = Cidr.parse("2000::/3");
    private static final List<Cidr> SPECIAL_V6 = parse("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

    private static final List<Cidr> METADATA = parse(
            "169.254.0.0/16",
            "168.63.129.16/32",
            "100.100.100.200/32",
            "192.0.0.192/32",
            "fe80::/10",
            "fd00:ec2::/32",
            "fd20:ce::/32",
            "fd00:c1::/32",
            "fd00:42::/32",
            "64:ff9b::/96"); // the last: v4 behind NAT64

    public PublicAddresses {
        opened = List.copyOf(opened);
        openedToOne = List.copyOf(openedToOne);
    }

    public PublicAddresses(List<Cidr> opened) {
        this(opened, List.of());
    }

    boolean allow(InetAddress spelled) {
        InetAddress address = plain(spelled);
        return isIn(opened, address) || (isIn(openedToOne, address) && !isIn(METADATA, address)) || isPublic(address);
    }

    /// A name server may answer v4 as v6 (`::ffff:169.254.169.254`), and the connection goes to the v4.
    private static InetAddress plain(InetAddress address) {
        try {
            return InetAddress.getByAddress(address.getAddress());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 bytes or 16", e);
        }
    }

    private static boolean isIn(List<Cidr> ranges, InetAddress address) {
        return ranges.stream().anyMatch(range -> range.contains(address));
    }

    private static boolean isPublic(InetAddress address) {
        boolean v4 = address.getAddress().length == 4;
        List<Cidr> special = v4 ? SPECIAL_V4 : SPECIAL_V6;
        return (v4 || GLOBAL_V6.contains(address)) && !isIn(special, address);
    }

    private static List<Cidr> parse(String... ranges) {
        return Stream.of(ranges).map(Cidr::parse).toList();
    }
}
