/* SPDX-License-Identifier: Apache-2.0 */
/* questions.h: the questions under way: who asked, how far they are, and a way to stop one.
 *
 * Threads: from any; a question's own part belongs to the thread that asks it. Internal to src/console. */
#pragma once
#include <pthread.h>

#include "base/buf.h"
#include "store/query.h"

enum {
    QUESTIONS_MAX = 4, /* at once */
    QUESTION_SQL_SHOWN = 2000, /* bytes of its text that others see */
    QUESTION_ID_LEAST = 8, /* of a name that its client gave it */
    QUESTION_ID_MOST = 64,
    QUESTION_ASKER_MAX = 128,
};

struct question_place {
    uint64_t number; /* 0: free */
    char id[QUESTION_ID_MOST + 1]; /* its client's name for it, or "" */
    char asker[QUESTION_ASKER_MAX + 1];
    char sql[QUESTION_SQL_SHOWN + 1];
    int64_t began_us, timeout_us; /* monotonic */
    bool counted; /* there is something to say of its progress */
    atomic_bool cancel;
    struct query_progress progress;
};

struct questions {
    pthread_mutex_t mtx;
    /* guarded by mtx, but cancel and progress */
    struct question_place places[QUESTIONS_MAX];
    uint64_t last_number;
    uint64_t stopped; /* by request */
};

void questions_init(struct questions *q);
void questions_reset(struct questions *q);
/* A place for this asker's question; NULL: there is none. An `id` that is no name is left out. */
struct question_place *questions_begin(struct questions *q, struct str asker, struct str id);
void questions_end(struct questions *q, struct question_place *p);
/* Its text, at most so long, and time limit; fills in what query_run reads and writes of the place. */
void questions_run(struct questions *q, struct question_place *p, struct query_opts *opts);
unsigned questions_running(struct questions *q);
/* Of this asker, or of everybody where it is STR_NONE: {"questions":[...]}. */
void questions_put_json(struct questions *q, struct str asker, struct buf *out);
/* By the number that the list shows, or by its client's name. False: none of this asker's is called so. */
bool questions_stop(struct questions *q, struct str asker, struct str id);
uint64_t questions_stopped(struct questions *q);
