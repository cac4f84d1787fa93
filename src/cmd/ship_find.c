/* SPDX-License-Identifier: Apache-2.0 */
/* ship_find.c: the files of a log's folder, held against the parts that are known.
 *
 * The files are the log's own name and what rotation makes of it: behind the name, or before its extension, a `.` or
 * `-` and then digits, dashes, dots, underscores and a T between date and time (access.log.1, access.log-20261122,
 * access-20261122.log, Caddy's access-2026-11-22T15-04-05.123.log). Compressed
 * ones are not read. In this order: a part that is open has its file; a part is found under its inode where the
 * bytes agree; a part is found in a copy, by its bytes; a copy of what is known is passed over, also one that
 * ends before the place reached; any other file is new. New ones that are older than the last look by a minute, or at the very first look, are none of ours. */
#include "cmd/ship_find.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"

enum {
    FILES_MAX = 500 /* open at once */,
    LOOKS = 5,
    LOOK_PAUSE_NS = 100000000,
    SLACK_US = 60000000
};

struct found {
    struct stat st;
    int fd;
    bool current, taken;
};

struct look {
    const struct ship_log *log;
    struct found files[FILES_MAX];
    size_t count, left_out;
    int log_errno; /* why the log itself could not be opened */
};

static bool is_rotation(struct str s)
{
    bool digit = false;

    if (s.len < 2 || (s.ptr[0] != '.' && s.ptr[0] != '-'))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!strchr("0123456789.-_T", s.ptr[i]))
            return false;
        digit |= s.ptr[i] >= '0' && s.ptr[i] <= '9';
    }
    return digit;
}

/* access.log.1, and access-1.log. */
static bool is_sibling(const char *base, const char *name)
{
    struct str whole = str_from(base), n = str_from(name), stem, extension;
    const char *dot = strrchr(base, '.');

    if (str_starts(n, whole) && is_rotation(str_slice(n, whole.len, n.len)))
        return true;
    if (!dot || dot == base)
        return false;
    extension = str_from(dot);
    stem = str_slice(whole, 0, whole.len - extension.len);
    return n.len > whole.len && str_starts(n, stem) && str_ends(n, extension) &&
           is_rotation(str_slice(n, stem.len, n.len - whole.len));
}

static int each_name(void *ctx, const char *name)
{
    struct look *look = ctx;
    bool current = strcmp(name, look->log->base) == 0;
    AUTO_FREE char *path = NULL;
    struct found f = {.current = current};

    if (!current && !is_sibling(look->log->base, name))
        return 0;
    if (look->count >= (current ? FILES_MAX : FILES_MAX - 1)) { /* the log itself has its place */
        look->left_out++;
        return 0;
    }
    path = io_join(look->log->dir, name);
    f.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (f.fd >= 0 && fstat(f.fd, &f.st) == 0 && S_ISREG(f.st.st_mode)) {
        for (size_t i = 0; i < look->count; i++) { /* renamed while we look: one file, two names */
            if (look->files[i].st.st_ino == f.st.st_ino) {
                look->files[i].current |= current;
                close(f.fd);
                return 0;
            }
        }
        look->files[look->count++] = f;
        return 0;
    }
    if (current)
        look->log_errno = f.fd < 0 ? errno : S_ISDIR(f.st.st_mode) ? EISDIR : EINVAL;
    if (f.fd >= 0)
        close(f.fd);
    return 0;
}

static int by_age(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    int64_t d;

    if (x->current != y->current)
        return x->current ? 1 : -1;
    d = (int64_t)x->st.st_mtim.tv_sec - y->st.st_mtim.tv_sec;
    d = d ? d : x->st.st_mtim.tv_nsec - y->st.st_mtim.tv_nsec;
    return (d > 0) - (d < 0);
}

static void forget_files(struct look *look)
{
    for (size_t i = 0; i < look->count; i++)
        if (look->files[i].fd >= 0)
            close(look->files[i].fd);
    look->count = look->left_out = 0;
}

/* The part reads this file from now on. */
static void give(struct ship_part *p, struct found *f)
{
    p->inode = f->st.st_ino;
    p->current = f->current;
    f->taken = true;
    if (p->fd >= 0) /* it has it already */
        return;
    if (p->closed && (uint64_t)f->st.st_size <= p->done.offset && !f->current)
        return;
    p->fd = f->fd;
    f->fd = -1;
}

static void match_open(struct ship_log *l, struct look *look)
{
    for (size_t i = 0; i < l->state.count; i++) {
        struct ship_part *p = l->state.parts[i];
        struct stat st;

        p->current = false;
        if (p->fd < 0 || fstat(p->fd, &st) < 0)
            continue;
        for (size_t k = 0; k < look->count; k++)
            if (look->files[k].st.st_ino == st.st_ino && look->files[k].st.st_dev == st.st_dev)
                give(p, &look->files[k]);
    }
}

/* Parts without a file: by inode first, and then any that holds what they held. */
static void match_lost(struct ship_log *l, struct look *look, bool by_inode)
{
    for (size_t i = 0; i < l->state.count; i++) {
        struct ship_part *p = l->state.parts[i];

        for (size_t k = 0; k < look->count && p->fd < 0; k++) {
            struct found *f = &look->files[k];

            if (f->taken || (by_inode ? f->st.st_ino != p->inode : p->head.len == 0) ||
                (uint64_t)f->st.st_size < p->done.offset || !ship_part_is(p, f->fd))
                continue;
            give(p, f);
            break;
        }
    }
}

/* Copies that were made before the last lines were read. A part whose file is gone has had all of it: it is
 * known by the copy from then on. */
static int pass_over_outlived(struct ship_log *l, struct look *look, struct err *err)
{
    for (size_t i = 0; i < l->state.count; i++) {
        struct ship_part *p = l->state.parts[i];

        for (size_t k = 0; k < look->count; k++) {
            struct found *f = &look->files[k];

            if (f->taken || f->current || !ship_part_outlived(p, f->fd, (uint64_t)f->st.st_size))
                continue;
            f->taken = true;
            if (p->fd >= 0)
                continue;
            if (ship_part_stand(p, f->fd, (uint64_t)f->st.st_size, err) < 0)
                return -1;
            p->inode = f->st.st_ino;
            p->closed = l->changed = true;
        }
    }
    return 0;
}

static void pass_over_copies(struct ship_log *l, struct look *look)
{
    for (size_t i = 0; i < l->state.count; i++) {
        struct ship_part *p = l->state.parts[i];

        for (size_t k = 0; k < look->count; k++) {
            struct found *f = &look->files[k];
            struct ship_part as = *p; /* looked at, and left as it is */

            as.fd = -1;
            if (!f->taken && !f->current && p->head.len > 0 &&
                (uint64_t)f->st.st_size >= p->done.offset)
                f->taken = ship_part_is(&as, f->fd);
        }
    }
}

static uint64_t next_generation(const struct ship_state *s, uint64_t origin)
{
    uint64_t next = 0;

    for (size_t i = 0; i < s->count; i++)
        if (s->parts[i]->origin == origin && s->parts[i]->generation >= next)
            next = s->parts[i]->generation + 1;
    return next;
}

static int add_new(struct ship_log *l, struct found *f, struct err *err)
{
    int64_t changed_us = (int64_t)f->st.st_mtim.tv_sec * 1000000 + f->st.st_mtim.tv_nsec / 1000;
    bool first = l->state.scanned_us == 0;
    int64_t since_us = (first ? clock_now_us() : l->state.scanned_us) - SLACK_US;
    uint64_t generation = next_generation(&l->state, f->st.st_ino);
    struct ship_part *p;

    if (!f->current && changed_us < since_us)
        return 0;
    p = ship_state_add(&l->state);
    if (!p)
        return err_set(err, ERR_LIMIT, "%s: more than %d files of it are being read", l->opts.path,
                       SHIP_PARTS_MAX);
    p->origin = f->st.st_ino;
    p->generation = generation;
    l->changed = true;
    if (first && (!f->current || l->opts.from_end)) {
        if (ship_part_stand(p, f->fd, (uint64_t)f->st.st_size, err) < 0)
            return err_prefix(err, "%s", l->opts.path);
        p->closed = !f->current;
    }
    give(p, f);
    return 0;
}

/* Parts that should have a file and have none. */
static struct ship_part *find_orphan(const struct ship_log *l)
{
    for (size_t i = 0; i < l->state.count; i++)
        if (l->state.parts[i]->fd < 0 && !l->state.parts[i]->closed && !l->state.parts[i]->ended)
            return l->state.parts[i];
    return NULL;
}

static void tell_gone(struct ship_log *l, struct ship_feed *feed)
{
    struct ship_part *p;

    for (size_t i = 0; i < l->state.count; i++)
        l->state.parts[i]->closed |= l->state.parts[i]->ended && l->state.parts[i]->fd < 0;
    while ((p = find_orphan(l))) {
        log_warn("%s: the file that was read up to byte %" PRIu64 " (line %" PRIu64
                 ") was truncated or is gone, and no copy of it is here: what was written to it "
                 "after that is missing, if anything was",
                 l->opts.path, p->done.offset, p->done.lines);
        feed->counts.gone++;
        ship_state_remove(&l->state, p);
        l->changed = true;
    }
}

static void tell_unreadable(struct ship_log *l, int code)
{
    /* Between a rename and the new file there is none for a moment. */
    if (code && code != l->told_errno && (code != ENOENT || l->state.count == 0))
        log_warn("%s: %s; waiting for it", l->opts.path, strerror(code));
    l->told_errno = code;
}

static int look_through(struct ship_log *l, struct look *look, struct err *err)
{
    look->log = l;
    look->log_errno = ENOENT;
    if (io_system()->list(io_system(), l->dir, each_name, look) < 0)
        return err_set(err, ERR_IO, "open %s: %s", l->dir, strerror(errno));
    qsort(look->files, look->count, sizeof *look->files, by_age);
    if (look->count && look->files[look->count - 1].current)
        look->log_errno = 0;
    match_open(l, look);
    match_lost(l, look, true);
    match_lost(l, look, false);
    return pass_over_outlived(l, look, err);
}

int ship_find(struct ship_log *l, struct ship_feed *feed, struct err *err)
{
    const struct timespec pause = {.tv_nsec = LOOK_PAUSE_NS};
    struct look *look = xcalloc(1, sizeof *look);
    int64_t looked_us = clock_now_us();
    int result = look_through(l, look, err);

    /* A rotation under way can hide a file for a moment. */
    for (int i = 1; result == 0 && i < LOOKS && find_orphan(l); i++) {
        forget_files(look);
        nanosleep(&pause, NULL);
        result = look_through(l, look, err);
    }
    if (result == 0) {
        tell_unreadable(l, l->opts.once ? 0 : look->log_errno);
        if (look->left_out)
            log_warn("%s: %zu more files in its folder look like it than the %d that are looked at",
                     l->opts.path, look->left_out, FILES_MAX);
        pass_over_copies(l, look);
        for (size_t i = 0; result == 0 && i < look->count; i++)
            if (!look->files[i].taken)
                result = add_new(l, &look->files[i], err);
    }
    if (result == 0)
        tell_gone(l, feed);
    if (result == 0 && (l->state.scanned_us == 0 || l->changed)) {
        l->state.scanned_us = looked_us;
        l->changed = true;
    }
    if (result == 0 && l->opts.once && look->log_errno)
        result = err_set(err, ERR_IO, "open %s: %s", l->opts.path, strerror(look->log_errno));
    forget_files(look);
    free(look);
    return result;
}

bool ship_find_is_due(const struct ship_log *l)
{
    struct stat name, open_file;
    bool there = stat(l->opts.path, &name) == 0;

    if (find_orphan(l))
        return true;
    for (size_t i = 0; i < l->state.count; i++) {
        const struct ship_part *p = l->state.parts[i];

        if (p->current && p->fd >= 0 && there && fstat(p->fd, &open_file) == 0 &&
            open_file.st_ino == name.st_ino && open_file.st_dev == name.st_dev)
            return false;
        if (p->current && p->fd >= 0 && !there && l->told_errno)
            return false;
    }
    return there || !l->told_errno;
}
