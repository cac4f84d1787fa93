/* SPDX-License-Identifier: Apache-2.0 */
/* flows.c: the models flows_data and flow_events_data, and the views over them.
 *
 * A step gathers its events of flows, sums them up for each flow, finds the rows of flows that are
 * known, and adds to these what is new; all of it is minima, maxima and sums, so that neither order nor
 * batches matter. */
#include "model/model_internal.h"

static const char *const tables[] = {"flows_data", "flow_events_data", NULL};
static const char *const properties[] = {"context", "entrypoint",  "migration",
                                         "service", "duration_ms", NULL};
static const struct model_step steps[] = {
    {"flow_stage", false},
    {"flow_stage_old", true},
    {"flow_begins", false},
    {"flow_begins_old", true},
    {"flow_first", false},
    {"flow_batch", false},
    {"flow_known", false},
    {"flow_map", false},
    {"flow_events_insert", false},
    {"flow_insert", false},
    {"flow_update", false},
    {"flow_update_begin", false},
    {NULL, false},
};
static const char *const views[] = {
    "view_flow_metadata",
    "view_flow_metadata_sampled_50",
    "view_flow_metadata_sampled_10",
    "view_flow_events",
    "view_flow_events_sampled_50",
    "view_flow_events_sampled_10",
    "view_flow_experiments",
    "view_flow_experiments_sampled_50",
    "view_flow_experiments_sampled_10",
    NULL,
};
static const char *const expire[] = {"flow_gone", "flow_gone_events", "flow_gone_flows", NULL};

const struct model model_flows = {.name = "flows",
                                  .tables = tables,
                                  .refresh = steps,
                                  .properties = properties,
                                  .views = views,
                                  .expire = expire,
                                  .gone = "flow_gone_count"};
