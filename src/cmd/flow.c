/* SPDX-License-Identifier: Apache-2.0 */
/* flow.c: `weir flow`: makes flow ids, and says what the settings' keys think of one.
 *
 * Needs no running collector and reads no journal: keys and clock are all there is to it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/flow_keys.h"

#define BEGIN_NONE UINT64_MAX
/* As seconds it is before the year 5139, as milliseconds before 1974: no flow has begun then. */
#define SECONDS_BELOW INT64_C(100000000000)
/* So that the expiry, at most a day, can be shown as a time. */
#define BEGIN_BEHIND ((uint64_t)((DATETIME_BEHIND_US - DATETIME_DAY_US) / 1000))

/* The keys, or the exit code and why there are none. */
static int read_keys(const struct command *self, const char *config, struct settings **settings,
                     struct flow_keys **out)
{
    struct err err = {0};

    if (load_settings(settings, config, &err) < 0)
        return failed(self, &err);
    *out = flow_keys_of(*settings);
    if (*out)
        return -1;
    err_set(&err, ERR_USAGE, "%s has no `flows: {keys: [...]}`; make a key with: %s",
            (*settings)->file, "openssl rand -hex 32 > flow.key");
    settings_free(*settings);
    return failed(self, &err);
}

static int check_begin(const struct command *self, uint64_t begin)
{
    if (begin < BEGIN_BEHIND)
        return -1;
    return misused(self, "--begin needs Unix milliseconds before the year 10000");
}

static int mint(const struct command *self, int argc, char **argv)
{
    const char *config = NULL;
    uint64_t begin = (uint64_t)(clock_now_us() / 1000);
    const struct option_spec options[] = {
        OPTION_CONFIG(config),
        {OPTION_COUNT, "begin", "MS", "Unix milliseconds at which the flow began (default: now)",
         &begin},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse_alone(self, options, argc, argv);
    struct settings *settings = NULL;
    struct flow_keys *keys = NULL;
    char id[FLOW_ID_LEN];

    if (code >= 0 || (code = check_begin(self, begin)) >= 0 ||
        (code = read_keys(self, config, &settings, &keys)) >= 0)
        return code;
    flow_id_mint(keys, (int64_t)begin, id);
    printf("{\"flowBeginTime\":%llu,\"flowId\":\"%.*s\"}\n", (unsigned long long)begin, FLOW_ID_LEN,
           id);
    flow_keys_free(keys);
    settings_free(settings);
    return printed(self, EXIT_DONE);
}

struct verifying {
    const struct settings *settings;
    const struct flow_keys *keys;
    int64_t begin_ms;
    struct str id, user_agent;
    bool ignore_expiry;
};

struct time_text {
    char text[DATETIME_SIZE];
};

static struct time_text show(int64_t ms)
{
    struct time_text t;

    datetime_format(t.text, ms * 1000, DATETIME_MILLISECONDS);
    return t;
}

/* Whether the older recipe, which the settings do not take, would have it. */
static bool holds_user_agent(const struct verifying *v)
{
    struct settings taking = *v->settings;
    struct flow_keys *keys;
    bool holds;

    if (taking.flows.user_agent || !v->user_agent.ptr)
        return false;
    taking.flows.user_agent = true;
    keys = flow_keys_of(&taking);
    holds = flow_id_verify(keys, v->id, v->begin_ms, v->user_agent) == FLOW_ID_VALID;
    flow_keys_free(keys);
    return holds;
}

static void print_bad_signature(const struct verifying *v)
{
    size_t count = v->settings->flows.keys.count;

    if (v->begin_ms > 0 && v->begin_ms < SECONDS_BELOW) {
        printf("bad signature: milliseconds are expected for --begin; %lld of them are %s. If they "
               "are "
               "seconds, write --begin with the milliseconds of the id's own begin\n",
               (long long)v->begin_ms, show(v->begin_ms).text);
        return;
    }

    if (holds_user_agent(v)) {
        printf("bad signature: it holds the user agent, and the settings do not say "
               "`flows: {user_agent: true}`\n");
        return;
    }
    if (count == 1)
        printf("bad signature: the key of `flows.keys` did not sign this id for this begin");
    else
        printf("bad signature: none of the %zu keys of `flows.keys` signed this id for this begin",
               count);
    puts(v->settings->flows.user_agent && !v->user_agent.ptr
             ? "; if it holds a user agent, name that by --user-agent"
             : "");
}

static void print_verdict(const struct verifying *v, enum flow_id_verdict verdict)
{
    const struct time_text begin = show(v->begin_ms);
    const struct time_text until = show(v->begin_ms + flow_keys_expiry_ms(v->keys));
    const struct time_text now = show(clock_now_us() / 1000);

    switch (verdict) {
    case FLOW_ID_INVALID:
        printf("invalid: a flow id is %d lower-case hexadecimal digits\n", FLOW_ID_LEN);
        break;
    case FLOW_ID_BAD_BEGIN: CHECK(!"a begin that check_begin has seen"); break;
    case FLOW_ID_BAD_SIGNATURE: print_bad_signature(v); break;
    case FLOW_ID_EXPIRED:
        printf("expired: begun %s, good until %s\n", begin.text, until.text);
        break;
    case FLOW_ID_IN_FUTURE:
        printf("in the future: begins %s, and this machine's clock says %s\n", begin.text,
               now.text);
        break;
    case FLOW_ID_VALID:
        if (v->ignore_expiry)
            printf("valid: begun %s, whatever its age\n", begin.text);
        else
            printf("valid: begun %s, good until %s\n", begin.text, until.text);
        break;
    }
}

static int verify(const struct command *self, int argc, char **argv)
{
    const char *config = NULL, *user_agent = NULL;
    uint64_t begin = BEGIN_NONE;
    struct verifying v = {0};
    const struct option_spec options[] = {
        OPTION_CONFIG(config),
        {OPTION_COUNT, "begin", "MS", "Unix milliseconds that came with the id; required", &begin},
        {OPTION_FLAG, "ignore-expiry", NULL, "whatever its age", &v.ignore_expiry},
        {OPTION_TEXT, "user-agent", "TEXT",
         "the browser's, for ids that hold it (flows.user_agent)", &user_agent},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse(self, options, &argc, argv);
    struct settings *settings = NULL;
    struct flow_keys *keys = NULL;
    enum flow_id_verdict verdict;

    if (code >= 0)
        return code;
    if (argc != 1)
        return misused(self, argc ? "`%s` is one argument too many" : "which id?%s",
                       argc ? argv[1] : "");
    if (begin == BEGIN_NONE)
        return misused(self, "--begin is missing: the id is signed for its begin");
    if ((code = check_begin(self, begin)) >= 0 ||
        (code = read_keys(self, config, &settings, &keys)) >= 0)
        return code;
    v.settings = settings;
    v.keys = keys;
    v.begin_ms = (int64_t)begin;
    v.id = str_from(argv[0]);
    v.user_agent = user_agent ? str_from(user_agent) : STR_NONE;
    verdict = flow_id_verify(keys, v.id, v.begin_ms, v.user_agent);
    if (verdict == FLOW_ID_VALID && !v.ignore_expiry)
        verdict = flow_id_age(keys, v.begin_ms, clock_now_us() / 1000);
    print_verdict(&v, verdict);
    flow_keys_free(keys);
    settings_free(settings);
    return printed(self, verdict == FLOW_ID_VALID ? EXIT_DONE : EXIT_WANTING);
}

static const struct command command_mint = {
    .name = "flow mint",
    .summary = "makes a flow id",
    .arguments = "",
    .description =
        "Signs a new id with the first key of `flows.keys` and prints what GET /v1/flow answers.\n"
        "Nothing is recorded: the event that begins the flow is yours to send.\n\n"
        "  weir flow mint\n"
        "  weir flow mint --begin 1795325460000",
    .run = mint,
};

static const struct command command_verify_flow = {
    .name = "flow verify",
    .summary = "says whether a flow id is good",
    .arguments = "ID",
    .description =
        "Holds the id to every key of `flows.keys`, and its age to `flows.expiry` by this "
        "machine's\n"
        "clock. Exit code 0: valid; 3: not, and why: invalid, bad signature, expired, in the "
        "future.\n"
        "\n"
        "  weir flow verify --begin 1795325460000 7f0c...\n"
        "  weir flow verify --begin 1795325460000 --ignore-expiry 7f0c...   # of an older event",
    .run = verify,
};

static int run(const struct command *self, int argc, char **argv)
{
    static const struct command *const parts[] = {&command_mint, &command_verify_flow, NULL};

    return run_part(self, parts, "mint or verify", argc, argv);
}

const struct command command_flow = {
    .name = "flow",
    .summary = "signed flow ids: mint, verify",
    .arguments = "mint|verify",
    .description =
        "A flow is one journey of a user over pages, devices and servers. Its id is signed, so "
        "that\n"
        "every server that has the key knows its own flows from made-up ones without asking. The\n"
        "collector hands ids out at GET /v1/flow; this is for servers that begin flows "
        "themselves,\n"
        "and to find out what is wrong with an id.\n\n"
        "  weir flow mint\n"
        "  weir flow verify --begin 1795325460000 7f0c...\n\n"
        "weir flow verify --help, and so on, says more.",
    .run = run,
};
