/* SPDX-License-Identifier: Apache-2.0 */
/* recognise.c: shows a sink the journal's id and the record at its cursor.
 *
 * A journal that was put in the place of another, or brought back as an older copy and grown since,
 * has other records at the positions that the sink takes for delivered: going on would leave them
 * out in silence. */
#include "sink/recognise.h"

#include "base/mem.h"
#include "journal/reader.h"

static int show(const struct sink_ops *ops, void *sink, struct journal_reader *reader,
                int64_t cursor, struct err *err)
{
    struct journal_entry entry;
    struct sink_item item;
    uint8_t journal[16];
    int got = 0;

    if (!journal_reader_id(reader, journal))
        return 0;
    if (cursor > 0)
        got = journal_reader_next(reader, &entry, err);
    if (got < 0 && err->code != ERR_CORRUPT)
        return -1;
    if (got == 0 && cursor > 0) {
        /* The writer has yet to say again how far it is; but another id tells enough. */
        return ops->recognise(sink, journal, NULL, err) < 0 ? -1 : 0;
    }
    if (got <= 0 || entry.position != cursor || entry.erased)
        return ops->recognise(sink, journal, NULL, err) < 0 ? -1 : 1;
    item = (struct sink_item){.position = entry.position,
                              .received_us = entry.received_us,
                              .kind = (int)entry.kind,
                              .salt = entry.salt,
                              .payload = entry.payload};
    return ops->recognise(sink, journal, &item, err) < 0 ? -1 : 1;
}

int recognise_journal(const struct sink_ops *ops, void *sink, const char *journal_dir,
                      int64_t cursor, struct err *err)
{
    struct journal_reader *reader;
    int status;

    if (!ops->recognise)
        return 1;
    if (journal_reader_open(&reader, io_system(), journal_dir, cursor > 0 ? cursor - 1 : 0, err) <
        0)
        return -1;
    status = show(ops, sink, reader, cursor, err);
    journal_reader_close(reader);
    return status;
}
