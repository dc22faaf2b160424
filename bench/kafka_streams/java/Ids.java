/** Derived ids: version 5 UUIDs of the parts of a name, as schemas/ids.py makes them. */

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.Stream;

final class Ids {
    private static final byte[] NAMESPACE = HexFormat.of().parseHex("6f1f2a6e3e0b5c0f9a52d2c9c3a8b7d4");
    private static final char SEPARATOR = '\u001f';
    private static final char ESCAPE = '\u001b';

    private final MessageDigest sha1;

    Ids() {
        try {
            sha1 = MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException error) {
            throw new IllegalStateException(error);
        }
    }

    String derived(String... parts) {
        String name = Stream.of(parts).map(Ids::escaped).collect(Collectors.joining(String.valueOf(SEPARATOR)));
        sha1.update(NAMESPACE);
        byte[] hash = sha1.digest(name.getBytes(StandardCharsets.UTF_8));
        hash[6] = (byte) (hash[6] & 0x0f | 0x50);
        hash[8] = (byte) (hash[8] & 0x3f | 0x80);
        String text = HexFormat.of().formatHex(hash, 0, 16);
        return String.join("-", text.substring(0, 8), text.substring(8, 12), text.substring(12, 16),
                text.substring(16, 20), text.substring(20));
    }

    private static String escaped(String part) {
        if (part.indexOf(SEPARATOR) < 0 && part.indexOf(ESCAPE) < 0) {
            return part;
        }
        return part.replace("\u001b", "\u001b\u001b").replace("\u001f", "\u001bs");
    }
}
