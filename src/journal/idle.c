/* SPDX-License-Identifier: Apache-2.0 */
/* idle.c: a thread for each errand, since one that took SCHED_IDLE may not go back. */
#include "journal/idle.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

struct errand {
    int (*run)(void *ctx, struct err *err);
    void *ctx;
    struct err *err;
    int result;
};

static void *run_errand(void *arg)
{
    struct errand *e = arg;
    const struct sched_param param = {.sched_priority = 0};

    sched_setscheduler(0, SCHED_IDLE,
                       &param); /* of this thread; where it is forbidden, as others */
    e->result = e->run(e->ctx, e->err);
    return NULL;
}

int idle_run(int (*run)(void *ctx, struct err *err), void *ctx, struct err *err)
{
    struct errand e = {.run = run, .ctx = ctx, .err = err};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, run_errand, &e);

    if (error)
        return err_set(err, ERR_BUSY, "start a thread: %s", strerror(error));
    pthread_join(thread, NULL);
    return e.result;
}
