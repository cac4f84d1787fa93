/* SPDX-License-Identifier: Apache-2.0 */
/* engine_decisions.c: asks the collector over its control socket, as the commands do (cmd/deciding.h). */
#include "cmd/engine_decisions.h"

#include "base/mem.h"
#include "cmd/deciding.h"

enum { NAMES_SHOWN = 100 };

#define AWAIT_US                                                                                   \
    INT64_C(10000000) /* a collector that hangs, or a store that has much to catch up with */

static int reached(void *ctx, int64_t *out, struct err *err)
{
    const struct engine_decisions *e = ctx;
    struct runner_stats stats;

    (void)err;
    runner_stats(e->store, &stats);
    *out = stats.position;
    return 0;
}

static int await(void *ctx, const struct console_waiting *waiting, int64_t *behind, struct err *err)
{
    const struct engine_decisions *e = ctx;
    const struct control_wait wait = {AWAIT_US, waiting->is_over, waiting->ctx};

    return deciding_await(e->settings, &(struct deciding_store){reached, ctx}, &wait, behind, err);
}

static void put_codes(struct buf *out, const struct tallies *codes)
{
    buf_str(out, STR(",\"codes\":{"));
    for (size_t i = 0; i < codes->count; i++) {
        if (i)
            buf_char(out, ',');
        buf_json(out, str_from(codes->list[i].text));
        buf_printf(out, ":%zu", codes->list[i].faulty);
    }
    buf_char(out, '}');
}

static void put_names(struct buf *out, const struct tallies *names)
{
    buf_str(out, STR(",\"names\":["));
    for (size_t i = 0; i < names->count && i < NAMES_SHOWN; i++) {
        buf_str(out, i ? STR(",{\"name\":") : STR("{\"name\":"));
        buf_json(out, str_from(names->list[i].text));
        buf_printf(out, ",\"accepted\":%zu,\"faulty\":%zu}", names->list[i].accepted,
                   names->list[i].faulty);
    }
    buf_char(out, ']');
}

static void put_decided(struct buf *out, struct decided *d)
{
    tallies_sort(&d->codes);
    tallies_sort(&d->names);
    buf_printf(out,
               ",\"accepted\":%zu,\"duplicate\":%zu,\"faulty\":%zu,\"gone\":%zu,\"damaged\":%zu,"
               "\"other\":%zu",
               d->accepted, d->duplicate, d->faulty, d->gone, d->damaged, d->other);
    put_codes(out, &d->codes);
    put_names(out, &d->names);
}

static int decide(void *ctx, const struct console_decision *d, struct buf *out, struct err *err)
{
    const struct engine_decisions *e = ctx;
    const struct deciding what = {.by = d->by,
                                  .dry_run = d->what == DECISION_TRY,
                                  .reason = d->reason,
                                  .entry = d->entry,
                                  .wait = {.is_over = d->waiting.is_over, .ctx = d->waiting.ctx}};
    struct decided decided = {0};
    int status;

    if (d->what == DECISION_DROP) {
        status = deciding_drop(e->settings, &what, d->positions, d->count, err);
        buf_printf(out, ",\"dropped\":%zu", status == 0 ? d->count : 0);
        return status;
    }
    status = deciding_replay(e->settings, &what, d->positions, d->known, d->count, &decided, err);
    put_decided(out, &decided);
    decided_free(&decided);
    return status;
}

void engine_decisions_init(struct engine_decisions *out, const struct settings *s,
                           struct runner *store)
{
    *out = (struct engine_decisions){.settings = s,
                                     .store = store,
                                     .callbacks = {.await = await,
                                                   .decide = decide,
                                                   .replay_max = REPLAY_MAX,
                                                   .drop_max = REPLAY_DROP_MAX,
                                                   .text_max = REPLAY_TEXT_MAX,
                                                   .ctx = out}};
}
