/* SPDX-License-Identifier: Apache-2.0 */
/* activity_fixture.h: activity of users with devices, and reports about it. */
#pragma once
#include "model_fixture.h"

#include "base/datetime.h"
#include "report/report.h"
#include "store/query.h"

static const char activity_catalogue[] =
    "defaults: {owner: a@example.org, kind: activity}\n"
    "events:\n"
    "  - {name: account.signed, description: d, trigger: t,\n"
    "     properties: {service: {type: string, description: d}}}\n"
    "  - {name: account.created, description: d, trigger: t,\n"
    "     properties: {service: {type: string, description: d}}}\n"
    "  - {name: page.viewed, description: d, trigger: t, kind: page}\n"
    "  - {name: \"email.{template}.{outcome}\", description: d, trigger: t, kind: email,\n"
    "     parameters: {template: {pattern: \"[a-z]+\", description: d},\n"
    "     outcome: {pattern: \"[a-z]+\", description: d}}, properties: {\n"
    "     email_domain: {type: string, privacy: keep, description: d},\n"
    "     complaint: {type: boolean, description: d}}}\n";

/* user and device: 1 to 65535, told apart by their last two bytes; 0: none. */
struct activity {
    const char *time; /* RFC 3339 */
    unsigned user, device;
    const char *service; /* may be NULL */
    const char *name; /* NULL: account.signed */
    int64_t time_us; /* where time is NULL */
};

static inline void activity_pseudonym(uint8_t out[16], unsigned number)
{
    memset(out, 0, 16);
    out[0] = (uint8_t)(number * 37); /* so that there are all samples */
    out[14] = (uint8_t)(number >> 8);
    out[15] = (uint8_t)number;
}

static inline void activity_load(struct model_fixture *t, const struct activity *rows, size_t count)
{
    struct err err = {0};

    model_need(store_load_begin(t->f->store, &err), &err);
    for (size_t i = 0; i < count; i++) {
        const struct activity *a = rows + i;
        struct record_property service = {.name = STR("service")};
        struct record rec = {.time_us = a->time_us,
                             .name = str_from(a->name ? a->name : "account.signed"),
                             .source = STR("test")};

        if (a->time && datetime_parse(str_from(a->time), &rec.time_us) < 0)
            fail_msg("%s is no time", a->time);
        rec.received_us = rec.time_us;
        t->position++;
        memcpy(rec.id.b, &t->position, sizeof t->position);
        if (a->user)
            rec.flags |= RECORD_HAS_ACTOR;
        if (a->device)
            rec.flags |= RECORD_HAS_DEVICE;
        activity_pseudonym(rec.actor.b, a->user);
        activity_pseudonym(rec.device.b, a->device);
        if (a->service) {
            service.value.type = RECORD_TEXT;
            service.value.text = str_from(a->service);
            rec.properties = &service;
            rec.property_count = 1;
        }
        model_need(store_load_add(t->f->store, &rec, t->position, &err), &err);
    }
    model_need(store_load_commit(t->f->store, t->position, &err), &err);
}

static inline int activity_collect(void *ctx, struct str bytes)
{
    buf_str(ctx, bytes);
    return buf_failed(ctx) ? -1 : 0;
}

static inline void activity_ask(struct model_fixture *t, struct str sql, enum query_format format,
                                struct buf *out)
{
    struct query_result result;
    struct err err = {0};

    buf_init(out, 16 << 20);
    if (query_run(t->f->store,
                  &(struct query_opts){.sql = sql,
                                       .format = format,
                                       .ours = true,
                                       .timeout_us = INT64_C(60000000),
                                       .write = activity_collect,
                                       .ctx = out},
                  &result, &err) < 0)
        fail_msg("%.*s: %s", STR_ARG(sql), err.text);
}

/* A report that knows the database; `words` are --name=value, ended by NULL. The caller frees it. */
static inline struct report_asked *activity_asked(struct model_fixture *t, const char *report,
                                                  const char *const *words)
{
    struct report_asked *asked = report_asked_new(report_find(str_from(report), NULL));
    struct err err = {0};
    AUTO_BUF about;
    AUTO_BUF json;

    buf_init(&about, REPORT_SQL_MAX);
    for (; *words; words++) {
        struct str value = str_from(*words);
        struct str name = str_split(&value, '=');

        model_need(report_set(asked, name, value, &err), &err);
    }
    model_need(report_check(asked, &err), &err);
    report_put_about(asked, &about);
    activity_ask(t, buf_as_str(&about), QUERY_JSON, &json);
    model_need(report_know(asked, buf_as_str(&json), &err), &err);
    return asked;
}

/* Its rows as CSV, without the line of names. The caller frees them. */
static inline char *activity_report(struct model_fixture *t, const char *report,
                                    const char *const *words)
{
    struct report_asked *asked = activity_asked(t, report, words);
    struct err err = {0};
    struct str rest;
    AUTO_BUF sql;
    AUTO_BUF csv;

    buf_init(&sql, REPORT_SQL_MAX);
    model_need(report_build(asked, false, &sql, &err), &err);
    activity_ask(t, buf_as_str(&sql), QUERY_CSV, &csv);
    report_asked_free(asked);
    rest = buf_as_str(&csv);
    str_split(&rest, '\n');
    return rest.ptr ? xmemdup(rest.ptr, rest.len) : xstrdup("");
}

#define assert_report(t, report, expected, ...)                                                    \
    do {                                                                                           \
        AUTO_FREE char *answered =                                                                 \
            activity_report((t), (report), (const char *const[]){__VA_ARGS__, NULL});              \
        assert_string_equal(answered, (expected));                                                 \
    } while (0)
