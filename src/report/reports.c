/* SPDX-License-Identifier: Apache-2.0 */
/* reports.c: the table of all reports. */
#include "report/report.h"

extern const struct report report_activity;
extern const struct report report_breakdown;
extern const struct report report_catalogue;
extern const struct report report_connect;
extern const struct report report_counts;
extern const struct report report_devices;
extern const struct report report_flow;
extern const struct report report_flow_columns;
extern const struct report report_flows;
extern const struct report report_funnel;
extern const struct report report_funnel_errors;
extern const struct report report_funnel_list;
extern const struct report report_funnel_times;
extern const struct report report_marks;
extern const struct report report_overview;
extern const struct report report_quarantine;
extern const struct report report_quarantined;
extern const struct report report_range;
extern const struct report report_retention;
extern const struct report report_search;
extern const struct report report_trail;

const struct report *const reports[] = {
    &report_funnel,        &report_funnel_list,
    &report_funnel_errors, &report_funnel_times,
    &report_flows,         &report_flow,
    &report_flow_columns,  &report_connect,
    &report_activity,      &report_devices,
    &report_retention,     &report_counts,
    &report_breakdown,     &report_overview,
    &report_marks,         &report_range,
    &report_trail,         &report_search,
    &report_catalogue,     &report_quarantine,
    &report_quarantined,   NULL,
};
