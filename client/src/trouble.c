/* SPDX-License-Identifier: Apache-2.0 */
/* trouble.c: telling what went wrong: the last error in the statistics, and on_error. */
#include <stdio.h>
#include <string.h>

#include "client.h"

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

void weir_trouble(struct weir_client *c, const struct weir_problem *problem)
{
    struct weir_problem told = *problem;
    const char *dash;

    told.id = or_empty(told.id);
    told.code = or_empty(told.code);
    told.path = or_empty(told.path);
    told.message = or_empty(told.message);
    dash = told.code[0] && told.message[0] ? ": " : "";
    pthread_mutex_lock(&c->lock);
    snprintf(c->last_error, sizeof c->last_error, "%s%s%s", told.code, dash, told.message);
    pthread_mutex_unlock(&c->lock);
    if (!c->options.on_error)
        return;
    pthread_mutex_unlock(&c->gate); /* it may fork */
    c->options.on_error(c->options.on_error_ctx, &told);
    pthread_mutex_lock(&c->gate);
}

void weir_trouble_text(struct weir_client *c, enum weir_trouble trouble, int status, uint64_t count,
                       const char *message)
{
    struct weir_problem problem = {WEIR_TROUBLE_REJECTED, 0, 0, NULL, NULL, NULL, NULL};

    problem.trouble = trouble;
    problem.status = status;
    problem.count = count;
    problem.message = message;
    weir_trouble(c, &problem);
}
