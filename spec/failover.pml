/*
 * A tier that forgets: a replica that lags is promoted, a restart loses the tail, a backup is put back. The tier then holds what was
 * true some time ago. Every node admits itself (admit.lua) on each new connection before it uses it, and where the server's reign is
 * another than before, it raises the epoch: clean copies of an older one are void. Dirty entries stay, the store's guard judges them.
 *
 * HOLDS   what was told to be stored, or replicated, is never lost; no clean copy from before answers, nor is one a merge's base
 * MUTANT  NO_EPOCH        a new reign voids nothing
 * MUTANT  ADMITTED_LATE   a node uses a connection before it has admitted itself
 * MUTANT  WAIT_BLIND      after a WAIT nobody looks whether the entry is still there
 * MUTANT  NO_GUARD        the store takes any version
 * MUTANT  OLDER_STAYS     a settlement leaves a clean copy below its version: the row from before, loaded while the save was under way
 * FOUND   OLD_DIRTY_READ  a dirty entry that came back is read while the row is newer
 * FOUND   OLD_DIRTY_BASE  such an entry is the base of a merge or a condition, whose result replaces the newer row
 */
#include "common.pml"

typedef Tier { bool present; bool dirty; byte ver; byte epoch; byte born; byte reign }

Tier tier, copy;        /* epoch: the partition's; born: that in which the entry became clean */
byte server = 1;        /* whose reign it is */
byte admitted[2];       /* the server to which a node is connected, and has admitted itself */
bool old;               /* ghost: the dirty entry came back with an older copy */
byte told = 1;          /* ghost: the highest version that was told to be stored */
byte replicated = 1;    /* ghost: ... to be on the replica */

#ifdef FULL
byte writes = 3, merges = 2, failovers = 2, evictions = 1;
#else
byte writes = 2, merges = 1, failovers = 1, evictions = 1;
#endif

inline check() {
    assert(row >= told);
    assert(row >= replicated || (tier.dirty && tier.ver >= replicated))
}

inline replicate() {
    copy.present = tier.present; copy.dirty = tier.dirty; copy.ver = tier.ver; copy.epoch = tier.epoch;
       copy.born = tier.born; copy.reign = tier.reign
}

#define CONNECTED (admitted[me] == server)
#define HIT (tier.present && (tier.dirty || tier.born == tier.epoch))

#ifdef OLD_DIRTY_READ
#define READABLE true
#else
#define READABLE (!tier.dirty || !old)
#endif
#ifdef OLD_DIRTY_BASE
#define MAY_BE_BASE true
#else
#define MAY_BE_BASE (!tier.dirty || !old)
#endif

proctype Node(byte me) {
    byte mine, on, least;
    do
    /* admit.lua, sent on each new connection */
    :: atomic { !CONNECTED -> admitted[me] = server;
#ifdef ADMITTED_LATE
           SAY1("node %d is connected\n", me) }
    :: atomic { CONNECTED && tier.reign != server ->
#endif
           if
           :: tier.reign != server ->
#ifndef NO_EPOCH
              tier.epoch++;
#endif
              tier.reign = server; SAY1("node %d sees a new reign: clean copies are void\n", me)
           :: else -> SAY1("node %d is admitted\n", me)
           fi }

    /* ReadStep.cs, read.lua, fill.lua (the load and its fill in one step: fill.pml looks between them) */
    :: atomic { CONNECTED && READABLE ->
           if
           :: HIT -> skip
           :: !HIT -> tier.present = true; tier.dirty = false; tier.ver = row; tier.born = tier.epoch
           fi;
           SAY2("node %d reads version %d\n", me, tier.ver); assert(tier.ver >= told) }

    /* write.lua, durability Replicated: ReplicaStep.cs */
    :: atomic { CONNECTED && writes > 0 -> writes--; issued++; mine = issued; on = server;
           tier.present = true; tier.dirty = true; tier.ver = mine; old = false;
           SAY2("node %d writes version %d\n", me, mine); check() }
       if
       :: atomic { on == server && copy.ver >= mine -> skip }
       :: atomic { on != server -> skip }           /* a new master has nothing to wait for: WAIT confirms at once */
       :: skip; mine = 0                            /* Accepted: it does not wait */
       fi;
       atomic {
           if
           :: mine == 0 -> skip
#ifdef WAIT_BLIND
           :: mine > 0 -> if :: mine > replicated -> replicated = mine :: else fi;
              SAY2("node %d is told that version %d is replicated\n", me, mine)
#else
           :: mine > 0 && on == server && (tier.ver >= mine || row >= mine) ->
              if :: mine > replicated -> replicated = mine :: else fi;
              SAY2("node %d is told that version %d is replicated\n", me, mine)
           :: mine > 0 && !(on == server
              && (tier.ver >= mine || row >= mine)) -> SAY2("node %d is told that version %d was not confirmed\n", me, mine)
#endif
           fi; mine = 0; check() }

    /* A merge, an If-Match: the base must be what the key holds (Merging.cs, number.lua) */
    :: atomic { CONNECTED && merges > 0 && HIT && MAY_BE_BASE -> merges--; least = tier.ver;
           SAY2("node %d merges on version %d\n", me, least); assert(least >= told);
           issued++; tier.dirty = true; tier.ver = issued; old = false; check() }
    od
}

proctype Flusher() {
    byte v, found, me;
    do
    :: atomic { CONNECTED && tier.dirty -> v = tier.ver; SAY1("version %d is taken\n", v) }
       atomic { save(v); found = row; SAY1("version %d is saved\n", v); check() }
       atomic {
           if
           :: CONNECTED ->
              if
              :: tier.dirty && tier.ver == v -> tier.dirty = false; tier.ver = found; tier.born = tier.epoch; old = false;
                 SAY1("version %d is settled\n", v)
#ifndef OLDER_STAYS
              :: tier.present && !tier.dirty && tier.ver < found -> tier.present = false;
                 SAY1("the copy below version %d is dropped\n", found)
#endif
              :: else
              fi;
              if :: found > told -> told = found; SAY1("who waits is told that version %d is stored\n", found) :: else fi
           :: else
           fi; check() }
    od
}

proctype Others() {
    do
    :: atomic { copy.ver != tier.ver || copy.dirty != tier.dirty || copy.epoch != tier.epoch ||
           copy.present != tier.present || copy.born != tier.born || copy.reign != tier.reign ->
           replicate(); SAY1("the replica has version %d\n", copy.ver) }
    :: atomic { failovers > 0 -> failovers--; server++;
           tier.present = copy.present; tier.dirty = copy.dirty; tier.ver = copy.ver; tier.epoch = copy.epoch;
              tier.born = copy.born; tier.reign = copy.reign;
           old = tier.dirty; SAY1("fail-over: the tier holds version %d\n", tier.ver); check() }
    :: atomic { evictions > 0 && tier.present && !tier.dirty -> evictions--; tier.present = false }
    od
}

init {
    atomic {
        tier.present = true; tier.ver = 1; tier.reign = 1; replicate(); admitted[0] = 1; admitted[1] = 1;
        run Node(0); run Node(1); run Flusher(); run Others() }
}
