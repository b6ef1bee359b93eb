/*
 * Read-through: the fill lease, the load, the fill, and what a flight shares. Two processes load, one of them with a second caller
 * that joins its flight; meanwhile the key is written, flushed, evicted, changed by others and invalidated.
 *
 * HOLDS   a fill never hides a write or an invalidation; nobody gets an answer older than what was true when he asked
 * MUTANT  LEASE_NOT_VOIDED       a write leaves the key's fill lease in force
 * MUTANT  INVALIDATE_KEEPS_LEASE an invalidation leaves the key's fill lease in force
 * MUTANT  TOKEN_IGNORED          whoever loaded may fill, also when his lease is another's by now
 * MUTANT  LEASE_WHILE_DIRTY      an early refresh gets the lease of a dirty key
 * MUTANT  JOIN_LATE              a caller takes the answer of a flight that was decided before he asked
 * MUTANT  VOIDED_ANSWER          a voided load is answered with, instead of done again
 * MUTANT  DIRTY_NOT_VOIDED       an invalidation leaves a dirty entry as it is, and its settlement makes a copy of it
 */
#include "common.pml"

bool present, dirty;
bool voided;            /* the dirty entry was invalidated: its settlement leaves no copy */
byte ver;
byte lease, tokens;     /* FillLeases.cs, take-lease.lua; 0: nobody has it */
byte must = 1;          /* ghost: no reader who asks from now on may get less from a clean copy or the store */
byte saved;             /* the row's version as a flush saw it that is not settled; 0: nothing */

byte flight;            /* SingleFlight.cs: 0 none, 1 loading, 2 about to fill: decided, 3 landed */
byte answer;            /* what the flight brings */
bool answerDirty;       /* ... from a dirty entry: that is the truth of the tier, whatever others did to the row */

#ifdef FULL
byte writes = 2, changes = 1, evictions = 2, expiries = 1;
#define ROUNDS 2
#else
byte writes = 1, changes = 1, evictions = 1, expiries = 0;
#define ROUNDS 1
#endif

inline check() {
    assert(dirty || row >= acked);
    assert(!present || dirty || ver >= must)     /* a clean copy hides nothing */
}

#ifdef LEASE_NOT_VOIDED
#define VOID_BY_WRITE skip
#else
#define VOID_BY_WRITE lease = 0
#endif
#ifdef INVALIDATE_KEEPS_LEASE
#define VOID_BY_INVALIDATION skip
#else
#define VOID_BY_INVALIDATION lease = 0
#endif
#ifdef TOKEN_IGNORED
#define MAY_FILL !dirty
#else
#define MAY_FILL (lease == token)
#endif
#ifdef LEASE_WHILE_DIRTY
#define MAY_REFRESH (present && lease == 0)
#else
#define MAY_REFRESH (present && !dirty && lease == 0)
#endif

/* CacheReader.cs, LeasedLoad.cs; the flight of process 1 may be joined */
proctype Loader(byte me) {
    byte token, loaded, least, i, got;
    bool fromDirty;
    do
    :: i < ROUNDS -> i++;
       least = must;
look:  got = 0; fromDirty = false;
       if
       :: atomic { present -> got = ver; fromDirty = dirty; SAY2("process %d hits version %d\n", me, got) }
       /* FillStep.Read, read.lua: the miss takes the lease */
       :: atomic { !present && lease == 0 -> tokens++; token = tokens; lease = token;
              if :: me == 1 -> flight = 1 :: else fi;
              SAY2("process %d misses and gets the fill lease %d\n", me, token) }
       /* EarlyRefresh.cs, FillStep.TryLease, lease.lua */
       :: atomic { MAY_REFRESH -> tokens++; token = tokens; lease = token;
              if :: me == 1 -> flight = 1 :: else fi;
              SAY2("process %d refreshes under the fill lease %d\n", me, token) }
       fi;
       if
       :: got == 0 ->
          loaded = row;                                  /* LoadBatcher.cs, load.sql */
          SAY2("process %d loads the row: version %d\n", me, loaded);
          if :: me == 1 -> flight = 2 :: else fi;        /* FlightMarks.Decide comes before the fill */
          atomic {                                       /* FillStep.Fill, fill.lua */
              if
              :: MAY_FILL ->
                 lease = 0;
                 if
                 :: present && ver > loaded -> got = ver; fromDirty = dirty;
                    SAY1("process %d finds a newer version: no fill\n", me)
                 :: else -> present = true; dirty = false; ver = loaded; got = loaded;
                    SAY2("process %d fills with version %d\n", me, loaded)
                 fi
              :: else ->
                 SAY1("the fill of process %d is void\n", me);
                 if
                 :: present -> got = ver; fromDirty = dirty
                 :: else ->
#ifdef VOIDED_ANSWER
                    got = loaded
#else
                    skip
#endif
                 fi
              fi;
              check() }
          if
          :: got == 0 -> goto look                       /* the load is old: it is done again */
          :: else
          fi;
          if
          :: me == 1 -> atomic { answer = got; answerDirty = fromDirty; flight = 3 }
          :: else
          fi
       :: else
       fi;
       SAY2("process %d answers version %d\n", me, got);
       assert(fromDirty || got >= least)
    :: i == ROUNDS -> break
    od
}

#ifdef JOIN_LATE
#define MAY_JOIN (flight == 1 || flight == 2)
#else
#define MAY_JOIN (flight == 1)
#endif

/* A second caller in process 1: he looks for himself, then joins the flight */
proctype Joiner() {
    byte least;
    atomic { !present -> least = must; SAY1("a caller misses the key, version %d is known\n", least) }
    atomic { MAY_JOIN -> SAY("the caller joins the flight of process 1\n") }
    atomic { flight == 3 -> SAY1("the caller gets version %d from the flight\n", answer);
       assert(answerDirty || answer >= least) }
}

proctype Writer() {                                      /* WriteStep.cs, write.lua */
    do
    :: atomic { writes > 0 -> writes--; issued++; ver = issued; present = true; dirty = true; voided = false; VOID_BY_WRITE; acked = ver;
       must = ver;
           SAY1("version %d is written\n", ver); check() }
    od
}

proctype Flusher() {                                     /* Flusher.cs, in the short form */
    byte v;
    do
    :: atomic { dirty -> v = ver; save(v); saved = row; SAY1("version %d is saved\n", v) }
       atomic {
           if
           :: dirty && ver == v -> dirty = false; ver = saved; present = !voided; voided = false;
              SAY1("version %d is settled\n", v)
           :: else
           fi;
           saved = 0; check() }
    od
}

proctype Others() {
    byte changed;
    do
    :: atomic { evictions > 0 && present && !dirty -> evictions--; present = false; SAY1("version %d is evicted\n", ver) }
    :: atomic { expiries > 0 && lease != 0 -> expiries--; SAY1("the fill lease %d runs out\n", lease); lease = 0 }
    /* A row that others change (StoreChangeWatch.cs tells), then InvalidateStep.cs, invalidate.lua */
    :: atomic { changes > 0 -> changes--; issued++; changed = issued; row = issued;
       SAY1("others write version %d into the store\n", changed) }
       atomic {
           VOID_BY_INVALIDATION;
           if
           :: present && !dirty -> present = false
#ifndef DIRTY_NOT_VOIDED
           :: dirty -> voided = true
#endif
           :: else
           fi;
           if :: changed > must -> must = changed :: else fi;
           SAY("the key is invalidated\n"); check() }
    od
}

init {
    atomic { run Loader(1); run Loader(2); run Joiner(); run Writer(); run Flusher(); run Others() }
}
