/* SPDX-License-Identifier: Apache-2.0 */
/* content_rules.c: what a batch may hold; docs/http.md says the same in words.
 *
 * A key that no client left out in any version is required. So are the keys of what stands in a
 * list, and of screen; those of navigationTiming are not, since browsers differ in which they have. */
#include "wire/content_rules.h"

#include "base/mem.h"

#define WORD "A-Za-z0-9_"
#define HEX "0-9a-f"

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
        KEY(k), WHOLE, how, 0, CONTENT_WHOLE_MAX, .expected = "an integer of at least 0"           \
    }
#define SIZE_RULE(k)                                                                               \
    {                                                                                              \
        KEY(k), WHOLE, REQUIRED | OR_NONE, 0, CONTENT_WHOLE_MAX,                                   \
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
        KEY(k), WHOLE, OR_NULL, -CONTENT_WHOLE_MAX, CONTENT_WHOLE_MAX,                             \
            .expected = "an integer or null"                                                       \
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
const struct shape content_shape = SHAPE(batch_rules, AT(fields));
static_assert(FIELDS <= 64 && TIMINGS <= 64, "a bit for each");
