package dev.twotick.worker.outbox;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/// The bodies of a page, one after the other, as `hook_page.bodies` keeps them: a byte that names a dictionary, and
/// what DEFLATE makes of them with it; or zero, and the bodies as they are. `hook_unpack` of the schema reads the same.
final class PackedBodies {
    private static final byte PLAIN = 0;
    private static final byte NEWEST = 1;
    // 6 packs a tenth better, and takes three times as long
    private static final int LEVEL = 3;

    /// What events have in common, the commonest last. The schema's `hook_dictionary` has the same text. One that was
    /// used stays as it is; a better one has the next number.
    private static final byte[] DICTIONARY = """
            "request_welcome","system","unsupported","unknown","errors":[{"code":131026,"title":"Message undeliv\
            erable","message":"Message undeliverable","error_data":{"details":"Message Undeliverable."},"href":"\
            https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"}],"error_code":131047{\
            "type":"account.notice","timestamp":"{"type":"contact.updated","timestamp":"{"type":"contact.created\
            ","timestamp":"2026-","contact_id":"","version":0,"profile_name":"","subscribed_via_signup":false,"w\
            a_id":"49","wa_ids":[""user_id":"US.","parent_user_id":"","recipient_user_id":"","from_user_id":"","\
            username":"","user_ids":[""type":"interactive","interactive":{"type":"button_reply","button_reply":{\
            "id":"","title":""}},"type":"button","button":{"payload":"","text":""},"type":"reaction","reaction":\
            {"message_id":"wamid.","emoji":""type":"document","document":{"filename":"","caption":"","type":"aud\
            io","audio":{"voice":true,"type":"video","type":"image","image":{"mime_type":"image/jpeg","sha256":"\
            ","id":"","url":"https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid="},"type":"location"\
            ,"location":{"latitude":,"longitude":"media_id":"","media_mime_type":"image/jpeg","media_sha256":"",\
            "media_url":"","context":{"from":"","id":"wamid."},"reply_to_wamid":"{"type":"message.received","tim\
            estamp":"2026-Z","payload_id":"01","delay_s":1,"raw":{"from":"","id":"wamid.HBgN","timestamp":"1795"\
            ,"text":{"body":""},"type":"text"},"id":"","wamid":"wamid.HBgN","direction":"inbound","type":"text",\
            "text":"","status":"pending","contact_id":"","conversation_id":1,"wa_id":"","profile_name":"{"type":\
            "message.failed","timestamp":"{"type":"message.read","timestamp":"{"type":"message.delivered","times\
            tamp":"{"type":"message.sent","timestamp":"2026-Z","data":{"account":{"phone_number_id":"","waba_id"\
            :"","display_phone_number":"1"},"occurred_at":"2026-Z","payload_id":"01","delay_s":0,"raw":{"id":"wa\
            mid.HBgM","status":"delivered","timestamp":"1795","recipient_id":"","biz_opaque_callback_data":"","c\
            allback_data":"","conversation":{"id":"","expiration_timestamp":"","origin":{"type":"utility"},"serv\
            ice","marketing"}},"pricing":{"billable":true,"pricing_model":"PMP","category":"marketing","type":"r\
            egular"}},"id":"","wamid":"wamid.HBgM","status":"failed","read","sent","delivered","current_status":\
            "delivered","wa_id":"","recipient_wa_id":"","pricing":{"billable":true,"pricing_model":"PMP","catego\
            ry":"utility","type":"regular"},"conversation":{"id":"","origin":{"type":\"""".getBytes(StandardCharsets.UTF_8);

    static List<byte[]> pack(List<? extends List<byte[]>> pages) {
        Deflater deflater = new Deflater(LEVEL, true);
        try {
            return pages.stream().map(bodies -> pack(bodies, deflater)).toList();
        } finally {
            deflater.end();
        }
    }

    private static byte[] pack(List<byte[]> bodies, Deflater deflater) {
        int length = bodies.stream().mapToInt(body -> body.length).sum();
        byte[] plain = new byte[1 + length];
        int end = 1;
        for (byte[] body : bodies) {
            System.arraycopy(body, 0, plain, end, body.length);
            end += body.length;
        }
        byte[] packed = new byte[plain.length];
        packed[0] = NEWEST;
        deflater.reset();
        deflater.setDictionary(DICTIONARY);
        deflater.setInput(plain, 1, length);
        deflater.finish();
        int packedLength = deflater.deflate(packed, 1, length);
        return deflater.finished() ? Arrays.copyOf(packed, 1 + packedLength) : plain;
    }

    /// @param sizes of the bodies
    static List<byte[]> unpack(byte[] packed, List<Integer> sizes) {
        byte[] plain = plain(packed, sizes.stream().mapToInt(Integer::intValue).sum());
        List<byte[]> bodies = new ArrayList<>();
        int start = 0;
        for (int size : sizes) {
            bodies.add(Arrays.copyOfRange(plain, start, start + size));
            start += size;
        }
        return bodies;
    }

    private static byte[] plain(byte[] packed, int length) {
        return switch (packed[0]) {
            case PLAIN -> Arrays.copyOfRange(packed, 1, packed.length);
            case NEWEST -> inflated(packed, length);
            default ->
                throw new IllegalStateException("a page of events is packed with dictionary " + packed[0]
                        + ", which a later version of Twotick has");
        };
    }

    private static byte[] inflated(byte[] packed, int length) {
        Inflater inflater = new Inflater(true);
        try {
            inflater.setDictionary(DICTIONARY);
            inflater.setInput(packed, 1, packed.length - 1);
            byte[] plain = new byte[length];
            if (inflater.inflate(plain) < length) {
                throw new IllegalStateException("a page of events is shorter than its sizes say");
            }
            return plain;
        } catch (DataFormatException e) {
            throw new IllegalStateException("a page of events cannot be unpacked", e);
        } finally {
            inflater.end();
        }
    }

    private PackedBodies() {}
}
