/* SPDX-License-Identifier: Apache-2.0 */
/* append.c: a batch, and the wait for its commit. */
#include "journal/append.h"

#include <errno.h>
#include <semaphore.h>

#include "base/check.h"
#include "base/clock.h"

static void decided(struct journal_batch *batch)
{
    sem_post(batch->ctx);
}

int journal_append(struct journal *j, struct journal_record *records, size_t count, struct err *err)
{
    sem_t done;
    struct journal_batch batch = {.records = records,
                                  .count = count,
                                  .received_us = clock_now_us(),
                                  .done = decided,
                                  .ctx = &done};

    CHECK(sem_init(&done, 0, 0) == 0);
    journal_submit(j, &batch);
    while (sem_wait(&done) < 0)
        CHECK(errno == EINTR);
    sem_destroy(&done);
    switch (batch.error) {
    case ERR_NONE: return 0;
    case ERR_SPACE:
        return err_set(err, ERR_SPACE, "the journal's disk is near full: nothing can be kept");
    case ERR_BUSY: return err_set(err, ERR_BUSY, "the collector is stopping");
    case ERR_LIMIT: return err_set(err, ERR_LIMIT, "a record is too long for the journal");
    default: return err_set(err, batch.error, "the journal cannot commit: its disk failed");
    }
}
