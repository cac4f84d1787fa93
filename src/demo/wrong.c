/* SPDX-License-Identifier: Apache-2.0 */
/* wrong.c: the mistakes that senders make: a misspelt name, a number as text, a property left out,
 * one that nobody declared. The visit they come from goes on a minute later. */
#include "demo/wrong.h"

#include "base/mem.h"

static const struct mistake {
    const char *name, *properties;
} mistakes[][4] = {
    [TRAFFIC_SERVICE] =
        {
            {"search_performed", "\"page\":1,\"total_count\":37"},
            {"search_performed", "\"search_criteria\":\"{}\",\"total_count\":\"37\""},
            {"page_visted", ""},
            {"tracked_link_clicked", "\"link_type\":\"school_website\",\"mouse_button\":9"},
        },
    [TRAFFIC_SITE] =
        {
            {"socialClick", ""},
            {"socialClick", "\"note\":\"mastodon\",\"colour\":\"blue\""},
            {"page.viewed", "\"load_time_ms\":\"412\""},
            {"socialClicked", "\"note\":\"mastodon\""},
        },
    [TRAFFIC_INTEGRATIONS] =
        {
            {"installation.destroyed", "\"action\":\"destroyed\",\"reason\":\"webhook\""},
            {"installation.created", "\"action\":\"created\",\"reason\":\"by "
                                     "hand\",\"jira_hostname\":\"https://a.example\""},
            {"installation.enabled", "\"action\":\"enabled\",\"reason\":\"webhook\","
                                     "\"jira_hostname\":\"https://a.example\","
                                     "\"github_installation_id\":\"10\""},
            {"installation.removed", "\"action\":\"destroyed\",\"reason\":\"webhook\""},
        },
    [TRAFFIC_TIMETRACKER] =
        {
            {"timer.stopped", "\"user_id\":\"1\",\"time_entry_id\":\"51\",\"project_id\":\"7\","
                              "\"duration_seconds\":\"3600\""},
            {"report.generated",
             "\"user_id\":\"1\",\"report_type\":\"yearly\",\"date_range_days\":365,"
             "\"format\":\"html\",\"num_entries\":118"},
            {"task.created", "\"user_id\":\"1\",\"project_id\":\"7\",\"priority\":\"low\","
                             "\"has_due_date\":true"},
            {"project.created", "\"user_id\":\"1\",\"project_id\":\"7\",\"has_client\":\"yes\","
                                "\"project_name\":\"Move\",\"budget\":1200"},
        },
    [TRAFFIC_ACCOUNTS] =
        {
            {"device.updated", "\"service\":\"sync\""},
            {"account.signed", "\"uid\":\"not-a-uid\",\"service\":\"sync\""},
            {"flow.performance.auth", "\"duration_ms\":-5"},
            {"account.logged_in", "\"uid\":\"3722eb21d311f11cc04b4c9c52da0a61\""},
        },
};

void wrong_put(struct maker *m, struct visit *v, enum traffic_source source)
{
    const struct mistake *mistake = &pick(m, mistakes[source]);

    put_open(m, v, mistake->name);
    put_properties(m);
    buf_append(m->out, mistake->properties, strlen(mistake->properties));
    put_context(m);
    if (source != TRAFFIC_INTEGRATIONS && source != TRAFFIC_TIMETRACKER &&
        !(source == TRAFFIC_SITE && m->site_without_connection))
        put_connection(m, v);
    put_close(m);
    v->at_us += MINUTE_US;
}
