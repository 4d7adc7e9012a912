package dev.twotick.worker.interpret;

import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A value that holds lists of items: messages from people, statuses of ours, calls … and what stands beside them.
///
/// @param value    the value of a change, or the object within it that has the lists
/// @param contacts who is named beside the lists
/// @see <a
/// href="https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages">
/// Meta's reference</a>
record ItemLists(Json.Obj value, String path, Origin origin, ContactsOfValue contacts, FactList facts) {
    private static final String MESSAGES = "messages";
    private static final String STANDBY = "standby";
    private static final String SIGNUP = "in_app_signup";

    /// A list that a field has, by its key.
    private record ItemList(String name, ItemReader reader) {}

    private static final ItemList STATUSES = new ItemList("statuses", StatusReader::read);

    private static final List<ItemList> LIVE =
            List.of(new ItemList(MESSAGES, MessageReader.inbound(Source.LIVE)), STATUSES);

    private static final List<ItemList> ECHOES =
            List.of(new ItemList("message_echoes", MessageReader.outbound(Source.ECHO)), STATUSES);

    private static final List<ItemList> WATCHED = List.of(
            new ItemList(MESSAGES, MessageReader.inbound(Source.STANDBY)),
            new ItemList("message_echoes", MessageReader.outbound(Source.STANDBY)),
            STATUSES);

    private static final List<ItemList> PAST = List.of(
            new ItemList("history", HistoryReader::readChunk),
            new ItemList(MESSAGES, HistoryReader::readMedia),
            new ItemList("message_echoes", MessageReader.outbound(Source.HISTORY_MEDIA)),
            STATUSES);

    private static final List<ItemList> CALLS =
            List.of(new ItemList("calls", CallReader::readCall), new ItemList("statuses", CallReader::readStatus));

    private static final List<ItemList> GROUPS = List.of(new ItemList("groups", ItemReader.KEEP));

    /// The lists that a field can have; none for a field whose value is one thing.
    private static List<ItemList> of(String field) {
        return switch (field) {
            case MESSAGES, SIGNUP -> LIVE;
            case "message_echoes", "smb_message_echoes" -> ECHOES;
            case STANDBY -> WATCHED;
            case "history" -> PAST;
            case "calls" -> CALLS;
            case "user_preferences" -> List.of(new ItemList("user_preferences", PreferenceReader::read));
            case "smb_app_state_sync" -> List.of(new ItemList("state_sync", AddressBookReader::read));
            case "user_id_update" -> List.of(new ItemList("user_id_update", IdentityChanges::readUpdate));
            case "automatic_events" -> List.of(new ItemList("automatic_events", ItemLists::readAutomaticEvent));
            case "tracking_events" -> List.of(new ItemList("events", ItemReader.KEEP));
            case "group_lifecycle_update",
                    "group_participants_update",
                    "group_settings_update",
                    "group_status_update" -> GROUPS;
            default -> List.of();
        };
    }

    /// The keys under which such a value may have items.
    static Set<String> names(Json.Obj value, String field) {
        Stream<ItemList> lists =
                value.get(SIGNUP) == null ? of(field).stream() : Stream.concat(of(field).stream(), LIVE.stream());
        return Stream.concat(lists.map(ItemList::name), Stream.of(SIGNUP)).collect(Collectors.toSet());
    }

    /// Whether the value is to be read item by item; otherwise it is one thing.
    static boolean areIn(Json.Obj value, String field) {
        return field.equals(MESSAGES)
                || value.get(SIGNUP) != null
                || (field.equals(STANDBY) && value.object(STANDBY) != null)
                || (field.equals(SIGNUP) && value.get("signup_id") != null)
                || of(field).stream().anyMatch(list -> value.get(list.name()) instanceof Json.Arr);
    }

    static void read(Json.Obj value, String path, Origin origin, FactList facts) {
        new ItemLists(value, path, origin, ContactsOfValue.of(value), facts).read();
    }

    /// Reads the sign-ups alone, of a value that is one thing.
    static void readSignups(Json.Obj value, String path, Origin origin, FactList facts) {
        new ItemLists(value, path, origin, ContactsOfValue.of(value), facts).readSignups();
    }

    private void read() {
        List<ItemList> lists = lists();
        lists.forEach(list -> readAll(value.array(list.name()), list));
        Json.Obj standby = standby();
        if (standby != null) {
            ContactsOfValue people = ContactsOfValue.of(standby.get("contacts") == null ? value : standby, standby);
            new ItemLists(standby, path + '.' + STANDBY, origin, people, facts).read();
        }
        readSignups();
        if (isSignup()) {
            String[] read = lists.stream().map(ItemList::name).toArray(String[]::new);
            readItem(value.without(read).without(SIGNUP, "contacts"), path, SignupReader::read, true);
            facts.noticeOthers(value, path, origin, (_, _) -> true);
        } else {
            facts.noticeOthers(value, path, origin, (name, member) -> isUnderstood(name, member, lists));
        }
    }

    /// A sign-up may stand beside messages in whatever field.
    private List<ItemList> lists() {
        List<ItemList> lists = of(origin.field());
        if (value.get(SIGNUP) == null) {
            return lists;
        }
        Set<String> known = lists.stream().map(ItemList::name).collect(Collectors.toSet());
        return Stream.concat(lists.stream(), LIVE.stream().filter(list -> !known.contains(list.name())))
                .toList();
    }

    private Json.@Nullable Obj standby() {
        boolean inside = path.endsWith('.' + STANDBY);
        return origin.field().equals(STANDBY) && !inside ? value.object(STANDBY) : null;
    }

    /// Whether the value itself is a sign-up.
    private boolean isSignup() {
        return origin.field().equals(SIGNUP) && value.get("signup_id") != null;
    }

    private void readSignups() {
        if (value.get(SIGNUP) instanceof Json.Obj signup) {
            readItem(signup, path + '.' + SIGNUP, SignupReader::read, true);
        } else {
            readAll(value.array(SIGNUP), new ItemList(SIGNUP, SignupReader::read));
        }
    }

    private void readAll(List<Json> items, ItemList list) {
        for (int i = 0; i < items.size(); i++) {
            readItem(items.get(i), path + '.' + list.name() + '[' + i + ']', list.reader(), items.size() == 1);
        }
    }

    private void readItem(Json item, String at, ItemReader reader, boolean alone) {
        Place place = new Place(origin, contacts, alone, facts);
        if (!(item instanceof Json.Obj object) || !reader.read(object, at, place)) {
            facts.notice(origin, at, item);
        }
    }

    /// What a person did after they came by an ad.
    private static boolean readAutomaticEvent(Json.Obj item, String path, Place place) {
        String id = item.id("id");
        String name = item.id("event_name");
        if (id == null || name == null) {
            return false;
        }
        String key = FactKey.automaticEvent(place.origin().account().phoneNumberId(), id, name);
        place.notice(key, item, path, place.timeOf(item), null);
        return true;
    }

    /// Envelope, or read already. Contacts are envelope: they name the people of the items beside them.
    private boolean isUnderstood(String name, Json member, List<ItemList> lists) {
        return switch (name) {
            case "messaging_product" -> member instanceof Json.Str;
            case "metadata" -> member instanceof Json.Obj;
            case "contacts" ->
                member instanceof Json.Arr array && array.items().stream().allMatch(Json.Obj.class::isInstance);
            case SIGNUP -> member instanceof Json.Arr || member instanceof Json.Obj;
            case STANDBY -> standby() != null;
            default ->
                member instanceof Json.Arr
                        && lists.stream().anyMatch(list -> list.name().equals(name));
        };
    }
}
