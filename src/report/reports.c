/* SPDX-License-Identifier: Apache-2.0 */
/* reports.c: the table of all reports. */
#include "report/report.h"

extern const struct report report_activity;
extern const struct report report_connect;
extern const struct report report_counts;
extern const struct report report_devices;
extern const struct report report_flows;
extern const struct report report_funnel;
extern const struct report report_retention;

const struct report *const reports[] = {
    &report_funnel,  &report_flows,     &report_connect, &report_activity,
    &report_devices, &report_retention, &report_counts,  NULL,
};
