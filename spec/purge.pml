/*
 * The purge of tombstones: a row that is gone leaves the store once its retention is over (Purger.cs, purge.sql). Until then it holds
 * back what is older: a worker that was slow, a dirty entry that came back with an older copy of the tier. Assumed, as guarantees.md
 * says: no worker hangs in a save for longer than the retention, and no copy of the tier is older than it.
 *
 * HOLDS   what was deleted does not come back, no acknowledged write is lost
 * MUTANT  PURGE_EARLY       the retention is ignored
 * MUTANT  PURGE_PAST_DIRTY  the age of the oldest dirty entry is ignored
 * MUTANT  PURGE_BLIND       the statement does not look again whether the row is deleted
 * MUTANT  NO_GUARD          the store takes any version
 * FOUND   OLD_AND_SLOW      a worker hangs for a moment over an entry older than the retention, another settles it
 */
#include "common.pml"

#define RETENTION 2
#ifdef FULL
#define LAST 7
byte writes = 4, replicas = 2, failovers = 1, purges = 2;
#else
#define LAST 4
byte writes = 2, replicas = 1, failovers = 1, purges = 1;
#endif

byte time;
bool dirty, deleted;
byte ver = 1, since;
bool copyDirty, copyDeleted;
byte copyVer = 1, copySince, copyTime;
bool rowDeleted;
byte rowTime;
byte high = 1;          /* ghost: the highest version that the store ever had */
bool slow;              /* a worker is in the midst of a save, since */
byte slowSince;

inline store(v, isDeleted) {
    if
    :: GUARD(v) -> assert(v >= high); high = v; row = v; rowDeleted = isDeleted; rowTime = time
    :: else
    fi
}

proctype Writer() {
    bool isDelete;
    do
    :: atomic { writes > 0 -> writes--; issued++;
           if :: isDelete = true :: isDelete = false fi;
           if :: !dirty -> since = time :: else fi;
           ver = issued; deleted = isDelete; dirty = true; acked = ver;
           if
           :: isDelete -> SAY2("%d: version %d deletes the key\n", time, ver)
           :: else -> SAY2("%d: version %d is written\n", time, ver)
           fi }
    od
}

/* Flusher.cs. The store may be away for any time: then this just does not happen. */
proctype Flusher() {
    byte v;
    bool isDeleted;
    do
    :: atomic { dirty -> v = ver; isDeleted = deleted;
           store(v, isDeleted); SAY2("%d: version %d is saved\n", time, v) }
       atomic {
           if
           :: dirty && ver == v -> dirty = false; ver = high; SAY2("%d: version %d is settled\n", time, v)
           :: else
           fi;
           assert(dirty || high >= acked) }
    od
}

proctype SlowWorker() {
    byte v;
    bool isDeleted;
#ifdef OLD_AND_SLOW
    atomic { dirty -> v = ver; isDeleted = deleted; slow = true; slowSince = time;
#else
    /* The retention counts from the write: an entry that is as old as a tombstone's retention has no slow worker. */
    atomic { dirty && time + 1 < since + RETENTION -> v = ver; isDeleted = deleted; slow = true; slowSince = since;
#endif
           SAY2("%d: a slow worker takes version %d\n", time, v) }
    atomic { slow = false; store(v, isDeleted); SAY2("%d: the slow worker saves version %d\n", time, v) }
}

proctype Purger() {
    byte before;
    bool any;
    do
    :: atomic { purges > 0 -> purges--; any = true;
#ifdef PURGE_EARLY
           before = time;
#else
           if :: time >= RETENTION -> before = time - RETENTION :: else -> any = false fi;
#endif
#ifndef PURGE_PAST_DIRTY
           if
           :: dirty && since < before + 1 -> if :: since > 0 -> before = since - 1 :: else -> any = false fi
           :: else
           fi
#endif
           }
       if
       :: any && row != 0 && rowDeleted && rowTime <= before ->
          atomic {
#ifdef PURGE_BLIND
              if
              :: row != 0 ->
#else
              if
              :: row != 0 && rowDeleted && rowTime <= before ->
#endif
                 assert(rowDeleted);
                 SAY2("%d: version %d is purged\n", time, row); row = 0; rowDeleted = false
              :: else
              fi }
       :: else
       fi
    od
}

proctype Others() {
    do
    :: atomic { time < LAST && (!slow || time + 1 < slowSince + RETENTION) -> time++ }
    :: atomic { replicas > 0 -> replicas--; copyDirty = dirty; copyDeleted = deleted; copyVer = ver; copySince = since;
       copyTime = time;
           SAY2("%d: the replica has version %d\n", time, ver) }
    :: atomic { failovers > 0 && time < copyTime + RETENTION -> failovers--; dirty = copyDirty; deleted = copyDeleted;
       ver = copyVer; since = copySince;
           acked = high; SAY2("%d: fail-over: the tier holds version %d\n", time, ver) }
    od
}

init {
    atomic { run Writer(); run Flusher(); run SlowWorker(); run Purger(); run Others() }
}
