/*
 * A tier that forgets: a replica that lags is promoted, a restart loses the tail, a backup is put back. The tier then holds what was
 * true some time ago. Every node admits itself (admit.lua) on each new connection before it uses it, and where the server's reign is
 * another than before, it raises the epoch: clean copies of an older one are void. Dirty entries stay; they have returned, and count for nothing until
 * they were compared with their row under a fill lease (the higher version wins), or are settled.
 *
 * HOLDS   what was told to be stored, or replicated, is never lost; nothing older than that answers, nor is it a merge's base
 * MUTANT  NO_EPOCH        a new reign voids nothing
 * MUTANT  ADMITTED_LATE   a node uses a connection before it has admitted itself
 * MUTANT  WAIT_BLIND      after a WAIT nobody looks whether the entry is still there
 * MUTANT  NO_GUARD        the store takes any version
 * MUTANT  OLDER_STAYS     a settlement leaves a clean copy below its version: the row from before, loaded while the save was under way
 * MUTANT  OLD_DIRTY_READ  a dirty entry that has returned is read while the row is newer
 * MUTANT  OLD_DIRTY_BASE  such an entry is the base of a merge or a condition, whose result replaces the newer row
 * MUTANT  COMPARED_ONCE   a settlement leaves a dirty entry below its version as it was: compared with the row from before
 * MUTANT  COMPARED_LATE   a load from before a settlement is compared after it
 * MUTANT  FILLED_LATE     a load that was to be compared with a dirty entry fills the key when that is settled and gone
 */
#include "common.pml"

typedef Tier { bool present; bool dirty; byte ver; byte epoch; byte born; byte reign; byte from; byte lease; byte over }

Tier tier, copy;        /* epoch: the partition's; born: that in which the entry became clean, or was written or compared; from: that of the last admission */
byte server = 1;        /* whose reign it is */
byte admitted[2];       /* the server to which a node is connected, and has admitted itself */
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
       copy.born = tier.born; copy.reign = tier.reign; copy.from = tier.from; copy.lease = tier.lease; copy.over = tier.over
}

#define CONNECTED (admitted[me] == server)
#define RETURNED (tier.dirty && tier.born < tier.from)      /* layout.lua: has_returned */

#ifdef OLD_DIRTY_READ
#define READABLE true
#else
#define READABLE (!RETURNED)
#endif
#ifdef OLD_DIRTY_BASE
#define MAY_BE_BASE true
#else
#define MAY_BE_BASE (!RETURNED)
#endif
#define HIT (tier.present && (tier.dirty || tier.born == tier.epoch))

#ifdef COMPARED_LATE
#define SAME true
#else
#define SAME (tier.over == tier.born)
#endif

proctype Node(byte me) {
    byte mine, on, least, seen;
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
              tier.epoch++; tier.from = tier.epoch; tier.lease = 0;      /* a lease of an older epoch is void */
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

    /* A dirty entry that has returned: read.lua gives a lease that names it, fill.lua compares */
    :: atomic { CONNECTED && !READABLE && tier.lease == 0 -> tier.lease = me + 1; tier.over = tier.born; seen = row;
           SAY2("node %d loads version %d beside a dirty entry that has returned\n", me, row) }
       atomic {
           if
           :: CONNECTED && tier.lease == me + 1 -> tier.lease = 0;
              if
              :: RETURNED && SAME && seen <= tier.ver -> tier.born = tier.epoch;
                 SAY2("node %d finds the dirty version %d to be the newer one\n", me, tier.ver); assert(tier.ver >= told)
              :: RETURNED && SAME && seen > tier.ver -> SAY2("node %d reads version %d, for its row is newer\n", me, seen); assert(seen >= told)
#ifdef FILLED_LATE
              :: !tier.present -> tier.present = true; tier.ver = seen; tier.born = tier.epoch; SAY2("node %d fills version %d\n", me, seen)
#endif
              :: else
              fi
           :: else
           fi; seen = 0 }

    /* write.lua, durability Replicated: ReplicaStep.cs */
    :: atomic { CONNECTED && writes > 0 -> writes--; issued++; mine = issued; on = server;
           if :: !tier.dirty || tier.born != tier.epoch -> tier.lease = 0 :: else fi;
           tier.present = true; tier.dirty = true; tier.ver = mine; tier.born = tier.epoch;
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
           if :: !tier.dirty || tier.born != tier.epoch -> tier.lease = 0 :: else fi;
           issued++; tier.dirty = true; tier.ver = issued; tier.born = tier.epoch; check() }
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
              :: tier.dirty && tier.ver == v && tier.born == tier.epoch -> tier.dirty = false; tier.ver = found; SAY1("version %d is settled\n", v)
              :: tier.dirty && tier.ver == v && tier.born != tier.epoch -> tier.dirty = false; tier.present = false;
                 SAY1("version %d is settled, and its copy dropped\n", v)
#ifndef COMPARED_ONCE
              :: tier.dirty && tier.ver != v && tier.ver < found ->
                 if :: tier.born < tier.from -> tier.born-- :: else -> tier.born = tier.from - 1 fi;
                 SAY1("the dirty entry below version %d has returned\n", found)
#endif
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
           copy.present != tier.present || copy.born != tier.born || copy.reign != tier.reign || copy.lease != tier.lease ->
           replicate(); SAY1("the replica has version %d\n", copy.ver) }
    :: atomic { failovers > 0 -> failovers--; server++;
           tier.present = copy.present; tier.dirty = copy.dirty; tier.ver = copy.ver; tier.epoch = copy.epoch;
              tier.born = copy.born; tier.reign = copy.reign; tier.from = copy.from; tier.lease = copy.lease; tier.over = copy.over;
           SAY1("fail-over: the tier holds version %d\n", tier.ver); check() }
    :: atomic { evictions > 0 && tier.present && !tier.dirty -> evictions--; tier.present = false }
    od
}

init {
    atomic {
        tier.present = true; tier.ver = 1; tier.reign = 1; tier.epoch = 10; tier.born = 10; tier.from = 10; replicate(); admitted[0] = 1; admitted[1] = 1;
        run Node(0); run Node(1); run Flusher(); run Others() }
}
