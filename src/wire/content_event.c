/* SPDX-License-Identifier: Apache-2.0 */
/* content_event.c: what a batch's words stand for: names of events, page groups, phases of a load. */
#include "base/check.h"
#include "base/mem.h"
#include "wire/content_tree.h"

static const struct str screen_prefix = {"screen.", 7}, oauth_prefix = {"oauth.", 6},
                        timing_prefix = {"flow.timing.", 12}, flow_prefix = {"flow.", 5};

static void append(struct content_name *out, struct str s)
{
    CHECK(s.len <= sizeof out->text - out->len);
    if (s.len)
        memcpy(out->text + out->len, s.ptr, s.len);
    out->len += s.len;
}

static struct str without(struct str s, struct str prefix)
{
    return str_starts(s, prefix) ? str_slice(s, prefix.len, s.len) : s;
}

const char *content_page_group(struct str initial_view)
{
    static const char *const first_views[] = {"enter-email", "force-auth", "signin", "signup"};

    for (size_t i = 0; i < ARRAY_LEN(first_views); i++)
        if (str_is(without(initial_view, oauth_prefix), first_views[i]))
            return "auth";
    return "other";
}

/* flow.timing.TIMER.NUMBER */
static void read_timing(struct str type, struct content_name *out)
{
    size_t dot = type.len;
    uint64_t n;

    while (dot > timing_prefix.len && type.ptr[dot - 1] != '.')
        dot--;
    out->number_missing = dot <= timing_prefix.len ||
                          str_to_u64(str_slice(type, dot, type.len), &n) < 0 || n > INT64_MAX;
    out->has_number = !out->number_missing;
    if (out->has_number)
        out->number = (int64_t)n;
    append(out, out->has_number ? str_slice(type, 0, dot - 1) : type);
}

void content_name_of(struct str type, struct str initial_view, struct content_name *out)
{
    out->len = 0;
    out->is_begin = str_is(type, "flow.begin");
    out->is_loaded = str_is(type, "loaded");
    out->has_number = out->number_missing = false;
    if (out->is_loaded) {
        append(out, STR("flow.performance."));
        append(out, str_from(content_page_group(initial_view)));
    } else if (str_starts(type, timing_prefix)) {
        read_timing(type, out);
    } else if (str_starts(type, screen_prefix)) {
        append(out, flow_prefix);
        append(out, without(str_slice(type, screen_prefix.len, type.len), oauth_prefix));
        append(out, STR(".view"));
    } else {
        append(out, type);
    }
}

/* What is between two moments of the load, where both are known and in order. */
struct stretch {
    enum content_timing from, until;
};

static const struct {
    const char *name;
    struct stretch parts[4];
    size_t count;
} phases[CONTENT_PHASES] = {
    {"network",
     {{TIMING_REDIRECT_START, TIMING_REDIRECT_END},
      {TIMING_DOMAIN_LOOKUP_START, TIMING_DOMAIN_LOOKUP_END},
      {TIMING_CONNECT_START, TIMING_CONNECT_END},
      {TIMING_RESPONSE_START, TIMING_RESPONSE_END}},
     4},
    {"server", {{TIMING_REQUEST_START, TIMING_RESPONSE_START}}, 1},
    {"client", {{TIMING_DOM_LOADING, TIMING_DOM_COMPLETE}}, 1},
};

const char *content_phase_name(size_t phase)
{
    CHECK(phase < CONTENT_PHASES);
    return phases[phase].name;
}

/* -1: not known. */
static int64_t timing_of(const struct content_batch *b, enum content_timing which)
{
    yyjson_val *val = b->timing[which];

    return !val || unsafe_yyjson_is_null(val) ? -1 : content_whole(val);
}

int64_t content_phase_ms(const struct content_batch *b, size_t phase)
{
    int64_t sum = 0;

    CHECK(phase < CONTENT_PHASES);
    for (size_t i = 0; i < phases[phase].count; i++) {
        int64_t from = timing_of(b, phases[phase].parts[i].from);
        int64_t until = timing_of(b, phases[phase].parts[i].until);

        if (from >= 0 && until > from)
            sum += until - from;
    }
    return sum;
}
