/* SPDX-License-Identifier: Apache-2.0 */
/* verify_keys.c: every byte of the files of keys (format: top of seen_run.c). What one of them lost is
 * no loss: it is made again from the segments. */
#include "journal/verify_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/mem.h"
#include "journal/seen_run.h"

struct names {
    struct seen_range *list;
    size_t count, cap;
};

static int take_name(void *ctx, const char *name)
{
    struct names *n = ctx;
    struct seen_range r = {.first = 0};

    if (seen_run_name_parse(name, &r.first, &r.last) < 0)
        return 0;
    if (n->count == n->cap) {
        n->cap = n->cap ? n->cap * 2 : 16;
        n->list = xrealloc(n->list, n->cap, sizeof *n->list);
    }
    n->list[n->count++] = r;
    return 0;
}

/* Whose key it is does not matter here. */
static uint32_t any_source(void *ctx, struct str name)
{
    (void)ctx;
    (void)name;
    return 1;
}

/* 1: all of it verifies, 0: not, -1 and errno. */
static int check_pages(const struct seen_files *f, const struct seen_run *run)
{
    struct seen_cursor c = {.run = NULL};
    uint64_t count = 0;
    int result = seen_cursor_begin(&c, run, f);

    while (result == 0 && c.has) {
        count++;
        result = seen_cursor_step(&c);
    }
    if (result < 0 && errno != EBADMSG)
        result = -1;
    else
        result = result == 0 && count == run->keys;
    seen_cursor_free(&c);
    return result;
}

/* As check_pages. Opening says "damaged" also where it could not read: then the file is asked. */
static int check_file(const struct seen_files *f, const struct seen_range *r)
{
    char name[SEEN_NAME_SIZE];
    AUTO_FREE char *path = NULL;
    struct seen_run *run = NULL;
    uint8_t byte;
    int fd, found = 0;

    for (int i = 0; i < 2 && found == 0; i++)
        found = seen_run_open(&run, f, r->first, r->last);
    if (found > 0) {
        found = check_pages(f, run);
        seen_run_drop(run, f);
        return found;
    }
    if (found < 0)
        return errno == ENOENT ? 1 : -1; /* deleted meanwhile: merged into another */
    seen_run_name(name, r->first, r->last);
    path = io_join(f->dir, name);
    fd = f->io->open(f->io, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return errno == ENOENT ? 1 : -1;
    found = io_read_full(f->io, fd, &byte, 1, 0) < 0 ? -1 : 0;
    f->io->close(f->io, fd);
    return found;
}

int verify_keys(const struct journal_verify_opts *o, const uint8_t id[16],
                void (*tell)(void *ctx, const struct journal_damage *damage), void *ctx,
                struct err *err)
{
    struct seen_files f;
    struct names n = {.list = NULL};
    int result = 0;

    seen_files_init(&f, o->io, o->dir, id);
    f.source_number = any_source;
    if (o->io->list(o->io, o->dir, take_name, &n) < 0)
        result = err_set(err, ERR_IO, "list %s: %s", o->dir, strerror(errno));
    for (size_t i = 0; i < n.count && result == 0; i++) {
        struct journal_damage d = {
            .what = "a file of keys does not verify: it is made again from the segments"};
        int found = check_file(&f, &n.list[i]);

        seen_run_name(d.file, n.list[i].first, n.list[i].last);
        if (found < 0)
            result = err_set(err, ERR_IO, "read %s in %s: %s", d.file, o->dir, strerror(errno));
        else if (found == 0)
            tell(ctx, &d);
    }
    free(n.list);
    return result;
}
