/* SPDX-License-Identifier: Apache-2.0 */
/* note.c: one record of kind JOURNAL_NOTE, and a wait for its commit. */
#include "collector/note.h"

#include <errno.h>
#include <semaphore.h>

#include "base/check.h"
#include "base/clock.h"

static void decided(struct journal_batch *batch)
{
    sem_post(batch->ctx);
}

int note_write(struct journal *j, struct str json, int64_t *position, struct err *err)
{
    struct journal_record record = {.kind = JOURNAL_NOTE, .payload = json};
    sem_t done;
    struct journal_batch batch = {.records = &record,
                                  .count = 1,
                                  .received_us = clock_now_us(),
                                  .done = decided,
                                  .ctx = &done};

    CHECK(sem_init(&done, 0, 0) == 0);
    journal_submit(j, &batch);
    while (sem_wait(&done) < 0)
        CHECK(errno == EINTR);
    sem_destroy(&done);
    if (batch.error != ERR_NONE)
        return err_set(err, batch.error, "write a note into the journal: %s",
                       batch.error == ERR_SPACE   ? "the disk is full"
                       : batch.error == ERR_LIMIT ? "it is too long"
                       : batch.error == ERR_BUSY  ? "the journal is closing"
                                                  : "its disk failed");
    if (position)
        *position = record.position;
    return 0;
}
