/* SPDX-License-Identifier: Apache-2.0 */
/* model_crash.c: what a power cut leaves of the model file system: any of the states that its header
 * allows, chosen by the seed. */
#include <stdlib.h>
#include <string.h>

#include "model_files.h"

enum fate { FATE_NONE, FATE_ALL, FATE_PREFIX, FATE_EACH, FATE_SHUFFLED, FATES };

static const size_t units[] = {1, 512, MODEL_BLOCK};

static uint64_t below(struct model_io *m, uint64_t n)
{
    return model_below(&m->random, n);
}

/* Puts [from, to) of the write on the disk: as it is, as zeros, or as rubbish. What it does not change
 * is not harmed: a block that is written again as it was has no other version. */
static void put_part(struct model_io *m, struct model_inode *f, const struct model_write *w,
                     size_t from, size_t to, unsigned how)
{
    AUTO_FREE uint8_t *other = NULL;

    if (from >= to)
        return;
    if (how == 0) {
        model_disk_put(f, w->at + from, w->bytes + from, to - from);
        return;
    }
    other = xcalloc(1, to - from);
    for (size_t i = 0; i < to - from; i++) {
        uint64_t at = w->at + from + i;

        if (at < f->disk_len && f->disk[at] == w->bytes[from + i])
            other[i] = f->disk[at];
        else if (how == 2)
            other[i] = (uint8_t)below(m, 256);
    }
    model_disk_put(f, w->at + from, other, to - from);
}

/* Where, from `from` on, the next tear may be: a multiple of the unit in the file. */
static size_t next_tear(const struct model_write *w, size_t from, size_t unit)
{
    size_t to = (size_t)((w->at + from) / unit * unit + unit - w->at);

    return to < w->len ? to : w->len;
}

/* Each unit, or run of bytes, for itself. */
static void put_mixed(struct model_io *m, struct model_inode *f, const struct model_write *w,
                      size_t unit, unsigned worst)
{
    for (size_t from = 0, to; from < w->len; from = to) {
        unsigned how = (unsigned)below(m, worst + 2);

        to = unit == 1 ? from + 1 + below(m, w->len - from) : next_tear(w, from, unit);
        if (how <= worst)
            put_part(m, f, w, from, to, how);
    }
}

static void put_somehow(struct model_io *m, struct model_inode *f, const struct model_write *w)
{
    size_t unit = units[below(m, ARRAY_LEN(units))], cut;

    if (w->is_size) {
        if (below(m, 2))
            model_disk_size(f, w->at);
        return;
    }
    if (w->len == 0)
        return;
    cut = next_tear(w, below(m, w->len), unit);
    switch (below(m, 7)) {
    case 0: return;
    case 1: put_part(m, f, w, 0, w->len, 0); return;
    case 2: /* torn */ put_part(m, f, w, 0, cut, 0); return;
    case 3: /* the end came first */ put_part(m, f, w, cut, w->len, 0); return;
    default: put_mixed(m, f, w, unit, (unsigned)below(m, 3));
    }
}

static void put_whole(struct model_inode *f, const struct model_write *w)
{
    if (w->is_size)
        model_disk_size(f, w->at);
    else
        model_disk_put(f, w->at, w->bytes, w->len);
}

static void shuffle(struct model_io *m, struct model_inode *f)
{
    for (size_t i = f->write_count; i > 1; i--) {
        size_t k = below(m, i);
        struct model_write w = f->writes[i - 1];

        f->writes[i - 1] = f->writes[k];
        f->writes[k] = w;
    }
}

/* Each word that was stored through a map has one of its values. */
static void settle_stores(struct model_io *m, struct model_inode *f)
{
    for (size_t i = 0; i < f->store_count; i++)
        if (below(m, 2))
            model_disk_put(f, f->stores[i].at, &f->stores[i].value, 8);
}

static void settle_file(struct model_io *m, struct model_inode *f)
{
    enum fate fate = (enum fate)below(m, FATES);
    size_t kept = f->write_count ? below(m, f->write_count) : 0;

    if (fate == FATE_SHUFFLED)
        shuffle(m, f);
    for (size_t i = 0; i < f->write_count && fate != FATE_NONE; i++) {
        if (fate == FATE_ALL || (fate == FATE_PREFIX && i < kept))
            put_whole(f, &f->writes[i]);
        else if (fate != FATE_PREFIX || i == kept)
            put_somehow(m, f, &f->writes[i]);
    }
    settle_stores(m, f);
}

/* Both halves of a rename between folders are decided by its number. */
static bool keeps(struct model_io *m, const struct model_naming *n, uint64_t salt)
{
    uint64_t state = (n->id ^ salt) | 1;

    return n->id ? model_random(&state) & 1 : below(m, 2);
}

static void settle_folder(struct model_io *m, struct model_inode *dir, uint64_t salt)
{
    enum fate fate = (enum fate)below(m, FATE_SHUFFLED);
    size_t prefix = dir->naming_count ? below(m, dir->naming_count) : 0;

    for (size_t i = 0; i < dir->naming_count; i++) {
        const struct model_naming *n = &dir->namings[i];
        bool kept = fate == FATE_ALL || (fate == FATE_PREFIX && i < prefix);

        if (n->id || fate == FATE_EACH)
            kept = keeps(m, n, salt);
        if (kept)
            model_apply_naming(&dir->durable, n);
    }
}

static void copy_entries(struct model_inode *dir)
{
    while (dir->live.count)
        model_entry_remove(&dir->live, dir->live.list[dir->live.count - 1].name);
    for (size_t i = 0; i < dir->durable.count; i++)
        model_entry_set(&dir->live, dir->durable.list[i].name, dir->durable.list[i].inode);
}

/* What is on the disk is what reads now. */
static void reread(struct model_io *m)
{
    uint64_t disk = m->disk;

    m->disk = UINT64_MAX;
    m->used = 0;
    for (struct model_inode *f = m->all; f; f = f->next) {
        f->names = 0;
        f->len = 0;
        if (f->is_dir)
            copy_entries(f);
    }
    for (struct model_inode *f = m->all; f; f = f->next) {
        for (size_t i = 0; i < f->live.count; i++)
            f->live.list[i].inode->names++;
        if (f->cap)
            memset(f->bytes, 0, f->cap);
        CHECK(model_resize(m, f, f->disk_len));
        if (f->len)
            memcpy(f->bytes, f->disk, f->len);
    }
    m->disk = disk;
}

void model_cut_power(struct model_io *m, bool bare)
{
    uint64_t salt = model_random(&m->random);

    for (struct model_inode *f = m->all; f; f = f->next) {
        if (f->is_dir && !bare)
            settle_folder(m, f, salt);
        else if (!bare)
            settle_file(m, f);
        model_drop_writes(f);
        model_drop_namings(f);
    }
    reread(m);
    model_collect(m);
}
