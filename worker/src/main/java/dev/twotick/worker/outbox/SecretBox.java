package dev.twotick.worker.outbox;

import dev.twotick.model.hash.HmacSha256;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Seals endpoint secrets and headers at rest with `TWOTICK_ENCRYPTION_KEY`: AES-256-GCM, a version byte and a random
/// nonce of 12 bytes before the ciphertext.
public final class SecretBox {
    private static final byte VERSION = 1;
    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;

    private final SecretKeySpec key;
    private final SecureRandom random = new SecureRandom();

    /// @param base64 of 32 bytes, as `openssl rand -base64 32` prints them
    /// @throws IllegalArgumentException when it is anything else
    public SecretBox(String base64) {
        byte[] bytes = Base64.getDecoder().decode(base64.strip());
        if (bytes.length != 32) {
            throw new IllegalArgumentException("an encryption key is 32 bytes, not " + bytes.length);
        }
        key = new SecretKeySpec(bytes, "AES");
    }

    public byte[] seal(HookSecret secret) {
        return seal(secret.key());
    }

    public byte[] seal(byte[] text) {
        byte[] nonce = new byte[NONCE];
        random.nextBytes(nonce);
        byte[] sealed = crypt(Cipher.ENCRYPT_MODE, nonce, text);
        byte[] whole = new byte[1 + NONCE + sealed.length];
        whole[0] = VERSION;
        System.arraycopy(nonce, 0, whole, 1, NONCE);
        System.arraycopy(sealed, 0, whole, 1 + NONCE, sealed.length);
        return whole;
    }

    /// @throws IllegalArgumentException when it was sealed with another key, or by something else
    public HookSecret open(byte[] sealed) {
        return new HookSecret(openText(sealed));
    }

    /// @throws IllegalArgumentException when it was sealed with another key, or by something else
    public byte[] openText(byte[] sealed) {
        if (sealed.length < 1 + NONCE + TAG_BITS / 8 || sealed[0] != VERSION) {
            throw new IllegalArgumentException("not a sealed secret");
        }
        return crypt(
                Cipher.DECRYPT_MODE,
                Arrays.copyOfRange(sealed, 1, 1 + NONCE),
                Arrays.copyOfRange(sealed, 1 + NONCE, sealed.length));
    }

    /// A key of 32 bytes for another purpose: who has it learns nothing of this one, and of the others.
    public byte[] derive(String purpose) {
        return new HmacSha256(key.getEncoded()).of(purpose);
    }

    private byte[] crypt(int mode, byte[] nonce, byte[] text) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(new byte[] {VERSION});
            return cipher.doFinal(text);
        } catch (AEADBadTagException e) {
            throw new IllegalArgumentException("sealed with another TWOTICK_ENCRYPTION_KEY", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES-GCM", e);
        }
    }
}
