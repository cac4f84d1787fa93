/* SPDX-License-Identifier: Apache-2.0 */
/* reports.c: the table of all reports. */
#include "report/report.h"

extern const struct report report_connect;
extern const struct report report_flows;

const struct report *const reports[] = {
    &report_flows,
    &report_connect,
    NULL,
};
