/*
 * A removal by tag, in the memory tier, where removers and fills share no lock (TagTable.cs: "order of memory"). On Redis each of
 * these steps is one script, which is a part of what is checked here. Entry and row carry the tag; the entry is loaded, and others
 * change its row before they remove the tag.
 *
 * HOLDS   once a removal has returned, no clean copy and no load from before it answers
 * MUTANT  BORN_LATE             a fill reads the number of the last removal after it looked for removals
 * MUTANT  FILL_FORGETS_REMOVAL  a fill does not look for removals since its lease
 * MUTANT  STAMP_AT_FILL         a load counts from its fill, not from its lease
 * MUTANT  NUMBER_FIRST          the number is published before the removal is in the table
 * MUTANT  SETTLED_AS_NEW        what was dirty during a removal counts from its settlement, not from its write
 */
#include "common.pml"

bool present, dirty;
byte ver, stamp;        /* StampedTags.cs: the last removal that the entry is known to have outlived */
byte newest, removal;   /* TagTable.cs: the number of the last removal; what the table says of this tag */
byte must = 1;          /* ghost: no clean copy may answer with less */

#ifdef FULL
byte changes = 2, writes = 1;
#define LOADERS run Loader(1); run Loader(2)
#else
byte changes = 1, writes = 1;
#define LOADERS run Loader(1); run Loader(2)
#endif

/* LeasedLoad.cs, FillStep.cs */
proctype Loader(byte me) {
    byte since, born, loaded;
    bool isRemoved;
    atomic { !present -> since = newest; SAY2("process %d gets a fill lease, with the number %d\n", me, since) }
    loaded = row; SAY2("process %d loads version %d\n", me, loaded);
#ifdef STAMP_AT_FILL
    since = newest;
#endif
#ifndef BORN_LATE
    born = newest;
#endif
#ifdef FILL_FORGETS_REMOVAL
    isRemoved = false;
#else
    isRemoved = (newest != since && removal > since);
#endif
#ifdef BORN_LATE
    born = newest;
#endif
    atomic {
        if
        :: isRemoved || present -> SAY1("process %d does not fill\n", me)
        :: else -> present = true; dirty = false; ver = loaded; stamp = born;
           SAY2("process %d fills with version %d\n", me, loaded)
        fi }
}

/* CleanEntry.ReadAt, TagTable.IsRemoved */
proctype Reader() {
    byte least, number, found, since, i;
    bool isRemoved, wasDirty;
    do
    :: i < 2 -> i++;
       atomic { present -> least = must; found = ver; wasDirty = dirty; since = stamp; number = newest }
       isRemoved = (since != number && removal > since);
       atomic {
           if
           :: wasDirty -> skip
           :: !wasDirty && isRemoved -> SAY1("a reader finds version %d removed\n", found);
              if :: present && !dirty && ver == found -> present = false :: else fi
           :: !wasDirty && !isRemoved -> SAY1("a reader gets version %d\n", found); assert(found >= least);
              if :: present && ver == found -> stamp = number :: else fi
           fi }
    :: i == 2 -> break
    od
}

/* WriteStep.cs, FlushStep.cs: an entry that is dirty stays; once stored it is as old as its write */
proctype Writer() {
    byte mine;
    atomic { writes > 0 -> writes--; issued++; mine = issued; ver = mine; present = true; dirty = true; stamp = newest;
       SAY1("version %d is written\n", mine) }
    atomic { save(mine); SAY1("version %d is saved\n", mine) }
    atomic {
        dirty = false; ver = mine;
#ifdef SETTLED_AS_NEW
        stamp = newest;
#endif
        SAY1("version %d is settled\n", mine) }
}

/* InvalidateStep.RemoveByTag, remove-tags.lua */
proctype Remover() {
    byte number, changed;
    do
    :: atomic { changes > 0 -> changes--; issued++; changed = issued; row = changed;
       SAY1("others write version %d into the store\n", changed) }
       number = newest + 1;
#ifdef NUMBER_FIRST
       newest = number;
       removal = number;
#else
       removal = number;
       newest = number;
#endif
       atomic { if :: changed > must -> must = changed :: else fi; SAY1("the tag is removed, with the number %d\n", number) }
    od
}

init {
    atomic { LOADERS; run Reader(); run Writer(); run Remover() }
}
