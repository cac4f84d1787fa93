/* SPDX-License-Identifier: Apache-2.0 */
/* kept.c: a few places, each with a question's text and its last answer.
 *
 * Leaves to whoever asks: what is wrong with a question. Only answers are kept. */
#include "console/kept.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

struct place {
    char *sql; /* NULL: free */
    size_t sql_len;
    char *answer;
    size_t answer_len;
    int64_t as_of_us, until_us, used_us;
    bool asked; /* somebody asks it anew */
};

struct kept {
    pthread_mutex_t mtx;
    struct place places[KEPT_MAX]; /* guarded by mtx */
};

static void clear(struct place *p)
{
    free(p->sql);
    free(p->answer);
    *p = (struct place){0};
}

struct kept *kept_new(void)
{
    struct kept *k = xcalloc(1, sizeof *k);

    pthread_mutex_init(&k->mtx, NULL);
    return k;
}

void kept_free(struct kept *k)
{
    if (!k)
        return;
    for (int i = 0; i < KEPT_MAX; i++)
        clear(&k->places[i]);
    pthread_mutex_destroy(&k->mtx);
    free(k);
}

/* Under the lock, as all below. */
static struct place *place_of(struct kept *k, struct str sql)
{
    for (int i = 0; i < KEPT_MAX; i++)
        if (k->places[i].sql && str_eq(str_of(k->places[i].sql, k->places[i].sql_len), sql))
            return &k->places[i];
    return NULL;
}

static struct place *oldest_place(struct kept *k)
{
    struct place *oldest = &k->places[0];

    for (int i = 1; i < KEPT_MAX; i++)
        if (k->places[i].used_us < oldest->used_us)
            oldest = &k->places[i];
    clear(oldest);
    return oldest;
}

bool kept_find(struct kept *k, struct str sql, int64_t now_us, struct buf *out, int64_t *as_of_us)
{
    bool found = false;
    struct place *p;

    pthread_mutex_lock(&k->mtx);
    p = place_of(k, sql);
    if (p) {
        p->used_us = now_us;
        found = p->asked || now_us < p->until_us;
        p->asked = p->asked || !found;
    }
    if (found) {
        buf_append(out, p->answer, p->answer_len);
        *as_of_us = p->as_of_us;
    }
    pthread_mutex_unlock(&k->mtx);
    return found;
}

void kept_put(struct kept *k, struct str sql, struct str answer, int64_t began_us, int64_t now_us,
              int64_t as_of_us)
{
    int64_t stands_us = KEPT_TIMES * (now_us - began_us);
    struct place *p;

    if (stands_us < KEPT_LEAST_S * INT64_C(1000000))
        stands_us = KEPT_LEAST_S * INT64_C(1000000);
    pthread_mutex_lock(&k->mtx);
    p = place_of(k, sql);
    if (p)
        clear(p);
    else
        p = oldest_place(k);
    *p = (struct place){.sql = xmemdup(sql.ptr, sql.len),
                        .sql_len = sql.len,
                        .answer = xmemdup(answer.ptr, answer.len),
                        .answer_len = answer.len,
                        .as_of_us = as_of_us,
                        .until_us = now_us + stands_us,
                        .used_us = now_us};
    pthread_mutex_unlock(&k->mtx);
}

void kept_give_up(struct kept *k, struct str sql)
{
    struct place *p;

    pthread_mutex_lock(&k->mtx);
    p = place_of(k, sql);
    if (p)
        p->asked = false;
    pthread_mutex_unlock(&k->mtx);
}
