/*
 * Write, take, save, settle, dead letter: how an accepted write reaches the store. Two writers, two workers, one key.
 *
 * HOLDS   no acknowledged write is lost, what is clean is in the store, versions never go back, all is stored at the end
 * MUTANT  NO_GUARD         the store takes any version
 * MUTANT  SETTLE_BLIND     a settlement does not look whether the key was written meanwhile
 * MUTANT  MARKER_LOST      a write of a key that is being flushed queues no marker
 * MUTANT  TAKEN_FORGOTTEN  what was taken and never settled is not taken again
 * MUTANT  EVICT_DIRTY      a dirty entry may be evicted
 * MUTANT  DEAD_BLIND       a refusal makes a dead letter of a value that the store never saw
 * MUTANT  STORED_EARLY     who waits for Stored hears of the take, not of the commit
 */
#include "common.pml"

/* The entry: CacheEntry.cs, MemorySlot.cs */
bool present, dirty, dead;
byte ver;
bool queued;       /* its marker is in the queue */
bool taken;        /* its marker is among the unsettled */

/* The partition's lease: PartitionOwner.cs, acquire.lua */
byte owner, fence;

byte told = 1;     /* the highest version of which StoredWaiters.cs was told that the store has it */
byte shown = 1;    /* ghost: the highest version that anybody could read */
byte refused;      /* ghost: the last version that the store refused */

/* Faults that are left */
#ifdef FULL
byte expiries = 1, failures = 2, crashes = 1, refusals = 1, evictions = 1;
#define LOOKS 2
#else
byte expiries = 1, failures = 0, crashes = 1, refusals = 1, evictions = 1;
#define LOOKS 1
#endif

inline check() {
    assert(dirty || row >= acked);                /* no acknowledged write is lost */
    assert(!present || dirty || row >= ver);      /* what is clean is in the store */
    assert(!present || ver >= shown);             /* no version goes back in the tier */
    assert(!dead || ver == refused);              /* only what was refused is a dead letter */
    assert(row >= told);                          /* Stored is no lie */
    if
    :: present && ver > shown -> shown = ver
    :: else
    fi
}

#ifdef MARKER_LOST
#define NEEDS_MARKER (!queued && !taken)
#else
#define NEEDS_MARKER (!queued)
#endif

/* WriteStep.cs, write.lua. The reply may be lost: then nobody was promised anything. */
proctype Writer(byte me) {
    byte mine;
    atomic {
        issued++; mine = issued;
        present = true; dirty = true; dead = false; ver = mine;
        if
        :: NEEDS_MARKER -> queued = true
        :: else
        fi;
        SAY2("writer %d writes version %d: dirty, queued\n", me, mine);
        check()
    }
    if
    :: atomic { if :: mine > acked -> acked = mine :: else fi;
       SAY2("writer %d is told that version %d is accepted\n", me, mine); check() }
    :: SAY1("the reply to writer %d is lost\n", me)
    fi;
    /* CacheWriter.cs, StoredWaiters.cs: durability Stored */
    told >= mine -> assert(row >= mine)
}

#define HOLDS_LEASE (owner == me && fence == token)

#ifdef TAKEN_FORGOTTEN
#define HAS_WORK queued
#else
#define HAS_WORK (queued || taken)
#endif

#ifdef SETTLE_BLIND
#define UNCHANGED dirty
#else
#define UNCHANGED (dirty && ver == v && !queued)
#endif

/* Flusher.cs: take, save, settle, under a partition lease */
proctype Worker(byte me) {
    byte token, v, kind, takes;
    do
    :: atomic { owner == 0 && HAS_WORK -> owner = me; fence++; token = fence;
           SAY2("worker %d gets the lease with token %d\n", me, token) }

    :: atomic { HOLDS_LEASE && HAS_WORK ->        /* FlushStep.Take, take.lua */
           v = ver; taken = true; queued = false;
#ifdef STORED_EARLY
           told = v;
#endif
           SAY2("worker %d takes version %d\n", me, v); check() }

       if                                         /* BatchSaver.cs, SqlStore.cs */
       :: atomic { save(v); kind = 0; SAY2("worker %d saves version %d\n", me, v); check() }
       :: atomic { failures > 0 -> failures--; save(v); SAY2("worker %d saves version %d, the reply is lost\n", me, v);
          check() };
          goto again
       :: atomic { failures > 0 -> failures--; SAY1("the store fails worker %d\n", me) };
          goto again
       :: atomic { refusals > 0 -> refusals--; refused = v; kind = 2;
          SAY2("the store refuses version %d of worker %d for good\n", v, me) }
       :: atomic { crashes > 0 -> crashes--; SAY1("worker %d crashes\n", me) };
          goto again
       fi;

       atomic {                                   /* FlushStep.Settle, settle.lua */
           if
           :: !HOLDS_LEASE -> SAY1("worker %d may not settle: its lease is lost\n", me)
           :: else ->
              taken = false;
              if
#ifdef DEAD_BLIND
              :: kind == 2 && dirty -> dead = true; queued = false; SAY1("worker %d settles: dead letter\n", me)
#else
              :: kind == 2 && UNCHANGED -> dead = true; SAY1("worker %d settles: dead letter\n", me)
#endif
              :: kind == 0 && UNCHANGED -> dirty = false; dead = false; queued = false;
                 SAY2("worker %d settles version %d: clean\n", me, v)
              :: else -> SAY2("worker %d settles version %d: written meanwhile, still dirty\n", me, v)
              fi;
              if
              :: kind == 0 && v > told -> told = v
              :: else
              fi
           fi;
           check()
       }
again: skip
    od
}

/* PartitionOwner.Holds: the time of a lease is over, whether its holder is alive or not */
proctype Time() {
    do
    :: atomic { owner != 0 && expiries > 0 -> expiries--; SAY1("the lease of worker %d runs out\n", owner); owner = 0 }
    od
}

/* MemoryBound.cs */
proctype Eviction() {
    do
#ifdef EVICT_DIRTY
    :: atomic { present && evictions > 0 -> evictions--; present = false; dirty = false;
       SAY1("version %d is evicted\n", ver); check() }
#else
    :: atomic { present && !dirty && evictions > 0 -> evictions--; present = false; SAY1("version %d is evicted\n", ver);
       check() }
#endif
    od
}

/* A reader: what it sees never goes back. (How a miss is filled is the matter of fill.pml; here it is one step.) */
proctype Reader() {
    byte seen = 1, i;
    do
    :: i < LOOKS -> i++;
       atomic {
           if
           :: !present -> present = true; ver = row; dirty = false
           :: else
           fi;
           assert(ver >= seen); seen = ver; SAY1("a reader sees version %d\n", seen); check()
       }
    :: i == LOOKS -> break
    od
}

/* DeadLetterStep.cs, replay.lua: a replay takes the key's current value */
proctype Operator() {
    atomic { dead -> dead = false; queued = true; SAY1("version %d is replayed\n", ver); check() }
}

/* Nothing can happen any more: everything is stored */
proctype Judge() {
    timeout -> SAY("nothing is left to do\n"); assert(!dirty && row == issued)
}

init {
    atomic { run Writer(1); run Writer(2); run Worker(1); run Worker(2); run Time(); run Eviction(); run Reader();
       run Operator(); run Judge() }
}
