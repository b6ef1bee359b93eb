/*
 * Versions when the clock of the tier is set back: Redis' clock while it runs, or the machine's across a restart with a journal.
 * A key is written, stored and dropped (evicted, invalidated), so that the tier no longer knows its version. What remembers it is the
 * partition's floor: the highest version that was settled or filled there, whatever the clock said (layout.lua: state_of;
 * MemoryPartition.NextVersion, and RaiseVersions where a journal is read).
 *
 * HOLDS   a write never gets a version below its row's: none is superseded by its own past
 * MUTANT  NO_FLOOR          a key that is gone begins with the clock
 * MUTANT  FLOOR_IF_AHEAD    the floor is raised only by versions that are ahead of the clock at that moment
 * MUTANT  FLOOR_NOT_FILLED  a fill does not raise the floor
 */
#include "common.pml"

bool present, dirty;
byte ver, floor = 1;
byte clock = 2;

#ifdef FULL
#define LAST 9
byte backs = 2, writes = 4, drops = 3;
#else
#define LAST 6
byte backs = 1, writes = 3, drops = 2;
#endif

inline raise(v, isFill) {
#ifdef FLOOR_IF_AHEAD
    if :: v > clock && v > floor -> floor = v :: else fi
#else
#ifdef FLOOR_NOT_FILLED
    if :: !isFill && v > floor -> floor = v :: else fi
#else
    if :: v > floor -> floor = v :: else fi
#endif
#endif
}

#ifdef NO_FLOOR
#define PREVIOUS (present -> ver : 0)
#else
#define PREVIOUS (present -> ver : floor)
#endif

/* VersionIssuer.cs. A write without condition needs no row;
   one of a row that others wrote is loaded first or judged by the store. */
proctype Writer() {
    byte previous;
    do
    :: atomic { writes > 0 -> writes--; previous = PREVIOUS;
           ver = (previous + 1 > clock -> previous + 1 : clock);
           present = true; dirty = true; acked = ver;
           SAY2("the clock is %d, version %d is written\n", clock, ver);
           assert(ver > row) }
    od
}

proctype Flusher() {
    byte v;
    do
    :: atomic { dirty -> v = ver; save(v); SAY1("version %d is saved\n", v) }
       atomic { if :: dirty && ver == v -> dirty = false; raise(v, false); SAY1("version %d is settled\n", v) :: else fi }
    od
}

proctype Others() {
    do
    :: atomic { drops > 0 && present && !dirty -> drops--; present = false; SAY1("version %d leaves the tier\n", ver) }
    /* Another tier has flushed in between: only by the fill does this one learn of it */
    :: atomic { !present && drops > 0 -> drops--; if :: clock + 2 > row -> row = clock + 2 :: else fi; present = true;
       ver = row; raise(ver, true);
           SAY1("another tier has stored version %d, this one loads it\n", ver) }
    :: atomic { clock < LAST -> clock++ }
    :: atomic { backs > 0 -> backs--; clock = 1; SAY("the clock is set back\n") }
    od
}

init {
    atomic { run Writer(); run Flusher(); run Others() }
}
