/* SPDX-License-Identifier: Apache-2.0 */
/* model_io.h: a `struct io` over a file system in memory that knows what is on the disk and what is
 * only in the page cache, so that a test can cut the power, kill the process or fail any call.
 *
 * What is durable: the bytes and length of a file as of its last fdatasync; a name (create, rename,
 * unlink, mkdir) as of the last fsync_dir of its folder. After model_crash all else is as the worst
 * disk might leave it: every unsynced write is kept, dropped, applied in another order, torn at 1,
 * 512 or 4096 bytes, garbled or zero-filled, within its own range; every unsynced name is kept or
 * forgotten; every 8-byte word that was stored through a map has any of the values that were in it
 * since the last sync. A rename is kept or forgotten as one.
 *
 * What it takes for granted: a write harms no byte outside its range, nor one that it does not change;
 * words stored through a map are never torn, a name never leads to another file than the one that was given it, and what
 * fdatasync or fsync_dir said is on the disk stays there.
 *
 * A process dies at a chosen call (model_die_at): from then on each call fails and changes nothing,
 * but close and unmap work, so that who used the table can be freed. Then model_kill or model_crash
 * begins the next process. All is decided by the seed. Threads: any; one mutex within. */
#pragma once
#include "base/io.h"

struct model_io; /* opaque */

enum model_call {
    MODEL_OPEN,
    MODEL_PREAD,
    MODEL_PWRITEV,
    MODEL_FDATASYNC,
    MODEL_FSYNC_DIR,
    MODEL_FALLOCATE,
    MODEL_FTRUNCATE,
    MODEL_RENAME,
    MODEL_UNLINK,
    MODEL_MKDIR,
    MODEL_LIST,
    MODEL_SIZE,
    MODEL_PERMISSIONS,
    MODEL_SPACE,
    MODEL_LOCK,
    MODEL_MAP,
    MODEL_CALLS,
    MODEL_ANY = MODEL_CALLS, /* for faults: whichever comes */
};

/* After `after` more calls of the kind one fails with `error`, or that and all that follow. */
struct model_fault {
    enum model_call call;
    uint64_t after;
    int error; /* EIO, ENOSPC, EDQUOT, EMFILE, ... */
    bool for_good;
};

/* How the file system behaves all the time. Zeros: as it should. */
struct model_habits {
    unsigned short_one_in; /* one read or write in so many moves fewer bytes than asked; 0: none */
    unsigned eintr_one_in; /* one read or write in so many fails with EINTR; 0: none */
    bool forgets_syncs; /* fdatasync does nothing: to show that a test notices */
    bool forgets_folder_syncs; /* the same for fsync_dir */
};

struct model_io *model_new(uint64_t seed);
void model_free(struct model_io *m);
const struct io *model_table(struct model_io *m);

void model_behave(struct model_io *m, struct model_habits habits);
/* At most 8 at once. A failing fdatasync leaves what it should have written in the page cache, as
 * Linux does: it reads well, later calls return 0 and do not write it, a power cut keeps any of it. A
 * failing fsync_dir loses nothing: the next one may do it. */
void model_fail(struct model_io *m, struct model_fault fault);
void model_heal(struct model_io *m);
/* The disk holds so many bytes (by blocks of 4096); UINT64_MAX: any number, which is how it begins. */
void model_set_disk(struct model_io *m, uint64_t bytes);
uint64_t model_used(struct model_io *m);

/* The process dies at the n-th call from now on that changes anything (1: the next), before or
 * after its effect; 0: never. */
void model_die_at(struct model_io *m, uint64_t n);
bool model_is_dead(struct model_io *m);
/* How many calls of a kind came; with MODEL_ANY, of all that change anything. */
uint64_t model_calls(struct model_io *m, enum model_call call);
/* What the last call was, or the one that it died at: "pwritev j/lock". */
const char *model_last_call(struct model_io *m);

/* The process ended: its page cache stays. No descriptor and no map may be left open; returns how
 * many were, and closes them. */
size_t model_kill(struct model_io *m);
/* The same, and the power was cut. */
size_t model_crash(struct model_io *m);
/* The same, and the disk kept nothing but what it had to. */
size_t model_crash_bare(struct model_io *m);
/* Makes all that there is durable. */
void model_sync_all(struct model_io *m);

/* A file's bytes as they read now, to look at and to change in place; NULL where there is none. */
uint8_t *model_bytes(struct model_io *m, const char *path, size_t *len);
/* Makes or replaces a file, durable at once. Its folder must be there. */
void model_put(struct model_io *m, const char *path, const void *bytes, size_t len);
/* A copy of the whole file system as it reads now, durable, with its own descriptors and faults. */
struct model_io *model_clone(struct model_io *m, uint64_t seed);

/* The numbers that decide: xorshift64*, also for who drives the model. */
uint64_t model_random(uint64_t *state);
/* Below n; n > 0. */
uint64_t model_below(uint64_t *state, uint64_t n);
