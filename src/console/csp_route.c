/* SPDX-License-Identifier: Apache-2.0 */
/* csp_route.c: POST /api/csp: counts what browsers report, keeps the last few kinds.
 *
 * Promises that nothing of a report is kept but a directive's name and a host or keyword, both of few
 * characters; paths, samples and pages are not read. */
#include <stdio.h>
#include <stdlib.h>
#include <yyjson.h>

#include "base/clock.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "console/csp.h"
#include "console/internal.h"

enum { BODY_MAX = 8 * 1024 };

void csp_init(struct csp *c)
{
    *c = (struct csp){0};
    pthread_mutex_init(&c->lock, NULL);
}

void csp_destroy(struct csp *c)
{
    pthread_mutex_destroy(&c->lock);
}

/* `text` where it is short and has letters of `set` alone. */
static void take_plain(char *out, size_t size, struct str text, const char *set)
{
    bool plain = text.len > 0 && text.len < size;

    for (size_t i = 0; plain && i < text.len; i++)
        plain = strchr(set, text.ptr[i]) != NULL && text.ptr[i] != '\0';
    if (plain)
        snprintf(out, size, "%.*s", STR_ARG(text));
    else
        snprintf(out, size, "(other)");
}

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* The host of an address, or the keyword that stands in its place: inline, eval, data. */
static struct str blocked_part(struct str uri)
{
    for (size_t i = 0; i + 2 < uri.len; i++)
        if (memcmp(uri.ptr + i, "://", 3) == 0) {
            struct str rest = str_slice(uri, i + 3, uri.len);

            return str_slice(rest, 0, str_find(rest, '/'));
        }
    return str_slice(uri, 0, str_find(uri, ':'));
}

static struct str text_of(yyjson_val *map, const char *name, const char *other)
{
    yyjson_val *value = yyjson_obj_get(map, name);

    if (!yyjson_is_str(value))
        value = yyjson_obj_get(map, other);
    return str_of(yyjson_get_str(value), yyjson_get_len(value));
}

/* report-uri sends a map, the Reporting API a list of maps. */
static yyjson_val *find_report(yyjson_val *root)
{
    if (yyjson_is_arr(root))
        return yyjson_obj_get(yyjson_arr_get_first(root), "body");
    return yyjson_obj_get(root, "csp-report");
}

static int read_report(struct csp_kind *out, struct str body)
{
    yyjson_doc *doc = yyjson_read(body.ptr, body.len, 0);
    yyjson_val *report = find_report(yyjson_doc_get_root(doc));
    int status = yyjson_is_obj(report) ? 0 : -1;

    if (status == 0) {
        take_plain(out->directive, sizeof out->directive,
                   text_of(report, "effective-directive", "effectiveDirective"), LOWER "-");
        take_plain(out->blocked, sizeof out->blocked,
                   blocked_part(text_of(report, "blocked-uri", "blockedURL")),
                   LOWER UPPER DIGITS "-.:[]");
    }
    yyjson_doc_free(doc);
    return status;
}

/* With the lock. */
static bool is_flood(struct csp *c)
{
    int64_t second = clock_monotonic_us() / 1000000;

    if (second != c->second) {
        c->second = second;
        c->in_second = 0;
    }
    return c->in_second++ >= CSP_EACH_S;
}

/* With the lock: its place, else a free one, else that of the kind that was seen least lately. */
static struct csp_kind *place(struct csp *c, const struct csp_kind *kind)
{
    struct csp_kind *oldest = c->kinds;

    for (size_t i = 0; i < CSP_KINDS_MAX; i++) {
        struct csp_kind *k = &c->kinds[i];

        if (k->count && strcmp(k->directive, kind->directive) == 0 &&
            strcmp(k->blocked, kind->blocked) == 0)
            return k;
        if (k->last_us < oldest->last_us)
            oldest = k;
    }
    *oldest = *kind;
    return oldest;
}

void csp_take(struct csp *c, struct str body)
{
    struct csp_kind kind = {0};
    bool flood;

    pthread_mutex_lock(&c->lock);
    flood = is_flood(c);
    c->dropped += flood;
    pthread_mutex_unlock(&c->lock);
    if (flood)
        return;
    if (body.len > BODY_MAX || read_report(&kind, body) < 0) {
        pthread_mutex_lock(&c->lock);
        c->dropped++;
        pthread_mutex_unlock(&c->lock);
        return;
    }
    pthread_mutex_lock(&c->lock);
    {
        struct csp_kind *k = place(c, &kind);

        c->reports++;
        k->count++;
        k->last_us = clock_now_us();
    }
    pthread_mutex_unlock(&c->lock);
}

void csp_put_metrics(struct csp *c, struct buf *out)
{
    pthread_mutex_lock(&c->lock);
    buf_printf(out,
               "# HELP weir_console_csp_reports_total Reports of browsers that something was held "
               "back on a page of the console.\n"
               "# TYPE weir_console_csp_reports_total counter\n"
               "weir_console_csp_reports_total %llu\n"
               "# HELP weir_console_csp_dropped_total Such reports that were not looked at: too "
               "many, too large, or none.\n"
               "# TYPE weir_console_csp_dropped_total counter\n"
               "weir_console_csp_dropped_total %llu\n",
               (unsigned long long)c->reports, (unsigned long long)c->dropped);
    pthread_mutex_unlock(&c->lock);
}

static int latest_first(const void *a, const void *b)
{
    const struct csp_kind *x = a, *y = b;

    return (x->last_us < y->last_us) - (x->last_us > y->last_us);
}

static void put_kind(struct buf *out, const struct csp_kind *k)
{
    char time[DATETIME_SIZE];

    datetime_format(time, k->last_us, DATETIME_MILLISECONDS);
    buf_printf(out, "{\"directive\":\"%s\",\"blocked\":\"%s\",\"count\":%llu,\"last\":\"%s\"}",
               k->directive, k->blocked, (unsigned long long)k->count, time);
}

void csp_put_json(struct csp *c, struct buf *out)
{
    struct csp_kind kinds[CSP_KINDS_MAX];
    uint64_t reports, dropped;

    pthread_mutex_lock(&c->lock);
    memcpy(kinds, c->kinds, sizeof kinds);
    reports = c->reports;
    dropped = c->dropped;
    pthread_mutex_unlock(&c->lock);
    qsort(kinds, CSP_KINDS_MAX, sizeof kinds[0], latest_first);
    buf_printf(out, "{\"reports\":%llu,\"dropped\":%llu,\"kinds\":[", (unsigned long long)reports,
               (unsigned long long)dropped);
    for (size_t i = 0; i < CSP_KINDS_MAX && kinds[i].count; i++) {
        if (i > 0)
            buf_char(out, ',');
        put_kind(out, &kinds[i]);
    }
    buf_str(out, STR("]}"));
}

enum MHD_Result console_csp(struct console *c, struct console_request *r)
{
    csp_take(&c->csp, buf_as_str(&r->body));
    return console_answer(r->connection, 204, "text/plain; charset=utf-8", STR(""));
}
