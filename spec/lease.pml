/*
 * The partition lease and its fencing token, with a store that has no versions to guard by: it keeps with each row the token of its
 * last write and refuses lower ones (IBackingStore.cs). Two workers, a lease that runs out, a tier that loses everything once.
 * What such a store can't hold back is a late statement of the one that still holds the lease; a save ends before its caller goes on.
 *
 * HOLDS   the row never goes back, no acknowledged write is lost, all is stored at the end
 * MUTANT  FENCE_IGNORED    the store takes any token
 * MUTANT  TOKEN_KEPT       a new holder gets the token of the one before
 * MUTANT  TOKEN_FROM_ONE   a tier that lost its data begins with token 1 again
 * MUTANT  HOLDS_IGNORED    take and settle don't look whether the lease is in force
 */
#include "common.pml"

bool dirty, queued, taken;
byte ver = 1;

byte owner, fence;      /* PartitionOwner.cs, acquire.lua */
byte clock;             /* the tier's clock, as far as tokens are concerned: it is never lost */
byte rowFence;          /* the token that the row bears */
bool lost;              /* the tier has lost its data */

#ifdef FULL
byte expiries = 3, losses = 1, writes = 4;
#else
byte expiries = 2, losses = 1, writes = 3;
#endif

/* Never below the clock: else a store that remembers tokens takes a restarted tier's for a zombie's. */
#ifdef TOKEN_KEPT
#define NEXT_TOKEN (lost -> clock : 1)
#else
#ifdef TOKEN_FROM_ONE
#define NEXT_TOKEN (fence + 1)
#else
#define NEXT_TOKEN (fence + 1 > clock -> fence + 1 : clock)
#endif
#endif

#ifdef FENCE_IGNORED
#define MAY_SAVE true
#else
#define MAY_SAVE (token >= rowFence)
#endif

#ifdef HOLDS_IGNORED
#define HOLDS_LEASE (token > 0)
#else
#define HOLDS_LEASE (owner == me && fence == token)
#endif

inline check() {
    assert(dirty || row >= acked)
}

proctype Writer() {
    do
    :: atomic { writes > 0 -> writes--; issued++; ver = issued; dirty = true; queued = true; acked = ver;
           SAY1("version %d is written\n", ver); check() }
    od
}

proctype Worker(byte me) {
    byte token, v;
    bool superseded;
    do
    :: atomic { owner == 0 && (queued || taken) -> owner = me; fence = NEXT_TOKEN; token = fence;
           if :: clock < fence -> clock = fence :: else fi;
           SAY2("worker %d gets the lease with token %d\n", me, token) }

    :: atomic { HOLDS_LEASE && (queued || taken) -> v = ver; taken = true; queued = false;
           SAY2("worker %d takes version %d\n", me, v) }
       if
       :: atomic {
              if
              :: MAY_SAVE -> assert(v >= row); row = v; rowFence = token; superseded = false;
                 SAY2("worker %d saves version %d\n", me, v)
              :: else -> superseded = true;
                 SAY2("the store refuses token %d of worker %d\n", token, me)
              fi }
       :: SAY1("worker %d crashes\n", me); goto again
       fi;
       atomic {
           if
           :: !HOLDS_LEASE -> SAY1("worker %d may not settle: its lease is lost\n", me)
           :: else ->
              taken = false;
              if
              :: dirty && ver == v && !queued -> dirty = false;
                 if
                 :: superseded -> ver = row; SAY1("worker %d settles: the entry adopts the row\n", me)
                 :: else -> SAY1("worker %d settles: clean\n", me)
                 fi
              :: else -> SAY1("worker %d settles: written meanwhile, still dirty\n", me)
              fi
           fi;
           check() }
again: skip
    od
}

proctype Faults() {
    do
    :: atomic { owner != 0 && expiries > 0 -> expiries--; clock++; SAY1("the lease of worker %d runs out\n", owner); owner = 0 }
    /* What was dirty is lost with the memory of the tier (guarantees.md), and with it what was promised of it. */
    :: atomic { losses > 0 -> losses--; lost = true; clock++; owner = 0; fence = 0; dirty = false; queued = false;
       taken = false;
           acked = row; SAY("the tier loses its data\n") }
    od
}

proctype Judge() {
    timeout -> SAY("nothing is left to do\n"); assert(!dirty && row >= acked)
}

init {
    atomic { run Writer(); run Worker(1); run Worker(2); run Faults(); run Judge() }
}
