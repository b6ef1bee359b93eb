/*
 * What all models share: one key, its row in the store, and what is checked at every step.
 *
 * A version stands for the value that was written with it. Where the clock is not itself the matter, each version is the
 * one after the last that was issued: VersionIssuer.cs gives max(previous + 1, clock).
 *
 * How to read a step: an atomic block is one step of the tier (a gate in memory, a script on Redis) or one transaction of
 * the store. Between two steps anything else may happen, however long it takes: a process that never goes on has crashed, one
 * that goes on later was paused, and a message that is carried out late was slow. SAY tells the step in words.
 */

#define SAY(text)        printf(text)
#define SAY1(text, a)    printf(text, a)
#define SAY2(text, a, b) printf(text, a, b)

byte issued = 1;      /* the last version that was issued */
byte row = 1;      /* the version of the row in the store */

byte acked = 1;    /* ghost: the highest version whose writer was told that it is accepted */

/* upsert.sql: the guard is part of the statement. The row never goes back. */
#ifdef NO_GUARD
#define GUARD(v) true
#else
#define GUARD(v) ((v) > row)
#endif

inline save(v) {
    if
    :: GUARD(v) -> assert(v >= row); row = v
    :: else
    fi
}
