/* SPDX-License-Identifier: Apache-2.0 */
/* model_files.h: what the files of the model file system share: model_io.c (the table of calls),
 * model_files.c (inodes, names, what is durable of them), model_crash.c (what a power cut leaves).
 * Nobody else includes this. All of it with the model's mutex held. */
#pragma once
#include <pthread.h>

#include "base/check.h"
#include "base/mem.h"
#include "model_io.h"

enum { MODEL_FDS = 256, MODEL_FAULTS = 8, MODEL_BLOCK = 4096 };

struct model_inode;

struct model_entry {
    char *name;
    struct model_inode *inode;
};

struct model_entries {
    struct model_entry *list;
    size_t count, cap;
};

/* A change of a file that no fdatasync has written yet. */
struct model_write {
    bool is_size; /* the length becomes `at`; else `len` bytes at `at` */
    bool stuck; /* bytes that a sync failed on: never written by another one */
    uint64_t at;
    size_t len;
    uint8_t *bytes;
};

/* A change of a folder that no fsync_dir has written yet. */
struct model_naming {
    uint64_t id; /* the same in both folders of a rename between folders */
    char *unlinks; /* a name that goes, if it still leads to `inode`; or NULL */
    char *links; /* a name that comes, or is replaced; or NULL */
    struct model_inode *inode; /* NULL: whatever is there */
};

/* A value that a word had, stored through a map. */
struct model_store {
    size_t at;
    uint64_t value;
};

struct model_inode {
    struct model_inode *next; /* of all */
    bool is_dir, marked;
    mode_t mode;
    size_t names, fds, maps; /* live users: the space is free when there are none */
    bool writable_map;
    struct model_inode *locked_by; /* itself while an fd holds the lock */

    uint8_t *bytes, *disk; /* as it reads; as it is on the disk */
    size_t len, cap, disk_len, disk_cap;
    struct model_write *writes;
    size_t write_count, write_cap;

    uint8_t *shadow; /* the words of a writable map as of the last call */
    struct model_store *stores;
    size_t store_count, store_cap;

    struct model_entries live, durable; /* of a folder */
    struct model_naming *namings;
    size_t naming_count, naming_cap;
};

struct model_fd {
    struct model_inode *inode; /* NULL: free */
    bool writable, locks;
};

struct model_io {
    struct io io;
    pthread_mutex_t mtx;
    uint64_t random;
    struct model_inode *all, *root;
    struct model_fd fds[MODEL_FDS];
    struct model_fault faults[MODEL_FAULTS];
    size_t fault_count;
    struct model_habits habits;
    uint64_t disk, used, die_at, naming_id;
    bool dead;
    uint64_t calls[MODEL_CALLS + 1];
    char last[96];
};

/* model_files.c */
struct model_inode *model_inode_new(struct model_io *m, bool is_dir, mode_t mode);
/* The inode that the path leads to; NULL and errno. With parent set: the folder it is in, and *name
 * its last part (within path), whether or not it is there. */
struct model_inode *model_find(struct model_io *m, const char *path, struct model_inode **parent,
                               const char **name);
struct model_entry *model_entry(struct model_entries *e, const char *name);
void model_entry_set(struct model_entries *e, const char *name, struct model_inode *inode);
void model_entry_remove(struct model_entries *e, const char *name);
/* Notes a change of the folder; takes nothing, copies the names. */
void model_note_naming(struct model_inode *dir, uint64_t id, const char *unlinks, const char *links,
                       struct model_inode *inode);
void model_apply_naming(struct model_entries *e, const struct model_naming *n);
/* Makes what is not stuck durable. */
void model_sync_folder(struct model_io *m, struct model_inode *dir);
void model_sync_file(struct model_inode *f);

/* Bytes as they read: the length becomes len (bytes that come are zero). False: the disk is full. */
bool model_resize(struct model_io *m, struct model_inode *f, uint64_t len);
void model_note_write(struct model_inode *f, bool is_size, uint64_t at, const void *bytes,
                      size_t len);
/* Puts a write, or zeros or a length, into a disk image. */
void model_disk_size(struct model_inode *f, uint64_t len);
void model_disk_put(struct model_inode *f, uint64_t at, const void *bytes, size_t len);
void model_drop_writes(struct model_inode *f);
void model_drop_namings(struct model_inode *dir);
/* Looks for stores through writable maps since the last call. */
void model_watch_maps(struct model_io *m);
/* Frees what no name, live or durable, and no descriptor leads to. */
void model_collect(struct model_io *m);
/* Gives back the disk's space where nobody uses the inode any more. */
void model_release(struct model_io *m, struct model_inode *f);

/* model_crash.c */
/* Bare: nothing that was not synced is kept. */
void model_cut_power(struct model_io *m, bool bare);
