/* SPDX-License-Identifier: Apache-2.0 */
/* deciding.c: requests about quarantined events over the control socket, and their answers. */
#include "cmd/deciding.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include <yyjson.h>

#include "base/clock.h"
#include "base/mem.h"

#define STORE_WAIT_US INT64_C(5000000) /* without a step of it */

static struct tally *tally_of(struct tallies *t, const char *text)
{
    size_t i = 0;

    while (i < t->count && strcmp(t->list[i].text, text) != 0)
        i++;
    if (i == TALLIES_MAX)
        return &t->list[i - 1]; /* the last one stands for all others */
    if (i < t->count)
        return &t->list[i];
    t->list = xrealloc(t->list, t->count + 1, sizeof *t->list);
    t->list[t->count] =
        (struct tally){.text = xstrdup(t->count == TALLIES_MAX - 1 ? "(others)" : text)};
    return &t->list[t->count++];
}

static void tallies_free(struct tallies *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->list[i].text);
    free(t->list);
}

static const char *text_of(yyjson_val *val, const char *key)
{
    const char *text = yyjson_get_str(yyjson_obj_get(val, key));

    return text ? text : "";
}

static void count_faults(struct decided *r, yyjson_val *event)
{
    yyjson_val *codes = yyjson_obj_get(event, "codes"), *code, *other;
    size_t i, max, k, most;

    yyjson_arr_foreach(codes, i, max, code)
    {
        bool before = false;

        yyjson_arr_foreach(codes, k, most, other)
        {
            before |= k < i && yyjson_equals(code, other);
        }
        if (!before && yyjson_is_str(code))
            tally_of(&r->codes, yyjson_get_str(code))->faulty++;
    }
}

static void count_event(struct decided *r, yyjson_val *event)
{
    const char *result = text_of(event, "result"), *name = text_of(event, "name");

    if (!*name)
        name = "(no name)";
    if (strcmp(result, "accepted") == 0) {
        r->accepted++;
        tally_of(&r->names, name)->accepted++;
    } else if (strcmp(result, "duplicate") == 0) {
        r->duplicate++;
    } else if (strcmp(result, "faulty") == 0) {
        r->faulty++;
        tally_of(&r->names, name)->faulty++;
        count_faults(r, event);
    } else if (strcmp(result, "gone") == 0) {
        r->gone++;
    } else if (strcmp(result, "damaged") == 0) {
        r->damaged++;
    } else {
        r->other++;
    }
}

static void put_list(struct buf *out, const int64_t *positions, const bool *only, size_t count)
{
    const char *comma = "";

    for (size_t i = 0; i < count; i++) {
        if (only && !only[i])
            continue;
        buf_printf(out, "%s%" PRId64, comma, positions[i]);
        comma = ",";
    }
}

int deciding_position(const struct settings *s, const struct control_wait *wait, int64_t *out,
                      struct err *err)
{
    yyjson_doc *answer = NULL;
    int status = control_client_ask(s, STR("{\"do\":\"status\"}"), wait, &answer, err);

    if (status == 0)
        *out = yyjson_get_sint(yyjson_obj_get(yyjson_doc_get_root(answer), "position"));
    yyjson_doc_free(answer);
    return status;
}

static bool is_over(const struct control_wait *wait, int64_t began_us)
{
    return (wait->most_us && clock_monotonic_us() - began_us >= wait->most_us) ||
           (wait->is_over && wait->is_over(wait->ctx));
}

int deciding_await(const struct settings *s, const struct deciding_store *store,
                   const struct control_wait *wait, int64_t *behind, struct err *err)
{
    const struct timespec pause = {.tv_nsec = 50000000};
    int64_t began_us = clock_monotonic_us(), since_us = began_us;
    int64_t wanted, reached = -1, before;

    *behind = 0;
    if (deciding_position(s, wait, &wanted, err) < 0)
        return -1;
    while (reached < 0 || !is_over(wait, began_us)) {
        before = reached;
        if (store->reached(store->ctx, &reached, err) < 0)
            return -1;
        if (reached >= wanted) {
            *behind = 0;
            return 0;
        }
        if (reached > before)
            since_us = clock_monotonic_us();
        *behind = wanted - reached;
        if (clock_monotonic_us() - since_us > STORE_WAIT_US)
            return 0;
        nanosleep(&pause, NULL);
    }
    return 0;
}

int deciding_replay(const struct settings *s, const struct deciding *what, const int64_t *positions,
                    const bool *known, size_t count, struct decided *into, struct err *err)
{
    yyjson_doc *answer = NULL;
    yyjson_val *events, *event;
    AUTO_BUF request;
    size_t i, max;
    int status;

    buf_init(&request, 1 << 20);
    buf_printf(&request, "{\"do\":\"quarantine.replay\",\"dry_run\":%s,\"by\":",
               what->dry_run ? "true" : "false");
    buf_json(&request, what->by);
    if (what->entry.ptr) {
        buf_str(&request, STR(",\"entry\":"));
        buf_json(&request, what->entry);
    }
    buf_str(&request, STR(",\"positions\":["));
    put_list(&request, positions, NULL, count);
    buf_str(&request, STR("],\"known\":["));
    put_list(&request, positions, known, count);
    buf_str(&request, STR("]}"));
    if (buf_failed(&request))
        return err_set(err, ERR_LIMIT, "this is too much for one request to the collector");
    status = control_client_ask(s, buf_as_str(&request), &what->wait, &answer, err);
    events = yyjson_obj_get(yyjson_doc_get_root(answer), "events"); /* also where it broke off */
    yyjson_arr_foreach(events, i, max, event) count_event(into, event);
    yyjson_doc_free(answer);
    return status;
}

int deciding_drop(const struct settings *s, const struct deciding *what, const int64_t *positions,
                  size_t count, struct err *err)
{
    yyjson_doc *answer = NULL;
    AUTO_BUF request;
    int status;

    buf_init(&request, 1 << 20);
    buf_str(&request, STR("{\"do\":\"quarantine.drop\",\"by\":"));
    buf_json(&request, what->by);
    buf_str(&request, STR(",\"reason\":"));
    buf_json(&request, what->reason);
    buf_str(&request, STR(",\"positions\":["));
    put_list(&request, positions, NULL, count);
    buf_str(&request, STR("]}"));
    if (buf_failed(&request))
        return err_set(err, ERR_LIMIT, "the reason is too long");
    status = control_client_ask(s, buf_as_str(&request), &what->wait, &answer, err);
    yyjson_doc_free(answer);
    return status;
}

static int by_count(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    size_t n = x->accepted + x->faulty, m = y->accepted + y->faulty;

    return n == m ? strcmp(x->text, y->text) : n < m ? 1 : -1;
}

void tallies_sort(struct tallies *t)
{
    if (t->count)
        qsort(t->list, t->count, sizeof *t->list, by_count);
}

void decided_free(struct decided *d)
{
    tallies_free(&d->names);
    tallies_free(&d->codes);
}
