/* SPDX-License-Identifier: Apache-2.0 */
/* journal_list.c: prints what a reader is given of a journal, for the crash tests to compare with what was acknowledged.
 *
 *   journal_list FOLDER [AFTER]
 *
 * A line for each record: position, kind (e, q, n), id, source; `-` for both where the record is a
 * note. Then `durable N`. Exit status 3 where something did not verify (said on standard error), 1
 * where the journal cannot be read at all. Takes no lock: it runs beside a writer. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/io.h"
#include "base/uuid.h"
#include "event/record.h"
#include "journal/reader.h"

static int print_entry(const struct journal_entry *e)
{
    char text[UUID_TEXT_LEN + 1] = "";
    struct uuid id;
    struct str source;

    if (e->kind != JOURNAL_EVENT && e->kind != JOURNAL_QUARANTINE) {
        printf("%" PRId64 " n - -\n", e->position);
        return 0;
    }
    if (record_decode_key(e->payload, &id, &source) < 0) {
        fprintf(stderr, "position %" PRId64 ": not a record\n", e->position);
        return -1;
    }
    uuid_format(text, &id);
    printf("%" PRId64 " %c %s %.*s\n", e->position, e->kind == JOURNAL_EVENT ? 'e' : 'q', text,
           (int)source.len, source.ptr);
    return 0;
}

/* Returns the exit status. */
static int list(struct journal_reader *r)
{
    int64_t durable = journal_reader_durable(r);
    struct journal_entry e;
    struct err err;
    int found, status = 0;

    while ((found = journal_reader_next(r, &e, &err)) != 0) {
        if (found < 0) {
            fprintf(stderr, "%s\n", err.text);
            status = 3;
            if (err.code != ERR_CORRUPT)
                return 1;
        } else if (print_entry(&e) < 0) {
            status = 3;
        }
    }
    printf("durable %" PRId64 "\n", durable);
    return status;
}

int main(int argc, char **argv)
{
    struct journal_reader *r;
    struct err err;
    int status;

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: journal_list FOLDER [AFTER]\n");
        return 2;
    }
    if (journal_reader_open(&r, io_system(), argv[1], argc > 2 ? strtoll(argv[2], NULL, 10) : 0,
                            &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    status = list(r);
    journal_reader_close(r);
    return status;
}
