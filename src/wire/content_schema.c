/* SPDX-License-Identifier: Apache-2.0 */
/* content_schema.c: what a batch may hold.
 *
 * Promises: keys that no rule names, a key twice, wrong types and texts too long or of other bytes
 * are all found, and the first of them is named; no value is repeated.
 * A key that no client left out in any version is required. So are the keys of what stands in a
 * list, and of screen; those of navigationTiming are not, since browsers differ in which they have. */
#include "wire/content_tree.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"

#define WORD "A-Za-z0-9_"
#define HEX "0-9a-f"
#define WHOLE_MAX INT64_C(9007199254740991) /* what a client's numbers hold exactly */

enum rule_type { TEXT, WHOLE, NUMBER, BOOLEAN, OBJECT, LIST };
enum rule_flag { REQUIRED = 1, OR_NONE = 2, OR_NULL = 4 };

struct rule {
    struct str key;
    enum rule_type type;
    unsigned flags;
    int64_t min, max; /* of a number; of a text's bytes, where max 0 is 1024 */
    const char *set; /* a text's bytes */
    bool (*fits)(struct str s); /* a text, beside that */
    const struct shape *inside; /* of an object, or of each item of a list; NULL: anything */
    const char *expected;
};

struct shape {
    const struct rule *rules;
    size_t count;
    size_t at; /* where its values go in content_batch's lists; NOWHERE */
};
enum { NOWHERE = -1, TEXT_MAX = 1024, DEPTH_MAX = 3 };

bool content_has_only(struct str s, const char *set)
{
    for (size_t i = 0; i < s.len; i++) {
        const char *p = set;

        while (*p &&
               !(p[1] == '-' && p[2] ? s.ptr[i] >= p[0] && s.ptr[i] <= p[2] : s.ptr[i] == p[0]))
            p += p[1] == '-' && p[2] ? 3 : 1;
        if (!*p)
            return false;
    }
    return true;
}

static bool is_service(struct str s)
{
    return str_is(s, "sync") || str_is(s, "content-server") || str_is(s, "none") ||
           (s.len == 16 && content_has_only(s, HEX));
}

static bool is_migration(struct str s)
{
    return str_is(s, "sync11") || str_is(s, "amo") || str_is(s, "none");
}

static bool is_language(struct str s)
{
    size_t dash = str_find(s, '-');

    return dash > 0 && content_has_only(str_slice(s, 0, dash), "a-z") &&
           (dash == s.len ||
            (dash + 1 < s.len && content_has_only(str_slice(s, dash + 1, s.len), "A-Za-z")));
}

/* Behind the scheme a URI has something, and nothing but its own bytes (RFC 3986). */
static bool is_uri(struct str s, const char *const *schemes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct str scheme = str_from(schemes[i]);

        if (str_starts_nocase(s, scheme) && s.len > scheme.len)
            return content_has_only(str_slice(s, scheme.len, s.len),
                                    "A-Za-z0-9._~:/?#[]@!$&'()*+,;=%-");
    }
    return false;
}

static bool is_referrer(struct str s)
{
    static const char *const schemes[] = {"http://", "https://", "android-app://"};

    return is_uri(s, schemes, ARRAY_LEN(schemes));
}

static bool is_url(struct str s)
{
    static const char *const schemes[] = {"http://", "https://"};

    return is_uri(s, schemes, ARRAY_LEN(schemes));
}

static bool is_utm(struct str s)
{
    return content_has_only(s, WORD "/.%-");
}

/* One page of old sends these very words. */
static bool is_campaign(struct str s)
{
    return is_utm(s) || str_is(s, "page+referral+-+not+part+of+a+campaign");
}

#define KEY(k) .key = {k, sizeof(k) - 1}
#define SHAPE(list, where)                                                                         \
    {                                                                                              \
        list, sizeof(list) / sizeof *(list), where                                                 \
    }
#define AT(member) (offsetof(struct content_batch, member) / sizeof(yyjson_val *))
#define COUNT_RULE(k, how)                                                                         \
    {                                                                                              \
        KEY(k), WHOLE, how, 0, WHOLE_MAX, .expected = "an integer of at least 0"                   \
    }
#define SIZE_RULE(k)                                                                               \
    {                                                                                              \
        KEY(k), WHOLE, REQUIRED | OR_NONE, 0, WHOLE_MAX,                                           \
            .expected = "an integer of at least 0, or none"                                        \
    }
#define SET_RULE(k, how, bytes)                                                                    \
    {                                                                                              \
        KEY(k), TEXT, how, .set = bytes, .expected = "1 to 1024 of the characters " bytes          \
    }
#define HEX32_RULE(k)                                                                              \
    {                                                                                              \
        KEY(k), TEXT, OR_NONE, 32, 32, HEX, .expected = "32 hexadecimal digits, or none"           \
    }
#define UTM_RULE(k, test)                                                                          \
    {                                                                                              \
        KEY(k), TEXT, REQUIRED, 1, 128, .fits = test,                                              \
                                        .expected = "1 to 128 of the characters " WORD "/.%-"      \
    }
#define BOOLEAN_RULE(k, how)                                                                       \
    {                                                                                              \
        KEY(k), BOOLEAN, how, .expected = "true or false"                                          \
    }
#define TIMING_RULE(k)                                                                             \
    {                                                                                              \
        KEY(k), WHOLE, OR_NULL, -WHOLE_MAX, WHOLE_MAX, .expected = "an integer or null"            \
    }

static const struct rule event_rules[] = {
    {KEY("offset"), WHOLE, REQUIRED, 0, CONTENT_OFFSET_MAX,
     .expected = "an integer from 0 to 172800000"},
    {KEY("type"), TEXT, REQUIRED, .set = WORD " \t\n\v\f\r.:-",
     .expected = "1 to 1024 letters, digits, blanks and any of _ . : -"},
};
static const struct rule experiment_rules[] = {
    SET_RULE("choice", REQUIRED, WORD ".-"),
    SET_RULE("group", REQUIRED, WORD ".-"),
};
static const struct rule marketing_rules[] = {
    SET_RULE("campaignId", REQUIRED, "0-9a-z_-"),
    BOOLEAN_RULE("clicked", REQUIRED),
    {KEY("url"), TEXT, REQUIRED, 1, 2048, .fits = is_url,
     .expected = "an http or https URL of at most 2048 bytes"},
};
static const struct rule preference_rules[] = {
    BOOLEAN_RULE("account-recovery", 0),
    BOOLEAN_RULE("emails", 0),
    BOOLEAN_RULE("two-step-authentication", 0),
};
static const struct rule engine_rule[] = {SET_RULE("", REQUIRED, "a-z")};
static const struct rule timing_rules[TIMINGS] = {
    TIMING_RULE("connectEnd"),
    TIMING_RULE("connectStart"),
    TIMING_RULE("domComplete"),
    TIMING_RULE("domContentLoadedEventEnd"),
    TIMING_RULE("domContentLoadedEventStart"),
    TIMING_RULE("domInteractive"),
    TIMING_RULE("domLoading"),
    TIMING_RULE("domainLookupEnd"),
    TIMING_RULE("domainLookupStart"),
    TIMING_RULE("fetchStart"),
    TIMING_RULE("loadEventEnd"),
    TIMING_RULE("loadEventStart"),
    TIMING_RULE("navigationStart"),
    TIMING_RULE("redirectEnd"),
    TIMING_RULE("redirectStart"),
    TIMING_RULE("requestStart"),
    TIMING_RULE("responseEnd"),
    TIMING_RULE("responseStart"),
    TIMING_RULE("secureConnectionStart"),
    TIMING_RULE("unloadEventEnd"),
    TIMING_RULE("unloadEventStart"),
};
static const struct rule screen_rules[SCREENS] = {
    SIZE_RULE("clientHeight"),
    SIZE_RULE("clientWidth"),
    {KEY("devicePixelRatio"), NUMBER, REQUIRED | OR_NONE,
     .expected = "a number of at least 0, or none"},
    SIZE_RULE("height"),
    SIZE_RULE("width"),
};
static const struct shape of_event = SHAPE(event_rules, NOWHERE);
static const struct shape of_experiment = SHAPE(experiment_rules, NOWHERE);
static const struct shape of_marketing = SHAPE(marketing_rules, NOWHERE);
static const struct shape of_preferences = SHAPE(preference_rules, NOWHERE);
static const struct shape of_engine = SHAPE(engine_rule, NOWHERE);
static const struct shape of_timing = SHAPE(timing_rules, AT(timing));
static const struct shape of_screen = SHAPE(screen_rules, AT(screen));

static const struct rule batch_rules[FIELDS] = {
    [FIELD_BROKER] = SET_RULE("broker", REQUIRED, "0-9a-z-"),
    [FIELD_CLIENT_ID] = {KEY("client_id"), TEXT, 0, .fits = is_service,
                         .expected = "16 hexadecimal digits"},
    [FIELD_CONTEXT] = SET_RULE("context", REQUIRED, "0-9a-z_-"),
    [FIELD_DEVICE_ID] = HEX32_RULE("deviceId"),
    [FIELD_DURATION] = COUNT_RULE("duration", REQUIRED),
    [FIELD_EMAIL_DOMAIN] = {KEY("emailDomain"), TEXT, 0, 1, 32, "0-9A-Za-z.-",
                            .expected = "1 to 32 of the characters 0-9A-Za-z.-"},
    [FIELD_ENTRY_POINT] = SET_RULE("entryPoint", 0, WORD ".:-"),
    [FIELD_ENTRYPOINT] = SET_RULE("entrypoint", 0, WORD ".:-"),
    [FIELD_ENTRYPOINT_EXPERIMENT] = SET_RULE("entrypoint_experiment", 0, WORD ".:-"),
    [FIELD_ENTRYPOINT_VARIATION] = SET_RULE("entrypoint_variation", 0, WORD ".:-"),
    [FIELD_EVENTS] = {KEY("events"), LIST, REQUIRED, .inside = &of_event,
                      .expected = "a list of objects"},
    [FIELD_EXPERIMENTS] = {KEY("experiments"), LIST, REQUIRED, .inside = &of_experiment,
                           .expected = "a list of objects"},
    [FIELD_FLOW_BEGIN_TIME] = COUNT_RULE("flowBeginTime", 0),
    [FIELD_FLOW_ID] = {KEY("flowId"), TEXT, 0, 64, 64, "0-9A-Fa-f",
                       .expected = "64 hexadecimal digits"},
    [FIELD_FLUSH_TIME] = COUNT_RULE("flushTime", REQUIRED),
    [FIELD_INITIAL_VIEW] = SET_RULE("initialView", 0, "a-z._-"),
    [FIELD_IS_SAMPLED_USER] = BOOLEAN_RULE("isSampledUser", REQUIRED),
    [FIELD_LANG] = {KEY("lang"), TEXT, REQUIRED, .fits = is_language,
                    .expected = "a language, such as en or pt-BR"},
    [FIELD_MARKETING] = {KEY("marketing"), LIST, REQUIRED, .inside = &of_marketing,
                         .expected = "a list of objects"},
    [FIELD_MIGRATION] = {KEY("migration"), TEXT, REQUIRED, .fits = is_migration,
                         .expected = "one of sync11, amo, none"},
    [FIELD_NAVIGATION_TIMING] = {KEY("navigationTiming"), OBJECT, 0, .inside = &of_timing,
                                 .expected = "an object"},
    [FIELD_NUM_STORED_ACCOUNTS] = COUNT_RULE("numStoredAccounts", 0),
    [FIELD_REFERRER] = {KEY("referrer"), TEXT, REQUIRED | OR_NONE, 1, 2048, .fits = is_referrer,
                        .expected = "a URI of at most 2048 bytes, or none"},
    [FIELD_SCREEN] = {KEY("screen"), OBJECT, REQUIRED, .inside = &of_screen,
                      .expected = "an object"},
    [FIELD_SERVICE] = {KEY("service"), TEXT, REQUIRED, .fits = is_service,
                       .expected = "sync, content-server, none or 16 hexadecimal digits"},
    [FIELD_START_TIME] = COUNT_RULE("startTime", REQUIRED),
    [FIELD_SYNC_ENGINES] = {KEY("syncEngines"), LIST, 0, .inside = &of_engine,
                            .expected = "a list of words"},
    [FIELD_TIMERS] = {KEY("timers"), OBJECT, 0, .expected = "an object"},
    [FIELD_UID] = HEX32_RULE("uid"),
    [FIELD_UNIQUE_USER_ID] = {KEY("uniqueUserId"), TEXT, REQUIRED | OR_NONE, 36, 36, "0-9a-z-",
                              .expected = "36 of the characters 0-9a-z-, or none"},
    [FIELD_USER_PREFERENCES] = {KEY("userPreferences"), OBJECT, 0, .inside = &of_preferences,
                                .expected = "an object"},
    [FIELD_UTM_CAMPAIGN] = UTM_RULE("utm_campaign", is_campaign),
    [FIELD_UTM_CONTENT] = UTM_RULE("utm_content", is_utm),
    [FIELD_UTM_MEDIUM] = UTM_RULE("utm_medium", is_utm),
    [FIELD_UTM_SOURCE] = UTM_RULE("utm_source", is_utm),
    [FIELD_UTM_TERM] = UTM_RULE("utm_term", is_utm),
};
static const struct shape of_batch = SHAPE(batch_rules, AT(fields));

/* One check of a batch. */
struct check {
    struct {
        struct str key;
        size_t index; /* of a list's item, where there is no key */
    } path[DEPTH_MAX];
    size_t depth;
    yyjson_val **values; /* content_batch's lists behind one another */
    struct content_wrong *wrong;
};

/* Says what is wrong with the value at the path, or with `key` of it. */
static int wrong(struct check *c, struct str key, const char *what, const char *expected)
{
    struct buf text;

    buf_init(&text, sizeof c->wrong->key - 1);
    for (size_t i = 0; i < c->depth; i++) {
        if (i > 0)
            buf_char(&text, '.');
        if (c->path[i].key.ptr)
            buf_str(&text, c->path[i].key);
        else
            buf_i64(&text, (int64_t)c->path[i].index);
    }
    if (text.len > 0 && key.len > 0)
        buf_char(&text, '.');
    buf_str(&text, key);
    snprintf(c->wrong->key, sizeof c->wrong->key, "%.*s", (int)text.len, text.len ? text.ptr : "");
    buf_free(&text);
    snprintf(c->wrong->message, sizeof c->wrong->message, "\"%s\" %s%s", c->wrong->key, what,
             expected);
    return -1;
}

static int unexpected(struct check *c, const struct rule *r)
{
    return wrong(c, STR_NONE, "must be ", r->expected);
}

/* Of a number that is whole, also where it is written as 1.0 or 1e3. */
static bool get_whole(yyjson_val *val, int64_t *out)
{
    double real;

    if (unsafe_yyjson_is_uint(val)) {
        *out = unsafe_yyjson_get_uint(val) > WHOLE_MAX ? INT64_MAX
                                                       : (int64_t)unsafe_yyjson_get_uint(val);
        return true;
    }
    if (unsafe_yyjson_is_int(val)) {
        *out = unsafe_yyjson_get_sint(val);
        return true;
    }
    if (!unsafe_yyjson_is_real(val))
        return false;
    real = unsafe_yyjson_get_real(val);
    if (!(real >= -(double)WHOLE_MAX && real <= (double)WHOLE_MAX) || real != (double)(int64_t)real)
        return false;
    *out = (int64_t)real;
    return true;
}

int64_t content_whole(yyjson_val *val)
{
    int64_t n;

    CHECK(get_whole(val, &n));
    return n;
}

static bool is_text_of(const struct rule *r, struct str s)
{
    return s.len >= (size_t)(r->min ? r->min : 1) &&
           s.len <= (size_t)(r->max ? r->max : TEXT_MAX) &&
           (!r->set || content_has_only(s, r->set)) && (!r->fits || r->fits(s));
}

const char *content_text_expected(enum content_field f, struct str s)
{
    const struct rule *r = &batch_rules[f];

    CHECK(f < FIELDS && r->type == TEXT);
    return is_text_of(r, s) ? NULL : r->expected;
}

struct str content_kept_campaign(struct str s)
{
    return s.len && content_has_only(s, WORD ".%-") ? str_slice(s, 0, CONTENT_TEXT_MAX) : STR_NONE;
}

static int check_shape(struct check *c, const struct shape *shape, yyjson_val *obj);
static int check_value(struct check *c, const struct rule *r, yyjson_val *val);

static int check_items(struct check *c, const struct shape *inside, yyjson_val *list)
{
    yyjson_arr_iter it = yyjson_arr_iter_with(list);
    yyjson_val *item;
    bool plain = inside->rules[0].key.len == 0; /* a rule for the items themselves */

    CHECK(c->depth < DEPTH_MAX);
    c->path[c->depth].key = STR_NONE;
    c->path[c->depth++].index = 0;
    while ((item = yyjson_arr_iter_next(&it))) {
        if (plain && check_value(c, inside->rules, item) < 0)
            return -1;
        if (!plain && !unsafe_yyjson_is_obj(item))
            return wrong(c, STR_NONE, "must be ", "an object");
        if (!plain && check_shape(c, inside, item) < 0)
            return -1;
        c->path[c->depth - 1].index++;
    }
    c->depth--;
    return 0;
}

static int check_value(struct check *c, const struct rule *r, yyjson_val *val)
{
    int64_t n;

    if (((r->flags & OR_NULL) && unsafe_yyjson_is_null(val)) ||
        ((r->flags & OR_NONE) && yyjson_equals_str(val, "none")))
        return 0;
    switch (r->type) {
    case TEXT:
        return unsafe_yyjson_is_str(val) && is_text_of(r, native_text(val)) ? 0 : unexpected(c, r);
    case WHOLE: return get_whole(val, &n) && n >= r->min && n <= r->max ? 0 : unexpected(c, r);
    case NUMBER:
        return unsafe_yyjson_is_num(val) && yyjson_get_num(val) >= 0 ? 0 : unexpected(c, r);
    case BOOLEAN: return unsafe_yyjson_is_bool(val) ? 0 : unexpected(c, r);
    case OBJECT:
        if (!unsafe_yyjson_is_obj(val))
            return unexpected(c, r);
        return r->inside ? check_shape(c, r->inside, val) : 0;
    case LIST: return unsafe_yyjson_is_arr(val) ? check_items(c, r->inside, val) : unexpected(c, r);
    }
    return -1;
}

/* Clients send keys in order, so that of the next rule is tried first. */
static size_t find_rule(const struct shape *shape, struct str key, size_t from)
{
    for (size_t i = 0; i < shape->count; i++) {
        size_t at = from + i < shape->count ? from + i : from + i - shape->count;

        if (str_eq(shape->rules[at].key, key))
            return at;
    }
    return shape->count;
}

static int check_missing(struct check *c, const struct shape *shape, uint64_t seen)
{
    for (size_t i = 0; i < shape->count; i++)
        if ((shape->rules[i].flags & REQUIRED) && !(seen >> i & 1))
            return wrong(c, shape->rules[i].key, "is required", "");
    return 0;
}

static int check_shape(struct check *c, const struct shape *shape, yyjson_val *obj)
{
    yyjson_obj_iter it = yyjson_obj_iter_with(obj);
    uint64_t seen = 0;
    size_t next = 0;
    yyjson_val *key;

    CHECK(c->depth < DEPTH_MAX);
    while ((key = yyjson_obj_iter_next(&it))) {
        yyjson_val *val = yyjson_obj_iter_get_val(key);
        size_t at = find_rule(shape, native_text(key), next);

        if (at == shape->count)
            return wrong(c, native_may_be_shown(native_text(key)) ? native_text(key) : STR("*"),
                         "is not allowed", "");
        c->path[c->depth++].key = shape->rules[at].key;
        if (seen >> at & 1)
            return wrong(c, STR_NONE, "is there twice", "");
        seen |= UINT64_C(1) << at;
        if (check_value(c, &shape->rules[at], val) < 0)
            return -1;
        if (shape->at != (size_t)NOWHERE)
            c->values[shape->at + at] = val;
        c->depth--;
        next = at + 1 < shape->count ? at + 1 : 0;
    }
    return check_missing(c, shape, seen);
}

int content_check(yyjson_val *root, struct content_batch *out, struct content_wrong *wrong_out)
{
    struct check c = {.values = (yyjson_val **)out, .wrong = wrong_out};

    *out = (struct content_batch){0};
    /* What is no object has none of the keys. */
    return yyjson_is_obj(root) ? check_shape(&c, &of_batch, root) : check_missing(&c, &of_batch, 0);
}
static_assert(FIELDS <= 64 && TIMINGS <= 64, "a bit for each");
static_assert(sizeof(struct content_batch) == (FIELDS + TIMINGS + SCREENS) * sizeof(yyjson_val *),
              "the lists stand behind one another");
