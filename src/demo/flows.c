/* SPDX-License-Identifier: Apache-2.0 */
/* flows.c: sign-in and sign-up flows, and the activity of accounts and devices.
 *
 * A flow plays one of the scripts of flow_steps.c. Its id is signed as the accounts servers sign it:
 * 16 random bytes in hexadecimal, then the first 32 digits of HMAC-SHA256 over them, a line feed and
 * the begin in hexadecimal milliseconds. */
#include <openssl/hmac.h>

#include "base/check.h"
#include "base/mem.h"
#include "demo/flow_steps.h"
#include "demo/visit.h"

static const char *const reliers[] = {
    "sync", "sync", "sync", "sync", "", "3c49430b43dfba77", "98e6508e88680e1a", "dcdb5ae7add825d2"};
static const char *const entrypoints[] = {"abouthome",   "abouthome",   "menupanel",
                                          "preferences", "synced-tabs", "fxa:signup"};
static const char *const domains[] = {"gmail.com", "gmail.com",  "outlook.com", "yahoo.com",
                                      "other",     "icloud.com", "hotmail.com"};

static const struct flow_script *script_of(const struct visit *v)
{
    if (v->state)
        return &flow_continued_script;
    return v->left ? &device_scripts[v->object] : &flow_scripts[v->object];
}

static uint64_t choose_script(struct maker *m, const struct flow_script *scripts, size_t count)
{
    uint64_t at = rng_below(&m->rng, 1000), i = 0;

    while (i + 1 < count && at >= scripts[i].weight)
        at -= scripts[i++].weight;
    return i;
}

static void sign_flow(struct maker *m, struct visit *v)
{
    char message[64], begin[17];
    unsigned char digest[32];
    unsigned digest_len = sizeof digest;
    uint64_t ms = (uint64_t)(v->begin_us / 1000);
    size_t len = 16;

    for (int i = 0; i < 16; i++)
        v->flow_id[i] = (uint8_t)rng_next(&m->rng);
    hex_encode(message, v->flow_id, 16);
    message[32] = '\n';
    do {
        begin[--len] = "0123456789abcdef"[ms & 15];
        ms >>= 4;
    } while (ms);
    memcpy(message + 33, begin + len, 16 - len);
    CHECK(HMAC(EVP_sha256(), m->flow_key.ptr, (int)m->flow_key.len, (unsigned char *)message,
               33 + 16 - len, digest, &digest_len));
    memcpy(v->flow_id + 16, digest, 16);
}

static void begin_flow(struct maker *m, struct visit *v)
{
    v->begin_us = v->at_us - v->at_us % 1000;
    v->at_us = v->begin_us;
    sign_flow(m, v);
}

static void flow_start(struct traffic *t, struct visit *v)
{
    struct maker *m = traffic_maker(t);

    v->object = v->agent >= agent_count ? flow_script_count - 1
                                        : choose_script(m, flow_scripts, flow_script_count);
    if (v->object == 1) /* a newcomer */
        people_become(m, v, m->people + m->newcomers++);
    begin_flow(m, v);
}

static void device_start(struct traffic *t, struct visit *v)
{
    struct maker *m = traffic_maker(t);

    v->left = 1;
    v->object = choose_script(m, device_scripts, device_script_count);
    if (m->newcomers && rng_chance(&m->rng, 80))
        people_become(m, v, m->people + m->newcomers - 1 - rng_long_tail(&m->rng, m->newcomers));
}

static void put_flow(struct maker *m, const struct visit *v)
{
    char hex[64];

    hex_encode(hex, v->flow_id, sizeof v->flow_id);
    buf_append(m->out, ",\"flow\":{\"id\":\"", 15);
    buf_append(m->out, hex, sizeof hex);
    buf_append(m->out, "\",\"begin\":", 10);
    buf_i64(m->out, v->begin_us / 1000);
    buf_append(m->out, "}", 1);
}

static void put_attributes(struct maker *m, const struct visit *v, const struct flow_step *step)
{
    uint64_t h = v->session;

    if (step->flags & STEP_DURATION)
        put_int(m, "duration_ms", 3 + (int64_t)rng_long_tail(&m->rng, 2400));
    if (step->flags & STEP_PAGE) {
        put_text(m, "context", agents[v->agent].mobile ? "fx_ios_v1" : "fx_desktop_v3");
        put_text(m, "entrypoint", entrypoints[h % ARRAY_LEN(entrypoints)]);
        put_text(m, "migration", h >> 8 & 31 ? "none" : "sync11");
    }
    if (step->flags & STEP_MAIL)
        put_text(m, "email_domain", domains[v->person % ARRAY_LEN(domains)]);
    if (step->flags & STEP_COMPLAINT)
        put_bool(m, "complaint", h % 9 == 0);
    put_text(m, "service", reliers[h >> 16 & 7]);
    if (step->flags & STEP_UID)
        put_hex(m, "uid", people_hash(m, v->person, 30), people_hash(m, v->person, 31));
    if (step->flags & STEP_DEVICE)
        put_hex(m, "device_id", people_hash(m, v->person, 32 + 2 * v->device),
                people_hash(m, v->person, 33 + 2 * v->device));
}

static void put_campaign(struct maker *m, const struct visit *v)
{
    if (v->session >> 24 & 7)
        return;
    put_text(m, "utm_source", v->session >> 27 & 1 ? "newsletter" : "snippet");
    put_text(m, "utm_medium", v->session >> 27 & 1 ? "email" : "referral");
    put_text(m, "utm_campaign", v->session >> 28 & 1 ? "spring" : "sync-everywhere");
}

/* The step's name; with what it is about where that differs from flow to flow. */
static void open_step(struct maker *m, const struct visit *v, const struct flow_step *step)
{
    char name[128];
    size_t len = strlen(step->name);

    CHECK(len + 2 * sizeof v->older_flow <= sizeof name);
    memcpy(name, step->name, len);
    if (step->flags & STEP_COHORT) {
        struct str cohort = v->session >> 40 & 1 ? STR("treatment") : STR("control");

        memcpy(name + len, cohort.ptr, cohort.len);
        len += cohort.len;
    } else if (step->flags & STEP_CONTINUED) {
        hex_encode(name + len, v->older_flow, sizeof v->older_flow);
        len += 2 * sizeof v->older_flow;
    }
    put_open_named(m, v, str_of(name, len));
}

static void put_step(struct maker *m, const struct visit *v, const struct flow_step *step)
{
    open_step(m, v, step);
    if (!(step->flags & STEP_NO_FLOW))
        put_flow(m, v);
    put_properties(m);
    put_attributes(m, v, step);
    put_context(m);
    if (step->flags & STEP_BEGIN)
        put_campaign(m, v);
    put_text(m, "locale", regions[v->region].locale);
    put_connection(m, v);
    put_close(m);
}

/* A flow of its own on another device of the person, which a link in the mail led to. */
static void go_on_elsewhere(struct maker *m, struct visit *v)
{
    memcpy(v->older_flow, v->flow_id, sizeof v->older_flow);
    people_use_device(m, v, (v->device + 1u) % people_device_count(m, v->person));
    v->at_us += rng_between(&m->rng, 20000, 600000) * 1000;
    v->state = 1;
    v->step = 0;
    v->over = false;
    begin_flow(m, v);
}

/* What people do takes most of them a short time, and some a long one; a device has no habits. */
static int64_t pause_ms(struct maker *m, const struct flow_step *step)
{
    uint32_t width = step->high_ms - step->low_ms;

    if (width < 1000 || step->flags & STEP_NO_FLOW)
        return rng_between(&m->rng, step->low_ms, step->high_ms);
    return step->low_ms + (int64_t)rng_long_tail(&m->rng, width + 1);
}

/* Moves on to the next step that happens; the visit is over where there is none. */
static void advance(struct maker *m, struct visit *v, const struct flow_script *script)
{
    const struct flow_step *step;

    if (rng_chance(&m->rng, script->steps[v->step].leave)) {
        v->over = true;
        return;
    }
    do {
        if (++v->step == script->count) {
            v->over = true;
            return;
        }
        step = &script->steps[v->step];
    } while (!rng_chance(&m->rng, step->chance));
    v->at_us += pause_ms(m, step) * 1000;
    if (step->flags & STEP_OTHER_DEVICE && rng_chance(&m->rng, 350))
        people_use_device(m, v, (v->device + 1u) % people_device_count(m, v->person));
}

static void play(struct traffic *t, struct visit *v)
{
    struct maker *m = traffic_maker(t);
    const struct flow_script *script = script_of(v);

    put_step(m, v, &script->steps[v->step]);
    advance(m, v, script);
    if (v->over && script->linked && v->step == script->count && rng_chance(&m->rng, 90) &&
        people_device_count(m, v->person) > 1)
        go_on_elsewhere(m, v);
}

const struct visit_kind accounts_kinds[] = {
    {TRAFFIC_ACCOUNTS, 30, PACE_LEISURE, true, flow_start, play},
    {TRAFFIC_ACCOUNTS, 38, PACE_LEISURE, false, device_start, play},
};
const size_t accounts_kind_count = ARRAY_LEN(accounts_kinds);
