/*
 * Merges: each client adds 1 under an idempotency key, and sends it again when the reply was lost. Meanwhile the key is flushed,
 * evicted and loaded again.
 *
 * HOLDS   each increment counts once, and each sees a sum of its own
 * MUTANT  NO_NOTE       a repeated write is not known again
 * MUTANT  NOTE_APART    effect and note are two steps
 * MUTANT  MISS_IS_ZERO  a merge takes a key that is not in the tier for an absent one
 * MUTANT  LEASE_KEPT    a merge leaves the key's fill lease in force
 * MUTANT  NO_GUARD      the store takes any version
 */
#include "common.pml"

#ifdef FULL
#define CLIENTS 3
byte repeats = 1, evictions = 1, failures = 1;
#else
#define CLIENTS 2
byte repeats = 1, evictions = 2, failures = 1;
#endif

bool present = true, dirty;
byte ver = 1, sum;
byte rowSum;
byte lease, tokens;
byte note[4];           /* AcceptedWrites.cs: the sum that an increment left; 0: not made */
byte seen;              /* ghost: one bit for each sum that somebody was told */
byte counted;           /* ghost: increments whose clients were told */

#ifdef NO_NOTE
#define KNOWN false
#else
#define KNOWN (note[me] != 0)
#endif
#ifdef MISS_IS_ZERO
#define RESIDENT true
#else
#define RESIDENT present
#endif

proctype Client(byte me) {
    byte mine, token, loaded, loadedVersion;
    do
    :: atomic { KNOWN -> mine = note[me]; SAY2("client %d repeats its increment, it was known: %d\n", me, mine) }
       break
    /* Merging.cs, number.lua: decided where the value lies, in the step of the write */
    :: atomic { !KNOWN && RESIDENT ->
           if :: !present -> sum = 0 :: else fi;
           issued++; ver = issued; sum++; mine = sum; present = true; dirty = true;
#ifndef LEASE_KEPT
           lease = 0;
#endif
#ifndef NOTE_APART
           note[me] = mine;
#endif
           SAY2("client %d increments: %d\n", me, mine) }
       if
       :: atomic { repeats > 0 -> repeats--; SAY1("the reply to client %d is lost\n", me) }
       :: atomic { note[me] = mine; break }
       fi
    /* MergeWriter.cs: what is not there is loaded first, under a fill lease (EnsureResidentAsync) */
    :: atomic { !KNOWN && !RESIDENT && lease == 0 -> tokens++; token = tokens; lease = token;
       SAY1("client %d misses the key\n", me) }
       atomic { loaded = rowSum; loadedVersion = row }
       atomic {
           if
           :: lease == token && !dirty -> lease = 0; present = true; sum = loaded; ver = loadedVersion;
              SAY2("client %d fills with the sum %d\n", me, loaded)
           :: else -> SAY1("the fill of client %d is void\n", me)
           fi }
    od;
    atomic {
        assert(mine <= CLIENTS && (seen & (1 << mine)) == 0);   /* a sum of its own */
        seen = seen | (1 << mine); counted++;
        SAY2("client %d is told %d\n", me, mine) }
}

proctype Flusher() {
    byte v, value;
    do
    :: atomic { dirty -> v = ver; value = sum; SAY1("the sum %d is taken\n", value) }
       if
       :: atomic { if :: GUARD(v) -> assert(v >= row); row = v; rowSum = value :: else fi;
          SAY1("the sum %d is saved\n", value) }
       :: atomic { failures > 0 -> failures--;
              if :: GUARD(v) -> row = v; rowSum = value :: else fi;
                 SAY1("the sum %d is saved, the reply is lost\n", value) }; goto again
       fi;
       atomic { if :: dirty && ver == v -> dirty = false; SAY1("the sum %d is settled\n", value) :: else fi }
again: skip
    od
}

/* A statement of a worker that was slow: it comes when it comes */
proctype Late() {
    byte v, value;
    atomic { dirty -> v = ver; value = sum; SAY1("a slow worker takes the sum %d\n", value) }
    atomic { if :: GUARD(v) -> assert(v >= row); row = v; rowSum = value :: else fi;
       SAY1("the slow worker saves the sum %d\n", value) }
}

/* An early refresh of a clean key (EarlyRefresh.cs, lease.lua), whose fill meets a merge */
proctype Refresh() {
    byte token, loaded, loadedVersion;
    atomic { present && !dirty && lease == 0 -> tokens++; token = tokens; lease = token;
       SAY("a refresh gets the fill lease\n") }
    atomic { loaded = rowSum; loadedVersion = row; SAY1("the refresh loads the sum %d\n", loaded) }
    atomic {
        if
        :: lease == token && !dirty && !(present && ver > loadedVersion) -> lease = 0; present = true; sum = loaded;
           ver = loadedVersion;
           SAY1("the refresh fills with the sum %d\n", loaded)
        :: else -> if :: lease == token -> lease = 0 :: else fi
        fi }
}

proctype Eviction() {
    do
    :: atomic { evictions > 0 && present && !dirty -> evictions--; present = false; SAY1("the sum %d is evicted\n", sum) }
    od
}

proctype Judge() {
    timeout -> SAY("nothing is left to do\n"); assert(!dirty && counted == CLIENTS && rowSum == CLIENTS)
}

init {
    byte i = 1;
    atomic {
        do :: i <= CLIENTS -> run Client(i); i++ :: else -> break od;
        run Flusher(); run Late(); run Refresh(); run Eviction(); run Judge() }
}
