/* SPDX-License-Identifier: Apache-2.0 */
/* day_columns.h: the columns of the two CSV files, for day.c and day_write.c. */
#pragma once

enum {
    FLOW_TYPE = 1,
    FLOW_ID,
    FLOW_TIME,
    FLOW_UA_BROWSER,
    FLOW_UA_VERSION,
    FLOW_UA_OS,
    FLOW_CONTEXT,
    FLOW_ENTRYPOINT,
    FLOW_MIGRATION,
    FLOW_SERVICE,
    FLOW_UTM_CAMPAIGN,
    FLOW_UTM_CONTENT,
    FLOW_UTM_MEDIUM,
    FLOW_UTM_SOURCE,
    FLOW_UTM_TERM,
    FLOW_LOCALE,
    FLOW_UID,
};

enum {
    ACTIVITY_UA_BROWSER = 1,
    ACTIVITY_UA_VERSION,
    ACTIVITY_UA_OS,
    ACTIVITY_UID,
    ACTIVITY_TYPE,
    ACTIVITY_SERVICE,
    ACTIVITY_DEVICE_ID,
};
