/* SPDX-License-Identifier: Apache-2.0 */
/* integrations.c: the lives of installations: created, enabled, connected, disabled, destroyed,
 * over hours and days, by webhook, by hand and now and then by staff. */
#include "base/mem.h"
#include "demo/visit.h"

enum action { CREATED, ENABLED, CONNECTED, DISCONNECTED, DISABLED, REENABLED, DESTROYED };

static const struct {
    const char *name, *action, *association;
} actions[] = {
    [CREATED] = {"installation.created", "created", "installation"},
    [ENABLED] = {"installation.enabled", "enabled", "installation"},
    [CONNECTED] = {"subscription.created", "created", "subscription"},
    [DISCONNECTED] = {"subscription.destroyed", "destroyed", "subscription"},
    [DISABLED] = {"installation.disabled", "disabled", "installation"},
    [REENABLED] = {"installation.enabled", "enabled", "installation"},
    [DESTROYED] = {"installation.destroyed", "destroyed", "installation"},
};
static const char *const staff[] = {"monalisa", "hubot", "octocat"};

static void start(struct traffic *t, struct visit *v)
{
    struct maker *m = traffic_maker(t);

    v->object = 1000 + rng_below(&m->rng, 40 * m->people);
    v->state = CREATED;
}

static void put_reason(struct maker *m, const struct visit *v, uint64_t *github_actor)
{
    bool by_hand = v->state == CONNECTED || v->state == DISCONNECTED;
    bool by_staff = (v->state == DISABLED || v->state == DESTROYED) && rng_chance(&m->rng, 160);

    *github_actor = by_staff ? 1 + rng_below(&m->rng, ARRAY_LEN(staff)) : 0;
    put_text(m, "reason", by_staff ? "stafftools" : by_hand ? "web_console" : "webhook");
}

static void put_action(struct maker *m, const struct visit *v)
{
    char host[64] = "https://";
    uint64_t github_actor, h = people_hash(m, v->object, 40);
    size_t len = 8;

    for (int i = 0; i < 7; i++)
        host[len++] = (char)('a' + (h >> (5 * i)) % 26);
    memcpy(host + len, ".atlassian.example", 18);
    put_open(m, v, actions[v->state].name);
    put_properties(m);
    put_text(m, "association", actions[v->state].association);
    put_text(m, "action", actions[v->state].action);
    put_reason(m, v, &github_actor);
    if (v->state == CREATED)
        put_null(m, "github_installation_id");
    else
        put_int(m, "github_installation_id", (int64_t)(v->object * 7 % 9000011 + 1));
    put_int(m, "jira_integration_id", (int64_t)v->object);
    put_str(m, "jira_hostname", str_of(host, len + 18));
    if (github_actor)
        put_text(m, "github_actor", staff[github_actor - 1]);
    else if (rng_chance(&m->rng, 350))
        put_hex(m, "jira_actor", people_hash(m, v->person, 41), people_hash(m, v->person, 42));
    put_context(m);
    put_close(m);
}

static void step(struct traffic *t, struct visit *v)
{
    struct maker *m = traffic_maker(t);
    unsigned chance = (unsigned)rng_below(&m->rng, 100);

    put_action(m, v);
    switch ((enum action)v->state) {
    case CREATED:
        v->state = ENABLED;
        v->over = chance < 12;
        v->at_us += rng_between(&m->rng, 5 * SECOND_US, 20 * MINUTE_US);
        break;
    case ENABLED:
    case REENABLED:
        v->state = CONNECTED;
        v->at_us += rng_between(&m->rng, MINUTE_US, 3 * HOUR_US);
        break;
    case CONNECTED:
    case DISCONNECTED:
        v->state = chance < 40   ? CONNECTED
                   : chance < 60 ? DISCONNECTED
                   : chance < 72 ? DISABLED
                                 : DESTROYED;
        v->over = chance >= 78;
        v->at_us += rng_between(&m->rng, 2 * MINUTE_US, 60 * HOUR_US);
        break;
    case DISABLED:
        v->state = chance < 55 ? REENABLED : DESTROYED;
        v->at_us += rng_between(&m->rng, HOUR_US, 48 * HOUR_US);
        break;
    case DESTROYED: v->over = true; break;
    }
}

const struct visit_kind integrations_kinds[] = {
    {TRAFFIC_INTEGRATIONS, 3, PACE_OFFICE, false, start, step},
};
const size_t integrations_kind_count = ARRAY_LEN(integrations_kinds);
