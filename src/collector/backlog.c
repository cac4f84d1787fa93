/* SPDX-License-Identifier: Apache-2.0 */
/* backlog.c: reads until nothing more is durable. Leaves to others what to do with the records. */
#include "collector/backlog.h"

int backlog_read(const struct io *io, const char *journal_dir, int64_t after,
                 void (*each)(void *ctx, const struct journal_entry *entry), void *ctx,
                 int64_t *durable, struct err *err)
{
    struct journal_reader *reader;
    struct journal_entry entry;
    int got = 0;

    if (journal_reader_open(&reader, io, journal_dir, after, err) < 0)
        return -1;
    *durable = journal_reader_durable(reader);
    while (after < *durable) {
        got = journal_reader_next(reader, &entry, err);
        if (got < 0 && err->code == ERR_CORRUPT)
            continue;
        if (got <= 0)
            break;
        each(ctx, &entry);
        after = entry.position;
        *durable = after > *durable ? after : *durable;
    }
    journal_reader_close(reader);
    return got < 0 ? -1 : 0;
}
