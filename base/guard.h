/*
 * guard - names the checks of the position protocol, where they are made.
 *
 * GUARD(name, condition) is the condition. In tests/simulation, and nowhere else, a guard can be switched
 * off: then it holds whatever the condition says, and the schedule that needs it has to fail. A guard
 * that no schedule needs is to be deleted.
 */
#ifndef NW_BASE_GUARD_H
#define NW_BASE_GUARD_H

/* X(name, what it holds off) */
#define GUARDS(X)                                                                                            \
    X(TOKEN, "writes of whoever owned the partition before")                                                 \
    X(POSITION, "writes on top of a state that is not the one in memory")                                    \
    X(MARKS, "events that the article stage has sent twice")                                                 \
    X(OUTBOX, "changes that are committed and never told")                                                   \
    X(RESUME, "an EXEC of our own that comes late: it would cost the memory")                                \
    X(PUBLISHER, "summaries of whoever has lost the partition before the producer was there")

#ifdef NEWSWIRED_SIMULATION
enum guard {
#define GUARD_ENUM(name, text) GUARD_##name,
    GUARDS(GUARD_ENUM)
#undef GUARD_ENUM
        GUARD_COUNT
};
extern unsigned guards_off; /* bit set */
#define GUARD(name, condition) ((guards_off >> GUARD_##name & 1u) != 0 || (condition))
#else
#define GUARD(name, condition) (condition)
#endif

#endif
