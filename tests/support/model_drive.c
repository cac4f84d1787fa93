/* SPDX-License-Identifier: Apache-2.0 */
/* model_drive.c: what a test does to the model file system: habits, faults, deaths, and looking at
 * files. See model_io.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model_files.h"

const struct io *model_table(struct model_io *m)
{
    return &m->io;
}

void model_behave(struct model_io *m, struct model_habits habits)
{
    pthread_mutex_lock(&m->mtx);
    m->habits = habits;
    pthread_mutex_unlock(&m->mtx);
}

void model_fail(struct model_io *m, struct model_fault fault)
{
    pthread_mutex_lock(&m->mtx);
    CHECK(m->fault_count < MODEL_FAULTS);
    m->faults[m->fault_count++] = fault;
    pthread_mutex_unlock(&m->mtx);
}

void model_heal(struct model_io *m)
{
    pthread_mutex_lock(&m->mtx);
    m->fault_count = 0;
    pthread_mutex_unlock(&m->mtx);
}

void model_set_disk(struct model_io *m, uint64_t bytes)
{
    pthread_mutex_lock(&m->mtx);
    m->disk = bytes;
    pthread_mutex_unlock(&m->mtx);
}

uint64_t model_used(struct model_io *m)
{
    uint64_t used;

    pthread_mutex_lock(&m->mtx);
    used = m->used;
    pthread_mutex_unlock(&m->mtx);
    return used;
}

void model_die_at(struct model_io *m, uint64_t n)
{
    pthread_mutex_lock(&m->mtx);
    m->die_at = n;
    pthread_mutex_unlock(&m->mtx);
}

bool model_is_dead(struct model_io *m)
{
    bool dead;

    pthread_mutex_lock(&m->mtx);
    dead = m->dead;
    pthread_mutex_unlock(&m->mtx);
    return dead;
}

uint64_t model_calls(struct model_io *m, enum model_call call)
{
    uint64_t calls;

    pthread_mutex_lock(&m->mtx);
    calls = m->calls[call];
    pthread_mutex_unlock(&m->mtx);
    return calls;
}

const char *model_last_call(struct model_io *m)
{
    return m->last;
}

/* Descriptors, maps and locks go with the process; so does what it stored after its death. */
static size_t end_process(struct model_io *m)
{
    size_t left = 0;

    if (!m->dead)
        model_watch_maps(m);
    for (int i = 0; i < MODEL_FDS; i++) {
        left += m->fds[i].inode != NULL;
        m->fds[i] = (struct model_fd){.inode = NULL};
    }
    for (struct model_inode *f = m->all; f; f = f->next) {
        left += f->maps;
        f->fds = f->maps = 0;
        f->locked_by = NULL;
        if (f->writable_map && f->len)
            memcpy(f->bytes, f->shadow, f->len);
        f->writable_map = false;
        if (f != m->root && f->names == 0)
            model_release(m, f);
    }
    m->dead = false;
    m->die_at = 0;
    m->fault_count = 0;
    return left;
}

size_t model_kill(struct model_io *m)
{
    size_t left;

    pthread_mutex_lock(&m->mtx);
    left = end_process(m);
    model_collect(m);
    pthread_mutex_unlock(&m->mtx);
    return left;
}

static size_t cut_power(struct model_io *m, bool bare)
{
    size_t left;

    pthread_mutex_lock(&m->mtx);
    left = end_process(m);
    model_cut_power(m, bare);
    pthread_mutex_unlock(&m->mtx);
    return left;
}

size_t model_crash(struct model_io *m)
{
    return cut_power(m, false);
}

size_t model_crash_bare(struct model_io *m)
{
    return cut_power(m, true);
}

void model_sync_all(struct model_io *m)
{
    pthread_mutex_lock(&m->mtx);
    model_watch_maps(m);
    for (struct model_inode *f = m->all; f; f = f->next) {
        for (size_t i = 0; i < f->write_count; i++)
            f->writes[i].stuck = false;
        if (f->is_dir)
            model_sync_folder(m, f);
        else
            model_sync_file(f);
    }
    pthread_mutex_unlock(&m->mtx);
}

uint8_t *model_bytes(struct model_io *m, const char *path, size_t *len)
{
    struct model_inode *f;

    pthread_mutex_lock(&m->mtx);
    f = model_find(m, path, NULL, NULL);
    if (f)
        *len = f->len;
    pthread_mutex_unlock(&m->mtx);
    return f ? f->bytes : NULL;
}

static void put(struct model_io *m, struct model_inode *dir, const char *name, const void *bytes,
                size_t len, mode_t mode)
{
    struct model_entry *e = model_entry(&dir->live, name);
    struct model_inode *f = e ? e->inode : model_inode_new(m, false, mode);

    CHECK(!f->is_dir);
    model_drop_writes(f);
    f->names = 1;
    CHECK(model_resize(m, f, len));
    if (len)
        memcpy(f->bytes, bytes, len);
    model_disk_size(f, 0);
    model_disk_put(f, 0, bytes, len);
    model_entry_set(&dir->live, name, f);
    model_entry_set(&dir->durable, name, f);
}

void model_put(struct model_io *m, const char *path, const void *bytes, size_t len)
{
    struct model_inode *dir;
    const char *name;

    pthread_mutex_lock(&m->mtx);
    model_find(m, path, &dir, &name);
    CHECK(dir && dir->is_dir);
    put(m, dir, name, bytes, len, 0640);
    pthread_mutex_unlock(&m->mtx);
}

static void clone_folder(struct model_io *to, struct model_inode *into,
                         const struct model_inode *from)
{
    for (size_t i = 0; i < from->live.count; i++) {
        const struct model_entry *e = &from->live.list[i];

        if (e->inode->is_dir) {
            struct model_inode *dir = model_inode_new(to, true, e->inode->mode);

            dir->names = 1;
            model_entry_set(&into->live, e->name, dir);
            model_entry_set(&into->durable, e->name, dir);
            clone_folder(to, dir, e->inode);
        } else {
            put(to, into, e->name, e->inode->bytes, e->inode->len, e->inode->mode);
        }
    }
}

struct model_io *model_clone(struct model_io *m, uint64_t seed)
{
    struct model_io *copy = model_new(seed);

    pthread_mutex_lock(&m->mtx);
    clone_folder(copy, copy->root, m->root);
    pthread_mutex_unlock(&m->mtx);
    return copy;
}
