/*
 * The queue on Redis: markers in a stream, read from its start, and how far was taken (TakeStep.cs, TakenBatch.cs, take.lua,
 * settle.lua, cut.lua). A take reads markers, then raises the watermark and reads the entries in two commands, between which others
 * may write; a redirect may even turn the two round. Two keys, two workers.
 *
 * HOLDS   a dirty entry's own marker is in the stream until it is settled, no write is lost, all is stored at the end
 * MUTANT  SETTLE_BLIND      a settlement does not look whether the key was written meanwhile
 * MUTANT  CUT_ALL           the marker of an entry that changed under it is cut off, too
 * MUTANT  CUT_GAPS          the queue is cut up to the newest settled marker, over one that is not
 */
#include "common.pml"

#ifdef FULL
#define IDS 6
byte writes = 4, expiries = 1, crashes = 1;
#else
#define IDS 4
byte writes = 3, expiries = 1, crashes = 0;
#endif

typedef Entry { bool dirty; byte ver; byte mark; byte row; byte acked }
Entry entry[2];
byte stream[8];         /* by id: the key and 1; 0: no marker */
byte last, watermark;   /* PartitionState.cs */
byte owner, fence;

#define ENQUEUED (!entry[k].dirty || entry[k].mark <= watermark)
#ifdef SETTLE_BLIND
#define ENDS(k) (entry[k].mark == mark[k])
#else
#define ENDS(k) (entry[k].ver == v[k] && entry[k].mark == mark[k])
#endif
#define HOLDS_LEASE (owner == me && fence == token)

inline check() {
    assert(!entry[0].dirty || stream[entry[0].mark] == 1);
    assert(!entry[1].dirty || stream[entry[1].mark] == 2);
    assert(entry[0].dirty || entry[0].row >= entry[0].acked);
    assert(entry[1].dirty || entry[1].row >= entry[1].acked)
}

proctype Writer() {                                 /* write.lua */
    byte k;
    do
    :: atomic { writes > 0 && last < IDS -> writes--;
           if :: k = 0 :: k = 1 fi;
           issued++;
           if
           :: ENQUEUED -> last++; stream[last] = k + 1; entry[k].mark = last;
              printf("key %d: version %d is written, marker %d\n", k, issued, last)
           :: else -> printf("key %d: version %d is written, marker %d stands for it\n", k, issued, entry[k].mark)
           fi;
           entry[k].dirty = true; entry[k].ver = issued; entry[k].acked = issued; check() }
    od
}

#define FIRST (stream[1] != 0 || stream[2] != 0 || stream[3] != 0 || stream[4] != 0 || stream[5] != 0 || stream[6] != 0)

proctype Worker(byte me) {
    byte token, upto, i, k, cut;
    byte batch[8];                                  /* the markers that this take has read */
    byte v[2], mark[2];
    bool left[2], looked;
    do
    :: atomic { owner == 0 && FIRST -> owner = me; fence++; token = fence;
       SAY2("worker %d gets the lease with token %d\n", me, token) }

    :: atomic { HOLDS_LEASE && FIRST ->             /* XRANGE COUNT */
           upto = 0; left[0] = false; left[1] = false; v[0] = 0; v[1] = 0; looked = false;
           i = 1;
           do
           :: i <= IDS && stream[i] != 0 -> batch[i] = stream[i]; left[stream[i] - 1] = true; upto = i; i++;
              if :: true :: break fi                /* as many as fit */
           :: i <= IDS && stream[i] == 0 -> batch[i] = 0; i++
           :: i > IDS -> break
           od;
           SAY2("worker %d reads the markers up to %d\n", me, upto) }
       if
       :: atomic { HOLDS_LEASE -> if :: upto > watermark -> watermark = upto :: else fi;
          SAY2("worker %d takes them: watermark %d\n", me, watermark) }
       :: atomic {                                  /* a redirect: the look at the entries comes first */
              looked = true; k = 0;
              do
              :: k < 2 -> v[k] = (left[k] && entry[k].dirty -> entry[k].ver : 0); mark[k] = entry[k].mark; k++
              :: k == 2 -> break
              od;
              SAY1("worker %d looks at the entries before its take\n", me) }
          atomic { HOLDS_LEASE -> if :: upto > watermark -> watermark = upto :: else fi;
             SAY2("worker %d takes them: watermark %d\n", me, watermark) }
       :: atomic { !HOLDS_LEASE -> goto again }
       fi;
       atomic {                                     /* MGET; what is not dirty needs its marker no more: XDEL */
           k = 0;
           do
           :: k < 2 ->
              if :: !looked -> v[k] = (left[k] && entry[k].dirty -> entry[k].ver : 0); mark[k] = entry[k].mark :: else fi;
              if
              :: left[k] && v[k] == 0 ->
                 left[k] = false; i = 1;
                 do
                 :: i <= upto && batch[i] != k + 1 -> i++
                 :: i <= upto && batch[i] == k + 1 -> stream[i] = 0; break
                 :: i > upto -> break
                 od
              :: else
              fi;
              k++
           :: k == 2 -> break
           od;
           SAY2("worker %d has version %d of key 0, ", me, v[0]); SAY1("%d of key 1\n", v[1]); check() }
       if
       :: skip
       :: atomic { crashes > 0 -> crashes--; SAY1("worker %d crashes\n", me); goto again }
       fi;
       atomic {                                     /* save: the guard of upsert.sql */
           if :: v[0] > entry[0].row -> entry[0].row = v[0] :: else fi;
           if :: v[1] > entry[1].row -> entry[1].row = v[1] :: else fi;
           SAY1("worker %d saves\n", me) }
       atomic {                                     /* settle.lua */
           if
           :: !HOLDS_LEASE -> SAY1("worker %d may not settle: its lease is lost\n", me); goto again
           :: else
           fi;
           k = 0;
           do
           :: k < 2 ->
              if
              :: v[k] != 0 && entry[k].dirty && ENDS(k) -> entry[k].dirty = false; left[k] = false;
                 printf("worker %d settles key %d: clean\n", me, k)
#ifdef CUT_ALL
              :: v[k] != 0 && entry[k].dirty && !ENDS(k) -> left[k] = false
#else
              :: v[k] != 0 && entry[k].dirty && !ENDS(k) -> left[k] = (mark[k] == entry[k].mark)
#endif
              :: v[k] != 0 && !entry[k].dirty -> left[k] = false
              :: v[k] == 0 -> skip
              fi;
              k++
           :: k == 2 -> break
           od;
           check() }
       atomic {                                     /* TakenBatch.CutOff, cut.lua */
           if
           :: !HOLDS_LEASE -> goto again
           :: else
           fi;
           cut = 0; i = 1;
           do
           :: i <= upto && (batch[i] == 0 || !left[batch[i] - 1]) -> cut = i; i++
#ifdef CUT_GAPS
           :: i <= upto && batch[i] != 0 && left[batch[i] - 1] -> i++
#else
           :: i <= upto && batch[i] != 0 && left[batch[i] - 1] -> break
#endif
           :: i > upto -> break
           od;
           i = 1;
           do
           :: i <= cut -> stream[i] = 0; i++
           :: i > cut -> break
           od;
           SAY2("worker %d cuts the queue up to marker %d\n", me, cut); check() }
again: atomic { upto = 0; v[0] = 0; v[1] = 0; mark[0] = 0; mark[1] = 0; left[0] = false; left[1] = false; looked = false;
   cut = 0; k = 0; i = 1;
           do :: i <= IDS -> batch[i] = 0; i++ :: else -> break od; i = 0 }
    od
}

proctype Time() {
    do
    :: atomic { owner != 0 && expiries > 0 -> expiries--; SAY1("the lease of worker %d runs out\n", owner); owner = 0 }
    od
}

proctype Judge() {
    timeout -> SAY("nothing is left to do\n"); assert(!entry[0].dirty && !entry[1].dirty)
}

init {
    atomic { entry[0].row = 1; entry[1].row = 1; entry[0].acked = 1; entry[1].acked = 1;
        run Writer(); run Worker(1); run Worker(2); run Time(); run Judge() }
}
