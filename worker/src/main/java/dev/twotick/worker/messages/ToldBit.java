package dev.twotick.worker.messages;

import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.interpret.Fact.MessageTold;

/// Who told of a message as what. Each has a bit in `message.told`: the first time that it is set, its event is
/// raised. Two sources may tell of one message, and one may tell of it as a placeholder and as what it stands for, or,
/// against all rules, as two kinds; then each is told once.
///
/// History raises no event, for it is long past. But whoever told of a placeholder owes the event of its content, and
/// where history has it, it is told then, see [#whole].
record ToldBit(Teller teller, MessageTold.Kind kind, boolean placeholder) {
    private static final int HISTORY_CONTENT = 1 << 15;

    /// The live source's, the echo's and standby's: five apart, as their contents are.
    private static final int FIRST_PLACEHOLDER = 20;

    private static final int CONTENTS = 1 | 1 << 5 | 1 << 10;

    /// The sources, as a message's row tells them apart.
    enum Teller {
        LIVE(0),
        ECHO(5),
        STANDBY(10),
        /// raises no event
        HISTORY(15);

        private final int firstBit;

        Teller(int firstBit) {
            this.firstBit = firstBit;
        }

        static Teller of(MessageTold.Source source) {
            return switch (source) {
                case LIVE -> LIVE;
                case ECHO -> ECHO;
                case STANDBY -> STANDBY;
                case HISTORY_MEDIA, HISTORY -> HISTORY;
                case REGISTERED -> throw new IllegalArgumentException("what is registered is not told of");
            };
        }

        /// One of the sources.
        MessageTold.Source source() {
            return switch (this) {
                case LIVE -> MessageTold.Source.LIVE;
                case ECHO -> MessageTold.Source.ECHO;
                case STANDBY -> MessageTold.Source.STANDBY;
                case HISTORY -> MessageTold.Source.HISTORY;
            };
        }
    }

    static ToldBit of(ApplyItem<MessageTold> item) {
        MessageTold fact = item.fact();
        return new ToldBit(Teller.of(fact.source()), fact.kind(), fact.placeholder());
    }

    static ToldBit content(Teller teller) {
        return new ToldBit(teller, MessageTold.Kind.CONTENT, false);
    }

    static ToldBit placeholder(Teller teller) {
        return new ToldBit(teller, MessageTold.Kind.CONTENT, true);
    }

    int bit() {
        if (placeholder) {
            return 1
                    << switch (teller) {
                        case LIVE -> kind == MessageTold.Kind.EDIT ? 22 : FIRST_PLACEHOLDER;
                        case ECHO -> kind == MessageTold.Kind.EDIT ? 23 : FIRST_PLACEHOLDER + 5;
                        case STANDBY -> kind == MessageTold.Kind.EDIT ? 24 : FIRST_PLACEHOLDER + 10;
                        case HISTORY -> 21;
                    };
        }
        int place = switch (kind) {
            case CONTENT -> 0;
            case REACTION -> 1;
            case EDIT -> 2;
            case REVOKE -> 3;
            case SYSTEM -> 4;
        };
        return 1 << (teller.firstBit + place);
    }

    /// What is told by these bits together. It only ever adds, so it does not matter when it is asked.
    static int whole(int told) {
        return (told & HISTORY_CONTENT) == 0 ? told : told | ((told >> FIRST_PLACEHOLDER) & CONTENTS);
    }

    /// The same in SQL.
    static String whole(String told) {
        return "%1$s | case when %1$s & %2$d <> 0 then (%1$s >> %3$d) & %4$d else 0 end"
                .formatted(told, HISTORY_CONTENT, FIRST_PLACEHOLDER, CONTENTS)
                .transform("(%s)"::formatted);
    }
}
