/* SPDX-License-Identifier: Apache-2.0 */
/* model_flows.h: a catalogue of flows, and what its models are compared by. */
#pragma once
#include "model_fixture.h"

#define HEAD                                                                                       \
    "defaults: {owner: a@example.org, kind: flow}\n"                                               \
    "events:\n"                                                                                    \
    "  - {name: \"flow.{view}.view\", description: d, trigger: t, flow: {role: view},\n"           \
    "     parameters: {view: {pattern: \"[a-z]+\", description: d}}}\n"                            \
    "  - {name: \"flow.continued.{flow}\", description: d, trigger: t, flow: {role: continued},\n" \
    "     parameters: {flow: {pattern: \"[0-9a-f]+\", description: d}}}\n"                         \
    "  - {name: \"flow.experiment.{experiment}.{cohort}\", description: d, trigger: t,\n"          \
    "     flow: {role: experiment}, parameters: {experiment: {pattern: \"[a-z]+\", description: "  \
    "d},\n     cohort: {pattern: \"[a-z]+\", description: d}}}\n"                                  \
    "  - {name: flow.timing, description: d, trigger: t, flow: {role: measure},\n"                 \
    "     properties: {duration_ms: {type: integer, description: d}}}\n"                           \
    "  - {name: account.created, description: d, trigger: t, kind: [flow, activity],\n"            \
    "     flow: {role: new_account}}\n"
#define BEGIN(dimensions)                                                                          \
    "  - {name: flow.begin, description: d, trigger: t, flow: {role: begin},\n"                    \
    "     dimensions: " dimensions ", properties: {\n"                                             \
    "     plan: {type: string, description: d}, entrypoint: {type: string, description: d},\n"     \
    "     time: {type: string, description: d}, service: {type: string, description: d}}}\n"
#define COMPLETE(role)                                                                             \
    "  - {name: flow.complete, description: d, trigger: t, flow: {role: " role "}}\n"
#define PAGE "  - {name: page.viewed, description: d, trigger: t, kind: page}\n"

#define CATALOGUE HEAD BEGIN("[plan, entrypoint]") COMPLETE("complete") PAGE
static const char catalogue[] = CATALOGUE;

#define A "3722eb21d311f11cc04b4c9c52da0a611a46d41e92d78285a9b5b597925ab45e"
#define B "4d6f7a696c6c6146697265666f7821212a204a6d26b009b26b3116f643d84c6f"

/* All that is told of flows and does not depend on the order in which they came. */
static const char all_flows[] =
    "SELECT md5(coalesce(string_agg(CAST(f AS VARCHAR), ' ' ORDER BY flow_id), '')) FROM "
    "(SELECT * EXCLUDE (flow, begin_position) FROM flows_data) AS f";
static const char all_events[] =
    "SELECT md5(coalesce(string_agg(CAST(e AS VARCHAR), ' ' ORDER BY e), '')) FROM flow_events AS "
    "e";

static inline void run_sql(struct model_fixture *t, const char *sql)
{
    struct err err = {0};

    model_need(script_run(t->f->store, "test", str_from(sql), &err), &err);
}
