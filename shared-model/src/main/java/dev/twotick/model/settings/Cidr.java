package dev.twotick.model.settings;

import java.net.InetAddress;

/// A range of addresses, such as `10.0.0.0/8` or `fd00::/8`; a bare address is a range of one.
public record Cidr(InetAddress network, int prefix) {

    public Cidr {
        if (prefix < 0 || prefix > network.getAddress().length * 8) {
            throw new IllegalArgumentException("a prefix of " + prefix + " does not fit the address");
        }
    }

    /// @throws IllegalArgumentException when `text` is not an address, or not an address, a slash and a prefix
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        InetAddress network = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
        return new Cidr(
                network, slash < 0 ? network.getAddress().length * 8 : Integer.parseInt(text.substring(slash + 1)));
    }

    public boolean contains(InetAddress address) {
        byte[] mine = network.getAddress();
        byte[] other = address.getAddress();
        if (mine.length != other.length) {
            return false;
        }
        for (int bit = 0; bit < prefix; bit += 8) {
            int mask = prefix - bit >= 8 ? 0xff : 0xff << (8 - (prefix - bit)) & 0xff;
            if (((mine[bit / 8] ^ other[bit / 8]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return network.getHostAddress() + "/" + prefix;
    }
}
