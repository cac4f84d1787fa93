/* SPDX-License-Identifier: Apache-2.0 */
/* seen_run.h: one file of keys: written once, then only read.
 *
 * A run holds the keys of all records of a range of positions. One lookup reads one page of 4 KiB, a
 * few in a hundred a second one. What does not verify is told apart from "not there": EBADMSG.
 * Format: top of seen_run.c. Threads: a run can be read by several at once; a writer or a cursor
 * has one owner. */
#pragma once
#include <stdatomic.h>

#include "journal/journal.h"
#include "journal/segment.h"

enum {
    SEEN_PAGE_BYTES = 4096,
    SEEN_PAGE_KEYS = 170,
    SEEN_PAGE_FILL = 146, /* keys a page on average, so that few run over */
    SEEN_CLASSES_MAX = 65535,
    SEEN_NAME_SIZE = 48, /* a file's name with its NUL */
};

/* What all runs of a journal share. */
struct seen_files {
    const struct io *io;
    const char *dir;
    uint8_t journal[SEGMENT_ID_BYTES];
    uint64_t seed[3];
    /* as in journal_opts */
    struct str (*source_name)(void *ctx, uint32_t number);
    uint32_t (*source_number)(void *ctx, struct str name);
    void *ctx;
};

/* A kind and a source: what is left of a key beside its id. */
struct seen_class {
    uint8_t kind;
    uint32_t source; /* the process's number */
};

/* As on the disk, but for the order of bytes. */
struct seen_entry {
    uint8_t id[16];
    uint64_t place; /* position << 16 | class */
};

struct seen_item {
    uint64_t hash;
    struct seen_entry entry;
};

struct seen_range {
    int64_t first, last; /* positions, both included */
    int64_t complete_from; /* keys before it were forgotten on purpose when this was written */
    int64_t since_us, clock_us; /* the journal's clock before and behind its keys; see seen.h */
};

struct seen_run {
    _Atomic unsigned users;
    struct seen_range range;
    uint64_t keys, table_pages, pages; /* pages: with those that the last ones ran over into */
    size_t header_bytes;
    struct seen_class *classes;
    size_t class_count;
    int fd;
};

void seen_files_init(struct seen_files *f, const struct io *io, const char *dir,
                     const uint8_t journal[SEGMENT_ID_BYTES]);

static inline uint64_t seen_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 p = (unsigned __int128)a * b;

    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

/* The same for equal ids in all files of the journal, and not to be guessed without its id. */
static inline uint64_t seen_hash(const struct seen_files *f, const uint8_t id[16])
{
    uint64_t a, b;

    memcpy(&a, id, 8);
    memcpy(&b, id + 8, 8);
    return seen_fold(seen_fold(a ^ f->seed[0], b ^ f->seed[1]) ^ f->seed[2], f->seed[0]);
}

/* The page of a table that a hash belongs to. */
static inline uint64_t seen_page_of(uint64_t hash, uint64_t pages)
{
    return (uint64_t)((unsigned __int128)hash * pages >> 64);
}

static inline int64_t seen_position(uint64_t place)
{
    return (int64_t)(place >> 16);
}

/* Names are both positions in 15 digits and ".ids". */
void seen_run_name(char out[SEEN_NAME_SIZE], int64_t first, int64_t last);
/* 0, or -1 for any other name. */
int seen_run_name_parse(const char *name, int64_t *first, int64_t *last);

/* 1; 0 where the file is damaged, cannot be read or is none of this journal; -1: cannot be opened
 * (errno). The caller owns one use of *out. */
int seen_run_open(struct seen_run **out, const struct seen_files *f, int64_t first, int64_t last);
void seen_run_drop(struct seen_run *run, const struct seen_files *f);
/* The position of the key, 0: not there; -1: cannot be read (errno), EBADMSG for damage. *reads is
 * counted up by the pages that were read. */
int64_t seen_run_find(const struct seen_run *run, const struct seen_files *f, uint64_t hash,
                      enum journal_kind kind, const struct journal_key *key, uint64_t *reads);

/* Goes over the entries of a run in the order of their hashes. */
struct seen_cursor {
    const struct seen_run *run;
    const struct seen_files *f;
    uint8_t *pages; /* some of the run's, from `from` on */
    uint64_t from, to, page;
    unsigned at, count; /* in the page */
    bool has;
    struct seen_item item;
};

/* 0 or -1 as seen_run_find; to be freed in any case. */
int seen_cursor_begin(struct seen_cursor *c, const struct seen_run *run,
                      const struct seen_files *f);
int seen_cursor_step(struct seen_cursor *c);
void seen_cursor_free(struct seen_cursor *c);
