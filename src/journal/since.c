/* SPDX-License-Identifier: Apache-2.0 */
/* since.c: where in the journal the records of the last hours begin.
 *
 * The seal of a segment says when its latest record was received, so only seals are read, from the
 * newest segment backwards. A segment without one that verifies may hold anything: it is read. */
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "journal/reader.h"
#include "journal/scan.h"
#include "journal/watermark.h"

struct firsts {
    int64_t *list;
    size_t count;
};

static int note_first(void *ctx, const char *name)
{
    struct firsts *f = ctx;
    int64_t first = segment_name_parse(name);

    if (first > 0) {
        f->list = xrealloc(f->list, f->count + 1, sizeof *f->list);
        f->list[f->count++] = first;
    }
    return 0;
}

static int newest_first(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x < y) - (x > y);
}

/* True where the segment is sealed and all in it was received before. -1: it cannot be read. */
static int is_before(const struct io *io, const char *dir, const uint8_t id[16], int64_t first,
                     int64_t since_us, struct err *err)
{
    uint8_t block[SEGMENT_HEADER_BYTES];
    struct segment_seal seal;
    struct scan s;
    int found;

    scan_init(&s, io);
    found = scan_open(&s, dir, id, first, block, err);
    if (found > 0)
        found = scan_seal(&s, &seal);
    if (found < 0 && scan_is_open(&s))
        err_set(err, ERR_IO, "read the seal of segment %lld in %s: %s", (long long)first, dir,
                strerror(errno));
    scan_reset(&s);
    return found > 0 ? seal.newest_us < since_us : found;
}

static int look(const struct io *io, const char *dir, const uint8_t id[16], int64_t since_us,
                const struct firsts *firsts, int64_t *after, struct err *err)
{
    for (size_t i = 0; i < firsts->count; i++) {
        int before = is_before(io, dir, id, firsts->list[i], since_us, err);

        if (before < 0)
            return -1;
        if (before > 0)
            return 0;
        *after = firsts->list[i] - 1;
    }
    *after = 0; /* all of it, and what was deleted before is no loss */
    return 0;
}

int journal_since(const struct io *io, const char *dir, int64_t since_us, int64_t *after,
                  struct err *err)
{
    struct firsts firsts = {0};
    struct watermark mark;
    int status = watermark_open(&mark, io, dir, false, err);

    if (status <= 0) {
        *after = 0;
        return status;
    }
    *after = watermark_get(&mark, WATERMARK_DURABLE);
    *after = *after > 0 ? *after : 0;
    status = io->list(io, dir, note_first, &firsts);
    if (status < 0)
        err_set(err, ERR_IO, "list %s: %s", dir, strerror(errno));
    if (firsts.count)
        qsort(firsts.list, firsts.count, sizeof *firsts.list, newest_first);
    if (status == 0)
        status = look(io, dir, mark.id, since_us, &firsts, after, err);
    watermark_close(&mark);
    free(firsts.list);
    return status;
}
