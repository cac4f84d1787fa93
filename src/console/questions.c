/* SPDX-License-Identifier: Apache-2.0 */
/* questions.c: a fixed list of places, one for each question that may run at once.
 *
 * Promise: who asks for the list waits for no question, and whoever stops one only raises a flag: the
 * question's own watch ends it within a fifth of a second. */
#include "console/questions.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"

void questions_init(struct questions *q)
{
    *q = (struct questions){0};
    pthread_mutex_init(&q->mtx, NULL);
}

void questions_reset(struct questions *q)
{
    pthread_mutex_destroy(&q->mtx);
}

static bool is_name(struct str id)
{
    if (id.len < QUESTION_ID_LEAST || id.len > QUESTION_ID_MOST)
        return false;
    for (size_t i = 0; i < id.len; i++) {
        char c = ascii_lower(id.ptr[i]);

        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && c != '-')
            return false;
    }
    return true;
}

static void copy_text(char *out, size_t most, struct str text)
{
    size_t len = str_utf8_cut(text, most);

    if (len > 0)
        memcpy(out, text.ptr, len);
    out[len] = '\0';
}

struct question_place *questions_begin(struct questions *q, struct str asker, struct str id)
{
    struct question_place *p = NULL;

    pthread_mutex_lock(&q->mtx);
    for (unsigned i = 0; i < QUESTIONS_MAX && !p; i++)
        if (q->places[i].number == 0)
            p = &q->places[i];
    if (p) {
        p->number = ++q->last_number;
        p->began_us = clock_monotonic_us();
        p->timeout_us = 0;
        p->counted = false;
        p->sql[0] = '\0';
        copy_text(p->asker, QUESTION_ASKER_MAX, asker);
        copy_text(p->id, QUESTION_ID_MOST, is_name(id) ? id : STR_NONE);
        atomic_store(&p->cancel, false);
    }
    pthread_mutex_unlock(&q->mtx);
    return p;
}

void questions_end(struct questions *q, struct question_place *p)
{
    CHECK(p && p->number);
    pthread_mutex_lock(&q->mtx);
    p->number = 0;
    pthread_mutex_unlock(&q->mtx);
}

void questions_run(struct questions *q, struct question_place *p, struct query_opts *opts)
{
    CHECK(p && p->number);
    atomic_store(&p->progress.permille, -1);
    atomic_store(&p->progress.rows, 0);
    atomic_store(&p->progress.rows_total, 0);
    pthread_mutex_lock(&q->mtx);
    copy_text(p->sql, QUESTION_SQL_SHOWN, opts->sql);
    p->timeout_us = opts->timeout_us;
    p->counted = true;
    pthread_mutex_unlock(&q->mtx);
    opts->cancel = &p->cancel;
    opts->progress = &p->progress;
}

unsigned questions_running(struct questions *q)
{
    unsigned running = 0;

    pthread_mutex_lock(&q->mtx);
    for (unsigned i = 0; i < QUESTIONS_MAX; i++)
        running += q->places[i].number != 0;
    pthread_mutex_unlock(&q->mtx);
    return running;
}

uint64_t questions_stopped(struct questions *q)
{
    uint64_t stopped;

    pthread_mutex_lock(&q->mtx);
    stopped = q->stopped;
    pthread_mutex_unlock(&q->mtx);
    return stopped;
}

static bool is_of(const struct question_place *p, struct str asker)
{
    return p->number && (!asker.ptr || str_is(asker, p->asker));
}

static void put_progress(const struct question_place *p, struct buf *out)
{
    int permille = p->counted ? atomic_load(&p->progress.permille) : -1;

    if (permille < 0) {
        buf_str(out, STR(",\"progress\":null}"));
        return;
    }
    buf_printf(out, ",\"progress\":%.3f,\"rows\":%" PRIu64 ",\"rows_total\":%" PRIu64 "}",
               permille / 1000.0, atomic_load(&p->progress.rows),
               atomic_load(&p->progress.rows_total));
}

void questions_put_json(struct questions *q, struct str asker, struct buf *out)
{
    int64_t now_us = clock_monotonic_us(), wall_us = clock_now_us();
    bool any = false;

    buf_str(out, STR("{\"questions\":["));
    pthread_mutex_lock(&q->mtx);
    for (unsigned i = 0; i < QUESTIONS_MAX; i++) {
        const struct question_place *p = &q->places[i];
        int64_t ran_us = now_us - p->began_us;

        if (!is_of(p, asker))
            continue;
        buf_printf(out, "%s{\"id\":\"%" PRIu64 "\",\"name\":", any ? "," : "", p->number);
        any = true;
        if (p->id[0])
            buf_json(out, str_from(p->id));
        else
            buf_str(out, STR("null"));
        buf_str(out, STR(",\"asker\":"));
        buf_json(out, str_from(p->asker));
        buf_str(out, STR(",\"sql\":"));
        buf_json(out, str_from(p->sql));
        buf_printf(out,
                   ",\"started_us\":%" PRId64 ",\"running_ms\":%" PRId64 ",\"limit_ms\":%" PRId64,
                   wall_us - ran_us, ran_us / 1000, p->timeout_us / 1000);
        put_progress(p, out);
    }
    pthread_mutex_unlock(&q->mtx);
    buf_str(out, STR("]}\n"));
}

bool questions_stop(struct questions *q, struct str asker, struct str id)
{
    uint64_t number = 0;
    bool found = false;

    str_to_u64(id, &number); /* no number: a name */
    pthread_mutex_lock(&q->mtx);
    for (unsigned i = 0; i < QUESTIONS_MAX; i++) {
        struct question_place *p = &q->places[i];

        if (!is_of(p, asker) ||
            !((number && p->number == number) || (p->id[0] && str_is(id, p->id))))
            continue;
        q->stopped += !atomic_exchange(&p->cancel, true);
        found = true;
    }
    pthread_mutex_unlock(&q->mtx);
    return found;
}
