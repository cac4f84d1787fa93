/* SPDX-License-Identifier: Apache-2.0 */
/* timetracker.c: working days in a time tracker: sign in, timers and tasks, a break, sign out;
 * reports and invoices when a month ends; administrators, backups and errors in between. */
#include "base/datetime.h"
#include "base/mem.h"
#include "demo/visit.h"

enum { FREE, RUNNING };

static const char *const priorities[] = {"low", "medium", "medium", "high", "urgent"};
static const char *const statuses[] = {"todo", "in_progress", "review", "done"};
static const char *const names[] = {"Office move", "Website",   "Annual report",
                                    "Onboarding",  "Migration", "Fair stand"};

/* Invoices are written in the last days of a month and the first of the next. */
static bool month_ends(int64_t at_us)
{
    char date[11];
    int day;

    datetime_format_date(date, at_us);
    day = (date[8] - '0') * 10 + date[9] - '0';
    return day >= 28 || day <= 2;
}

static void open_event(struct maker *m, const struct visit *v, const char *name)
{
    put_open(m, v, name);
    put_uuid(m, "request_id", v->session ^ rng_next(&m->rng), v->session);
    put_properties(m);
    put_id(m, "user_id", "", v->person + 1);
}

static void close_event(struct maker *m, const struct visit *v)
{
    put_context(m);
    put_text(m, "app_version", v->at_us / (7 * 24 * HOUR_US) % 2 ? "3.4.1" : "3.4.0");
    put_text(m, "environment", "production");
    put_close(m);
}

static void put_project(struct maker *m, const struct visit *v)
{
    put_id(m, "project_id", "", 1 + v->object);
}

static void put_task(struct maker *m, const struct visit *v)
{
    if (v->page)
        put_id(m, "task_id", "", v->page);
    else
        put_null(m, "task_id");
}

static void day_start(struct traffic *t, struct visit *v)
{
    struct maker *m = traffic_maker(t);

    v->left = (uint16_t)rng_between(&m->rng, 5, 18);
    v->object = people_hash(m, v->person, 50) % 40 + rng_below(&m->rng, 5);
}

/* Signing in takes one or two goes. */
static void sign_in(struct maker *m, struct visit *v)
{
    if (rng_chance(&m->rng, 50)) {
        put_open(m, v, "auth.login_failed");
        put_properties(m);
        put_id(m, "username", "user", v->person + 1);
        put_text(m, "auth_method", "local");
        put_text(m, "reason", v->session % 3 ? "invalid_password" : "user_not_found");
        put_bool(m, "success", false);
        close_event(m, v);
        v->at_us += rng_between(&m->rng, 4 * SECOND_US, MINUTE_US);
        return;
    }
    open_event(m, v, "auth.login");
    put_text(m, "auth_method", v->person % 3 ? "local" : "oidc");
    close_event(m, v);
    v->step = 1;
    v->at_us += rng_between(&m->rng, 5 * SECOND_US, 10 * MINUTE_US);
}

static void start_timer(struct maker *m, struct visit *v)
{
    v->page = rng_chance(&m->rng, 600) ? 1 + (uint32_t)rng_below(&m->rng, 4000) : 0;
    open_event(m, v, "timer.started");
    put_project(m, v);
    put_task(m, v);
    if (rng_chance(&m->rng, 200))
        put_text(m, "description", "Call with the landlord");
    close_event(m, v);
    v->state = RUNNING;
    v->mark_us = v->at_us;
    v->at_us += 4 * MINUTE_US + (int64_t)rng_below(&m->rng, 100 * MINUTE_US);
}

static void stop_timer(struct maker *m, struct visit *v)
{
    int64_t ran_us = v->at_us - v->mark_us;
    bool idle = rng_chance(&m->rng, 70);

    open_event(m, v, idle ? "timer.idle_detected" : "timer.stopped");
    put_id(m, "time_entry_id", "", 1 + rng_below(&m->rng, 1000000));
    if (idle) {
        put_int(m, "idle_minutes", 30);
    } else {
        put_project(m, v);
        put_task(m, v);
    }
    put_cents(m, "duration_seconds", ran_us / 10000);
    close_event(m, v);
    v->state = FREE;
    v->at_us += rng_between(&m->rng, 20 * SECOND_US, 25 * MINUTE_US);
}

static void task_event(struct maker *m, struct visit *v)
{
    unsigned at = (unsigned)rng_below(&m->rng, 100), status = at % 3;
    uint64_t task = v->page ? v->page : 1 + rng_below(&m->rng, 4000);

    open_event(m, v, at < 40 ? "task.created" : at < 62 ? "task.updated" : "task.status_changed");
    put_id(m, "task_id", "", task);
    if (at < 40) {
        put_project(m, v);
        put_text(m, "priority", pick(m, priorities));
        put_bool(m, "has_due_date", at % 2);
    } else if (at < 62) {
        put_bool(m, "status_changed", at % 2);
        put_bool(m, "assignee_changed", at % 5 == 0);
    } else {
        put_text(m, "old_status", statuses[status]);
        put_text(m, "new_status", statuses[status + 1]);
    }
    close_event(m, v);
}

static void project_event(struct maker *m, struct visit *v)
{
    static const char *const what[] = {"project.created",  "project.updated", "project.updated",
                                       "project.archived", "project.deleted", "client.created",
                                       "client.updated"};
    uint64_t at = rng_below(&m->rng, ARRAY_LEN(what));

    open_event(m, v, what[at]);
    if (at < 5)
        put_project(m, v);
    else
        put_id(m, "client_id", "", 1 + v->object / 3);
    if (at == 0) {
        put_text(m, "project_name", pick(m, names));
        put_bool(m, "has_client", v->object % 4 != 0);
    } else if (at < 3) {
        put_list(m, "fields_changed");
        put_item(m, STR("name"));
        put_item(m, STR("hourly_rate"));
        put_list_end(m);
    } else if (at == 4) {
        put_bool(m, "had_time_entries", v->object % 2);
    } else if (at == 5) {
        put_bool(m, "has_billing_info", v->object % 3 != 0);
    }
    close_event(m, v);
}

static void report_event(struct maker *m, struct visit *v)
{
    static const char *const kinds[] = {"summary", "detailed", "project"};
    static const char *const formats[] = {"html", "html", "pdf", "csv"};
    static const char *const exports[] = {"time_entries", "projects", "tasks"};
    unsigned at = (unsigned)rng_below(&m->rng, 10);

    open_event(m, v, at < 6 ? "report.generated" : at < 8 ? "export.csv" : "export.pdf");
    if (at < 6) {
        put_text(m, "report_type", pick(m, kinds));
        put_int(m, "date_range_days", at % 2 ? 30 : 7);
        put_text(m, "format", pick(m, formats));
        put_int(m, "num_entries", (int64_t)rng_long_tail(&m->rng, 900));
    } else if (at < 8) {
        put_text(m, "export_type", pick(m, exports));
        put_int(m, "num_rows", (int64_t)rng_long_tail(&m->rng, 2000));
    } else {
        put_text(m, "report_type", pick(m, kinds));
        put_int(m, "num_pages", 1 + (int64_t)rng_long_tail(&m->rng, 40));
    }
    put_cents(m, "duration_seconds", 5 + (int64_t)rng_long_tail(&m->rng, 900));
    put_bool(m, "success", true);
    close_event(m, v);
}

static void invoice_event(struct maker *m, struct visit *v)
{
    static const char *const what[] = {"invoice.created", "invoice.sent", "invoice.paid"};
    uint64_t at = rng_below(&m->rng, 3);

    open_event(m, v, what[at]);
    put_id(m, "invoice_id", "", 1 + rng_below(&m->rng, 5000));
    if (at == 0) {
        put_id(m, "client_id", "", 1 + v->object / 3);
        put_cents(m, "total_amount", 10000 + (int64_t)rng_long_tail(&m->rng, 2000000));
        put_int(m, "num_line_items", 1 + (int64_t)rng_long_tail(&m->rng, 30));
    } else if (at == 2) {
        put_cents(m, "amount", 10000 + (int64_t)rng_long_tail(&m->rng, 2000000));
    }
    close_event(m, v);
}

static void day_step(struct traffic *t, struct visit *v)
{
    struct maker *m = traffic_maker(t);
    unsigned at = (unsigned)rng_below(&m->rng, 100);

    if (v->step == 0) {
        sign_in(m, v);
    } else if (v->left == 0 && v->state == FREE) {
        open_event(m, v, "auth.logout");
        close_event(m, v);
        v->over = true;
    } else if (v->left && at >= 62) {
        v->left--;
        if (month_ends(v->at_us) && at < 84)
            invoice_event(m, v);
        else if (at < 88)
            task_event(m, v);
        else if (at < 95)
            report_event(m, v);
        else
            project_event(m, v);
        v->at_us += rng_between(&m->rng, 5 * SECOND_US, 6 * MINUTE_US);
    } else {
        v->left -= v->left > 0;
        if (v->state == FREE)
            start_timer(m, v);
        else
            stop_timer(m, v);
        /* Half of the people go home without signing out. */
        v->over = v->left == 0 && v->state == FREE && v->session % 2;
    }
}

static void office_start(struct traffic *t, struct visit *v)
{
    (void)t;
    v->person %= 7; /* the administrators */
}

static void admin_event(struct maker *m, struct visit *v)
{
    static const char *const what[] = {"admin.user_created", "admin.user_role_changed",
                                       "admin.settings_updated"};
    uint64_t at = rng_below(&m->rng, 3);

    put_open(m, v, what[at]);
    put_uuid(m, "request_id", v->request, v->session);
    put_properties(m);
    put_id(m, "admin_user_id", "", v->person + 1);
    if (at == 0) {
        put_id(m, "new_user_id", "", 1 + rng_below(&m->rng, m->people));
        put_text(m, "role", "user");
    } else if (at == 1) {
        put_id(m, "user_id", "", 1 + rng_below(&m->rng, m->people));
        put_text(m, "old_role", "user");
        put_text(m, "new_role", v->session % 4 ? "manager" : "admin");
    } else {
        put_list(m, "settings_changed");
        put_item(m, v->session % 2 ? STR("timezone") : STR("idle_timeout_minutes"));
        put_list_end(m);
    }
    close_event(m, v);
}

/* One thing that happens to the whole installation. */
static void office_step(struct traffic *t, struct visit *v)
{
    struct maker *m = traffic_maker(t);
    unsigned at = (unsigned)rng_below(&m->rng, 100);

    if (at < 30) {
        admin_event(m, v);
    } else if (at < 62) {
        put_open(m, v, "system.backup_created");
        put_properties(m);
        put_text(m, "backup_type", at % 8 ? "scheduled" : "manual");
        put_int(m, "size_bytes", 10485760 + (int64_t)rng_below(&m->rng, 400000000));
        if (at % 8 == 0)
            put_id(m, "user_id", "", v->person + 1);
        put_cents(m, "duration_seconds", 200 + (int64_t)rng_long_tail(&m->rng, 9000));
        close_event(m, v);
    } else {
        static const char *const errors[] = {"TimeoutError", "ValueError", "OperationalError"};
        static const char *const places[] = {"reports.summary", "timer.stop", "invoices.pdf"};

        put_open(m, v, "system.error");
        put_properties(m);
        put_text(m, "error_type", pick(m, errors));
        put_text(m, "endpoint", pick(m, places));
        put_null(m, "user_id");
        put_text(m, "error_message", "query took longer than 30 s");
        close_event(m, v);
    }
    v->over = true;
}

const struct visit_kind timetracker_kinds[] = {
    {TRAFFIC_TIMETRACKER, 10, PACE_MORNING, false, day_start, day_step},
    {TRAFFIC_TIMETRACKER, 10, PACE_OFFICE, false, office_start, office_step},
};
const size_t timetracker_kind_count = ARRAY_LEN(timetracker_kinds);
