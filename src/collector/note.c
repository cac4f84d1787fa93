/* SPDX-License-Identifier: Apache-2.0 */
/* note.c: one record of kind JOURNAL_NOTE, and a wait for its commit. */
#include "collector/note.h"

#include "journal/append.h"

int note_write(struct journal *j, struct str json, int64_t *position, struct err *err)
{
    struct journal_record record = {.kind = JOURNAL_NOTE, .payload = json};

    if (journal_append(j, &record, 1, err) < 0)
        return err_prefix(err, "write a note into the journal");
    if (position)
        *position = record.position;
    return 0;
}
