/* SPDX-License-Identifier: Apache-2.0 */
/* memory_io.h: a `struct io` with its files in memory, for tests and fuzzers that would be slow on a
 * disk or damage files on purpose. Knows one level of names: the part behind the last '/'. Not safe
 * from two threads but for the calls of one journal, which hold a mutex here. */
#pragma once
#include "base/io.h"

enum { MEMORY_FILES = 64, MEMORY_FDS = 64 };

struct memory_file {
    char name[48]; /* "": free */
    uint8_t *bytes;
    size_t len, cap;
    int refs; /* open descriptors and maps; a deleted file lives until they are gone */
};

struct memory_io {
    struct io io; /* give &m->io to who wants a table */
    struct memory_file *names[MEMORY_FILES];
    struct memory_file *fds[MEMORY_FDS];
    uint64_t available; /* what space() says; both by memory_io_room() while a journal is open */
    int no_new_files; /* errno of calls that ask for more room; 0: there is room */
    /* A call that is counted down to 0 fails, once, with the errno; negative: never. */
    int fail_write, fail_sync;
    int error;
    uint64_t writes, syncs; /* how many came */
    bool locked;
};

struct memory_io *memory_io_new(void);
void memory_io_free(struct memory_io *m);
/* From now on space() tells so many bytes, and calls that ask for more room fail with the errno, 0: with none. */
void memory_io_room(struct memory_io *m, uint64_t available, int refusal);
/* NULL where there is none. */
struct memory_file *memory_io_find(struct memory_io *m, const char *name);
/* Makes or replaces a file. */
void memory_io_put(struct memory_io *m, const char *name, const void *bytes, size_t len);
