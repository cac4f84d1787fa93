/* SPDX-License-Identifier: Apache-2.0 */
/* model_files.c: inodes and names of the model file system, each in two states: as they read, and as
 * they are on the disk, with the list of changes between the two. See model_io.h. */
#include "model_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct model_inode *model_inode_new(struct model_io *m, bool is_dir, mode_t mode)
{
    struct model_inode *f = xcalloc(1, sizeof *f);

    f->is_dir = is_dir;
    f->mode = mode;
    f->next = m->all;
    m->all = f;
    return f;
}

struct model_entry *model_entry(struct model_entries *e, const char *name)
{
    for (size_t i = 0; i < e->count; i++)
        if (strcmp(e->list[i].name, name) == 0)
            return &e->list[i];
    return NULL;
}

void model_entry_set(struct model_entries *e, const char *name, struct model_inode *inode)
{
    struct model_entry *found = model_entry(e, name);

    if (found) {
        found->inode = inode;
        return;
    }
    if (e->count == e->cap) {
        e->cap = e->cap ? e->cap * 2 : 8;
        e->list = xrealloc(e->list, e->cap, sizeof *e->list);
    }
    e->list[e->count++] = (struct model_entry){.name = xstrdup(name), .inode = inode};
}

void model_entry_remove(struct model_entries *e, const char *name)
{
    struct model_entry *found = model_entry(e, name);

    if (!found)
        return;
    free(found->name);
    *found = e->list[--e->count];
}

/* "a/b", "./a/b" and "/a/b" are the same. */
struct model_inode *model_find(struct model_io *m, const char *path, struct model_inode **parent,
                               const char **name)
{
    struct model_inode *at = m->root, *in = m->root;
    const char *last = "";

    while (*path) {
        AUTO_FREE char *part = NULL;
        size_t len = strcspn(path, "/");
        struct model_entry *e;

        if (len == 0 || (len == 1 && path[0] == '.')) {
            path += len + (path[len] == '/');
            continue;
        }
        if (!at || !at->is_dir) {
            errno = at ? ENOTDIR : ENOENT;
            if (parent)
                *parent = NULL;
            return NULL;
        }
        in = at;
        last = path;
        part = xmemdup(path, len);
        e = model_entry(&in->live, part);
        at = e ? e->inode : NULL;
        path += len;
        path += strspn(path, "/");
    }
    if (parent)
        *parent = in;
    if (name)
        *name = last;
    errno = ENOENT;
    return at;
}

void model_note_naming(struct model_inode *dir, uint64_t id, const char *unlinks, const char *links,
                       struct model_inode *inode)
{
    if (dir->naming_count == dir->naming_cap) {
        dir->naming_cap = dir->naming_cap ? dir->naming_cap * 2 : 8;
        dir->namings = xrealloc(dir->namings, dir->naming_cap, sizeof *dir->namings);
    }
    dir->namings[dir->naming_count++] =
        (struct model_naming){.id = id,
                              .unlinks = unlinks ? xstrdup(unlinks) : NULL,
                              .links = links ? xstrdup(links) : NULL,
                              .inode = inode};
}

void model_apply_naming(struct model_entries *e, const struct model_naming *n)
{
    struct model_entry *old = n->unlinks ? model_entry(e, n->unlinks) : NULL;

    if (old && old->inode == n->inode)
        model_entry_remove(e, n->unlinks);
    if (n->links)
        model_entry_set(e, n->links, n->inode);
}

static void naming_free(struct model_naming *n)
{
    free(n->unlinks);
    free(n->links);
}

void model_drop_namings(struct model_inode *dir)
{
    for (size_t i = 0; i < dir->naming_count; i++)
        naming_free(&dir->namings[i]);
    dir->naming_count = 0;
}

/* The other half of a rename between folders is in the same transaction. */
static void sync_twin(struct model_io *m, const struct model_inode *dir, uint64_t id)
{
    for (struct model_inode *d = m->all; d; d = d->next) {
        for (size_t i = 0; d != dir && i < d->naming_count; i++) {
            if (d->namings[i].id != id)
                continue;
            model_apply_naming(&d->durable, &d->namings[i]);
            naming_free(&d->namings[i]);
            memmove(d->namings + i, d->namings + i + 1,
                    (--d->naming_count - i) * sizeof *d->namings);
        }
    }
}

void model_sync_folder(struct model_io *m, struct model_inode *dir)
{
    for (size_t i = 0; i < dir->naming_count; i++) {
        struct model_naming *n = &dir->namings[i];

        model_apply_naming(&dir->durable, n);
        if (n->id)
            sync_twin(m, dir, n->id);
        naming_free(n);
    }
    dir->naming_count = 0;
}

static uint8_t *with_room(uint8_t *bytes, size_t *cap, uint64_t need)
{
    size_t old = *cap;

    if (need <= old)
        return bytes;
    while (*cap < need)
        *cap = *cap ? *cap * 2 : MODEL_BLOCK;
    bytes = xrealloc(bytes, *cap, 1);
    memset(bytes + old, 0, *cap - old);
    return bytes;
}

static uint64_t blocks(uint64_t len)
{
    return (len + MODEL_BLOCK - 1) / MODEL_BLOCK * MODEL_BLOCK;
}

bool model_resize(struct model_io *m, struct model_inode *f, uint64_t len)
{
    uint64_t used = m->used - blocks(f->len) + blocks(len);

    if (len > f->len && used > m->used && used > m->disk)
        return false;
    CHECK(len <= f->cap || f->maps == 0); /* a map's bytes stay where they are */
    f->bytes = with_room(f->bytes, &f->cap, len);
    if (len < f->len)
        memset(f->bytes + len, 0, f->len - len);
    f->len = len;
    m->used = used;
    return true;
}

void model_release(struct model_io *m, struct model_inode *f)
{
    if (f->names || f->fds || f->maps)
        return;
    m->used -= blocks(f->len);
    f->len = 0;
}

void model_note_write(struct model_inode *f, bool is_size, uint64_t at, const void *bytes,
                      size_t len)
{
    if (f->write_count == f->write_cap) {
        f->write_cap = f->write_cap ? f->write_cap * 2 : 8;
        f->writes = xrealloc(f->writes, f->write_cap, sizeof *f->writes);
    }
    f->writes[f->write_count++] =
        (struct model_write){.is_size = is_size,
                             .at = at,
                             .len = len,
                             .bytes = len ? (uint8_t *)xmemdup(bytes, len) : NULL};
}

void model_disk_size(struct model_inode *f, uint64_t len)
{
    f->disk = with_room(f->disk, &f->disk_cap, len);
    if (len < f->disk_len)
        memset(f->disk + len, 0, f->disk_len - len);
    f->disk_len = len;
}

void model_disk_put(struct model_inode *f, uint64_t at, const void *bytes, size_t len)
{
    if (at + len > f->disk_len)
        model_disk_size(f, at + len);
    if (len)
        memcpy(f->disk + at, bytes, len);
}

void model_drop_writes(struct model_inode *f)
{
    for (size_t i = 0; i < f->write_count; i++)
        free(f->writes[i].bytes);
    f->write_count = 0;
    f->store_count = 0;
}

/* What a failed sync left behind is not written over what came later: [at, end) of it is gone. Where
 * that is in its middle, the longer side stays. */
static void trim(struct model_write *w, uint64_t at, uint64_t end)
{
    uint64_t from = w->at, to = w->at + w->len;

    if (w->is_size || end <= from || at >= to)
        return;
    if ((at > from ? at - from : 0) >= (end < to ? to - end : 0)) {
        w->len = at > from ? (size_t)(at - from) : 0;
        return;
    }
    memmove(w->bytes, w->bytes + (end - from), (size_t)(to - end));
    w->at = end;
    w->len = (size_t)(to - end);
}

void model_sync_file(struct model_inode *f)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->write_count; i++) {
        struct model_write w = f->writes[i];

        if (w.stuck) {
            if (w.at + w.len > f->disk_len)
                model_disk_size(f, w.at + w.len); /* lengths are the file system's own, not data */
            f->writes[kept++] = w;
            continue;
        }
        for (size_t k = 0; k < kept; k++)
            trim(&f->writes[k], w.at, w.is_size ? UINT64_MAX : w.at + w.len);
        if (w.is_size)
            model_disk_size(f, w.at);
        else
            model_disk_put(f, w.at, w.bytes, w.len);
        free(w.bytes);
    }
    f->write_count = kept;
    for (size_t i = 0; i < f->store_count; i++)
        model_disk_put(f, f->stores[i].at, &f->stores[i].value, 8);
    f->store_count = 0;
}

static void watch_map(struct model_inode *f)
{
    for (size_t at = 0; at + 8 <= f->len; at += 8) {
        uint64_t now = __atomic_load_n((uint64_t *)(void *)(f->bytes + at), __ATOMIC_ACQUIRE);

        if (memcmp(f->shadow + at, &now, 8) == 0)
            continue;
        memcpy(f->shadow + at, &now, 8);
        if (f->store_count == f->store_cap) {
            f->store_cap = f->store_cap ? f->store_cap * 2 : 64;
            f->stores = xrealloc(f->stores, f->store_cap, sizeof *f->stores);
        }
        f->stores[f->store_count++] = (struct model_store){.at = at, .value = now};
    }
}

void model_watch_maps(struct model_io *m)
{
    for (struct model_inode *f = m->all; f; f = f->next)
        if (f->writable_map && f->maps)
            watch_map(f);
}

static void mark(struct model_inode *f)
{
    if (f->marked)
        return;
    f->marked = true;
    for (size_t i = 0; i < f->live.count; i++)
        mark(f->live.list[i].inode);
    for (size_t i = 0; i < f->durable.count; i++)
        mark(f->durable.list[i].inode);
    for (size_t i = 0; i < f->naming_count; i++)
        if (f->namings[i].inode)
            mark(f->namings[i].inode);
}

static void entries_free(struct model_entries *e)
{
    for (size_t i = 0; i < e->count; i++)
        free(e->list[i].name);
    free(e->list);
}

static void inode_free(struct model_inode *f)
{
    model_drop_writes(f);
    model_drop_namings(f);
    entries_free(&f->live);
    entries_free(&f->durable);
    free(f->bytes);
    free(f->disk);
    free(f->writes);
    free(f->shadow);
    free(f->stores);
    free(f->namings);
    free(f);
}

void model_collect(struct model_io *m)
{
    struct model_inode **at = &m->all;

    for (struct model_inode *f = m->all; f; f = f->next)
        f->marked = f->fds || f->maps;
    if (m->root)
        mark(m->root);
    while (*at) {
        struct model_inode *f = *at;

        if (f->marked) {
            at = &f->next;
            continue;
        }
        *at = f->next;
        inode_free(f);
    }
}
