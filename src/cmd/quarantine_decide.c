/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine_decide.c: which events a replay or a drop is about. */
#include "cmd/quarantine_decide.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cmd/deciding.h"

struct choosing {
    struct chosen *chosen;
    const struct command *self;
    size_t rows;
};

static void add(struct chosen *c, int64_t position, bool known)
{
    if (c->count == c->cap) {
        c->cap = c->cap ? 2 * c->cap : 256;
        c->waiting = xrealloc(c->waiting, c->cap, sizeof *c->waiting);
        c->known = xrealloc(c->known, c->cap, sizeof *c->known);
    }
    c->waiting[c->count] = position;
    c->known[c->count++] = known;
}

static int take_row(void *ctx, yyjson_val *row)
{
    struct choosing *to = ctx;
    int64_t position = yyjson_get_sint(yyjson_obj_get(row, "position"));
    const char *state = yyjson_get_str(yyjson_obj_get(row, "state"));

    to->rows++;
    if (state && strcmp(state, "waiting") == 0) {
        add(to->chosen, position, yyjson_get_bool(yyjson_obj_get(row, "known")));
        return 0;
    }
    to->chosen->decided++;
    fprintf(stderr, "weir %s: position %" PRId64 " was %s before\n", to->self->name, position,
            state ? state : "decided about");
    return 0;
}

static int take_position(void *ctx, yyjson_val *row)
{
    *(int64_t *)ctx = yyjson_get_sint(yyjson_obj_get(row, "position"));
    return 0;
}

static int reached(void *ctx, int64_t *out, struct err *err)
{
    const struct quarantine_filter all = {0};

    return quarantine_rows(ctx, QUARANTINE_REACHED, &all, take_position, out, err);
}

static bool is_stopped(void *ctx)
{
    (void)ctx;
    return ask_is_stopped();
}

static const struct control_wait until_stopped = {.is_over = is_stopped};

int decide_await(const struct settings *s, int64_t *behind, struct err *err)
{
    return deciding_await(s, &(struct deciding_store){reached, (void *)(uintptr_t)s},
                          &until_stopped, behind, err);
}

int64_t decide_behind(const struct settings *s)
{
    int64_t wanted, there;
    struct err err = {0};

    if (deciding_position(s, &until_stopped, &wanted, &err) < 0 ||
        reached((void *)(uintptr_t)s, &there, &err) < 0 || there >= wanted)
        return 0;
    return wanted - there;
}

int chosen_find(struct chosen *c, const struct command *self, const struct settings *s,
                const struct quarantine_filter *f, struct err *err)
{
    struct choosing to = {.chosen = c, .self = self};
    size_t named = f->position_count + f->id_count;
    struct quarantine_filter filter = *f;
    int64_t behind;

    *c = (struct chosen){0};
    if (decide_await(s, &behind, err) < 0)
        return -1;
    if (behind && !ask_is_stopped())
        fprintf(stderr,
                "weir %s: the store is %" PRId64 " records behind the journal, and does not "
                "move: what came last is not looked at\n",
                self->name, behind);
    if (named)
        filter.state = STR_NONE; /* what was decided about is told */
    if (quarantine_rows(s, QUARANTINE_POSITIONS, &filter, take_row, &to, err) < 0)
        return -1;
    if (named > to.rows) {
        c->unknown = named - to.rows;
        fprintf(stderr,
                "weir %s: %zu of the %zu that were named are not in the quarantine, or not any "
                "more (retention.quarantine), or not in the store yet\n",
                self->name, c->unknown, named);
    }
    return 0;
}

void chosen_free(struct chosen *c)
{
    free(c->waiting);
    free(c->known);
}

char *decide_by(void)
{
    const struct passwd *user = getpwuid(geteuid());

    return user && user->pw_name ? xstrdup(user->pw_name)
                                 : xasprintf("uid %u", (unsigned)geteuid());
}

void decide_progress(const char *what, size_t done, size_t count)
{
    if (!isatty(STDERR_FILENO) || count < 1000)
        return;
    fprintf(stderr, "\r%s %zu of %zu%s", what, done, count, done >= count ? "\r\033[K" : "");
    fflush(stderr);
}
