/* SPDX-License-Identifier: Apache-2.0 */
/* activity.c: the models of activity and of mails, and the views over them.
 *
 * A step adds the activity of its events, then what follows from it for days: devices that are new on
 * their day, the pairs that these are part of on either side, and days of users. All of it are sets
 * that only grow with events, so that neither order nor batches matter.
 *
 * Reports count users over weeks and months by gaps (src/report/activity.c). daily_gaps_data has the
 * days of users counted by the days until the next one; a day that comes in changes the gap before it,
 * too. As finding a user's neighbouring days costs a look at a month of rows, new days wait in
 * daily_fresh_data until there are many; the view daily_gaps adds what those that wait change. */
#include "model/model_internal.h"

static const char *const tables[] = {"activity_events_data",
                                     "daily_activity_per_device_data",
                                     "daily_multi_device_users_data",
                                     "daily_users_data",
                                     "daily_fresh_data",
                                     "daily_gaps_data",
                                     NULL};
static const char *const properties[] = {"service", NULL};
static const struct model_step steps[] = {
    {.sql = "activity_step"},
    {.sql = "activity_kept", .remake_only = true},
    {.sql = "activity_add"},
    {.sql = "activity_first_day"},
    {.sql = "activity_last_day"},
    {.sql = "activity_devices"},
    {.sql = "activity_add_devices"},
    {.sql = "activity_pairs"},
    {.sql = "activity_add_pairs"},
    {.sql = "activity_users"},
    {.sql = "activity_fold"},
    {.sql = "activity_fold_first"},
    {.sql = "activity_fold_last"},
    {.sql = "activity_fold_gaps"},
    {.sql = "activity_fold_users"},
    {.sql = "activity_fold_done"},
    {.sql = NULL},
};
static const char *const views[] = {"view_activity_settings", "view_shown_activity_events_data",
                                    "view_shown_daily_devices_data", NULL};
static const char *const sampled[] = {"view_activity_rows",
                                      "view_activity_events",
                                      "view_daily_user_rows",
                                      "view_daily_active_users",
                                      "view_daily_device_rows",
                                      "view_daily_activity_per_device",
                                      "view_daily_multi_device_users",
                                      "view_daily_gaps",
                                      NULL};
static const char *const expire[] = {
    "activity_gone",       "activity_gone_events", "activity_gone_devices", "activity_gone_pairs",
    "activity_gone_users", "activity_gone_fresh",  "activity_gone_gaps",    NULL};

const struct model model_activity = {.name = "activity",
                                     .tables = tables,
                                     .refresh = steps,
                                     .properties = properties,
                                     .views = views,
                                     .sampled = sampled,
                                     .expire = expire,
                                     .gone = "activity_gone_count"};

static const char *const email_tables[] = {"email_events_data", NULL};
static const char *const email_properties[] = {"email_domain", "domain",    "template",
                                               "bounced",      "complaint", NULL};
static const struct model_step email_steps[] = {
    {.sql = "email_add"}, {.sql = "email_kept", .remake_only = true}, {.sql = NULL}};
static const char *const email_sampled[] = {"view_email_events", NULL};
static const char *const email_expire[] = {"email_gone", "email_gone_events", NULL};

const struct model model_email = {.name = "email",
                                  .tables = email_tables,
                                  .refresh = email_steps,
                                  .properties = email_properties,
                                  .sampled = email_sampled,
                                  .expire = email_expire,
                                  .gone = "email_gone_count"};
