/* SPDX-License-Identifier: Apache-2.0 */
/* service.c: a service for job adverts, as its backend sees it: pages with the request around them,
 * searches, saved vacancies, forms, records that change within the same request, mails, API calls. */
#include "base/mem.h"
#include "demo/visit.h"

#define HOST "https://jobs.example.org"

static const char *const subjects[] = {"physics", "maths",   "english", "history", "chemistry",
                                       "music",   "biology", "german",  "art",     "geography"};
static const char *const roles[] = {"teacher-of-", "head-of-", "assistant-in-", "tutor-for-"};
static const char *const places[] = {"leeds",   "bristol", "york",     "hull",    "derby",
                                     "norwich", "exeter",  "coventry", "swindon", "durham"};
static const char *const forms[] = {"jobseekers/subscription_form",
                                    "jobseekers/job_application/form",
                                    "publishers/job_listing/details_form"};
static const char *const mistakes[] = {"email=blank", "frequency=inclusion", "salary=too_long",
                                       "closing_date=in_the_past", "email=invalid"};
static const char *const tables[] = {"subscriptions", "vacancies", "job_applications",
                                     "organisations", "jobseekers"};
static const char *const tests[] = {"search_button=blue", "search_button=green"};

enum role { VISITOR, JOBSEEKER, PUBLISHER, SUPPORT };
enum { VACANCIES = 400 };

static enum role role_of(const struct maker *m, const struct visit *v)
{
    uint64_t h = people_hash(m, v->person, 20) % 100;

    return v->agent >= agent_count || h < 50 ? VISITOR
           : h < 90                          ? JOBSEEKER
           : h < 99                          ? PUBLISHER
                                             : SUPPORT;
}

static void put_user(struct maker *m, const struct visit *v)
{
    static const char *const names[] = {NULL, "jobseeker_id", "publisher_id", "support_user_id"};
    enum role role = role_of(m, v);

    if (role != VISITOR)
        put_id(m, names[role], "", v->person + 1000);
    put_list(m, "ab_tests");
    put_item(m, str_from(tests[v->person % 2]));
    put_list_end(m);
}

static void open_request(struct maker *m, const struct visit *v, const char *name)
{
    put_open(m, v, name);
    if (role_of(m, v) != VISITOR)
        put_id(m, "actor", "", v->person + 1000);
    put_hex(m, "session", v->session, rng_mix(v->session));
    put_request_id(m, v);
    put_properties(m);
}

/* Writes the path of a page: 0 the start, 1 the search, 2 the form, others a vacancy. */
static size_t page_path(uint32_t page, char *out)
{
    static const char *const fixed[] = {"/", "/jobs", "/subscriptions"};
    const char *parts[] = {"/jobs/", roles[page % 4], subjects[page / 4 % 10], "-",
                           places[page / 40 % 10]};
    size_t len = 0;

    if (page < 3) {
        len = strlen(fixed[page]);
        memcpy(out, fixed[page], len);
        return len;
    }
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        size_t part = strlen(parts[i]);

        memcpy(out + len, parts[i], part);
        len += part;
    }
    return len;
}

/* The request that the event belongs to. */
static void close_request(struct maker *m, const struct visit *v, const char *method, int status)
{
    char url[128], *path = url + sizeof HOST - 1;
    size_t len;

    memcpy(url, HOST, sizeof HOST - 1);
    len = page_path(v->page, path);
    put_context(m);
    put_str(m, "url", str_of(url, sizeof HOST - 1 + len));
    put_str(m, "path", str_of(path, len));
    if (v->page == 1 && v->object < 100) {
        char query[64] = "keyword=";
        size_t n = strlen(subjects[v->object % 10]);

        memcpy(query + 8, subjects[v->object % 10], n);
        put_str(m, "query", str_of(query, 8 + n));
    }
    put_text(m, "method", method);
    put_int(m, "status", status);
    put_text(m, "content_type", "text/html; charset=utf-8");
    if (v->step > 0) {
        len = page_path(v->before, path);
        put_str(m, "referrer", str_of(url, sizeof HOST - 1 + len));
    }
    put_text(m, "locale", regions[v->region].locale);
    put_connection(m, v);
    put_close(m);
}

static void put_search(struct maker *m, const struct visit *v)
{
    char criteria[128] = "{\\\"keyword\\\":\\\"";
    size_t len = strlen(criteria), n = strlen(subjects[v->object % 10]);
    int64_t found = (int64_t)rng_long_tail(&m->rng, 300);

    open_request(m, v, "search_performed");
    memcpy(criteria + len, subjects[v->object % 10], n);
    memcpy(criteria + len + n, "\\\"}", 4);
    put_text(m, "search_criteria", criteria);
    put_text(m, "sort_by", v->object % 3 ? "publish_on_desc" : "closing_date");
    put_int(m, "page", 1 + (int64_t)rng_long_tail(&m->rng, 5));
    put_int(m, "total_count", found);
    put_list(m, "vacancies_on_page");
    for (int64_t i = 0; i < found && i < 5; i++) {
        char id[12];
        uint8_t bytes[6];
        uint64_t h = rng_next(&m->rng);

        memcpy(bytes,
               (uint8_t[]){(uint8_t)h, (uint8_t)(h >> 8), (uint8_t)(h >> 16), (uint8_t)(h >> 24),
                           (uint8_t)(h >> 32), (uint8_t)(h >> 40)},
               6);
        hex_encode(id, bytes, sizeof bytes);
        put_item(m, str_of(id, sizeof id));
    }
    put_list_end(m);
    put_null(m, "landing_page");
    put_bool(m, "filters_set_from_keywords", v->object % 7 == 0);
    put_user(m, v);
    close_request(m, v, "GET", 200);
}

static void put_entity(struct maker *m, const struct visit *v, const char *name, unsigned table)
{
    open_request(m, v, name);
    put_text(m, "table_name", tables[table]);
    put_id(m, "entity_id", "", 1 + v->request % 100000);
    if (strcmp(name, "entity_destroyed") != 0) {
        put_list(m, "attributes");
        put_item(m, v->request % 2 ? STR("frequency=daily") : STR("status=published"));
        put_item(m, STR("phase=secondary"));
        put_list_end(m);
    }
    close_request(m, v, "POST", 302);
}

/* What a page leads to within its request: a search, a saved vacancy, a click. */
static void put_on_page(struct maker *m, struct visit *v)
{
    unsigned at = (unsigned)rng_below(&m->rng, 100);

    if (v->page == 1) {
        put_search(m, v);
    } else if (v->page == 2 && at < 35) {
        open_request(m, v, "form_validation_failed");
        put_text(m, "form_name", pick(m, forms));
        put_list(m, "form_errors");
        put_item(m, str_from(pick(m, mistakes)));
        put_list_end(m);
        put_user(m, v);
        close_request(m, v, "POST", 200);
    } else if (v->page == 2) {
        put_entity(m, v,
                   at < 70   ? "entity_created"
                   : at < 90 ? "entity_updated"
                             : "entity_destroyed",
                   (unsigned)(v->request % ARRAY_LEN(tables)));
    } else if (at < 30) {
        open_request(m, v, "vacancy_save_to_account_clicked");
        put_id(m, "vacancy_id", "v-", v->page);
        put_user(m, v);
        close_request(m, v, "GET", 302);
    } else if (at < 80) {
        open_request(m, v, "tracked_link_clicked");
        put_text(m, "link_type", at % 2 ? "school_website" : "get_help");
        put_id(m, "link_subject", "v-", v->page);
        put_text(m, "text", at % 2 ? "Visit the school" : "Get help");
        put_text(m, "href", at % 2 ? "https://school.example/" : "/help");
        put_int(m, "mouse_button", at % 9 == 0);
        put_user(m, v);
        close_request(m, v, "GET", 200);
    } else if (at < 92) {
        open_request(m, v, "copied_to_clipboard");
        put_text(m, "description", "Vacancy address");
        put_null(m, "subject");
        put_user(m, v);
        close_request(m, v, "GET", 200);
    } else {
        open_request(m, v, at < 97 ? "something_happened" : "reticulated_splines");
        put_text(m, "foo", "bar");
        put_user(m, v);
        close_request(m, v, "GET", 200);
    }
}

static void session_start(struct traffic *t, struct visit *v)
{
    struct maker *m = traffic_maker(t);

    v->page = rng_chance(&m->rng, 350) ? 0 : rng_chance(&m->rng, 400) ? 1 : 3;
    if (v->page == 3)
        v->page += (uint32_t)rng_long_tail(&m->rng, VACANCIES);
    v->object = rng_long_tail(&m->rng, 100);
    v->left = (uint16_t)(1 + rng_long_tail(&m->rng, 16));
}

static void next_page(struct maker *m, struct visit *v)
{
    unsigned at = (unsigned)rng_below(&m->rng, 100);

    v->before = v->page;
    v->page = at < 8    ? 0
              : at < 42 ? 1
              : at < 50 ? 2
                        : 3 + (uint32_t)rng_long_tail(&m->rng, VACANCIES);
    v->request = rng_next(&m->rng);
    v->step++;
    v->left--;
    v->over = v->left == 0;
    v->at_us += rng_pause_us(&m->rng, 4, 300);
}

/* state 0: the page itself; 1: what it led to, in the same request. */
static void session_step(struct traffic *t, struct visit *v)
{
    struct maker *m = traffic_maker(t);
    bool robot = v->agent >= agent_count;

    if (v->state == 1) {
        put_on_page(m, v);
        v->state = 0;
        next_page(m, v);
        return;
    }
    open_request(m, v, "page_visited");
    put_user(m, v);
    close_request(m, v, "GET", 200);
    if (!robot && (v->page == 1 || v->page == 2 || rng_chance(&m->rng, 140))) {
        v->state = 1;
        v->at_us += rng_between(&m->rng, 2000, 90000);
    } else {
        next_page(m, v);
    }
}

static void api_start(struct traffic *t, struct visit *v)
{
    struct maker *m = traffic_maker(t);

    v->left = (uint16_t)rng_between(&m->rng, 2, 9);
}

static void api_step(struct traffic *t, struct visit *v)
{
    struct maker *m = traffic_maker(t);
    bool missing = rng_chance(&m->rng, 60);
    char path[64] = "/api/v1/jobs.json";

    if (missing)
        memcpy(path, "/api/v1/jobs/none.json", 23);
    put_open(m, v, "api_queried");
    put_hex(m, "session", v->session, rng_mix(v->session));
    put_request_id(m, v);
    put_properties(m);
    if (missing)
        put_bool(m, "not_found", true);
    put_context(m);
    put_text(m, "path", path);
    put_text(m, "method", "GET");
    put_int(m, "status", missing ? 404 : 200);
    put_text(m, "content_type", "application/json; charset=utf-8");
    put_connection(m, v);
    put_close(m);
    v->request = rng_next(&m->rng);
    v->at_us += rng_between(&m->rng, SECOND_US, 15 * MINUTE_US);
    v->over = --v->left == 0;
}

static void run_start(struct traffic *t, struct visit *v)
{
    struct maker *m = traffic_maker(t);

    v->state = rng_chance(&m->rng, 60);
    v->left = (uint16_t)rng_between(&m->rng, 3, 14);
}

/* A run in the background: mails, or older records being filled in. */
static void run_step(struct traffic *t, struct visit *v)
{
    static const char *const mails[] = {
        "jobseeker_subscription_alert", "jobseeker_subscription_alert",
        "jobseeker_subscription_confirmation", "jobseeker_confirmation_instructions",
        "jobseeker_application_submitted"};
    struct maker *m = traffic_maker(t);
    uint64_t who = rng_long_tail(&m->rng, m->people), kind = rng_below(&m->rng, ARRAY_LEN(mails));
    char address[40] = "person";

    if (v->state == 1) {
        put_open(m, v, "entity_imported");
        put_properties(m);
        put_text(m, "table_name", tables[v->session % ARRAY_LEN(tables)]);
        put_id(m, "entity_id", "", 1 + rng_below(&m->rng, 100000));
    } else {
        put_open(m, v, mails[kind]);
        put_properties(m);
        put_uuid(m, "message_uid", rng_next(&m->rng), v->session);
        put_uuid(m, "notify_template", rng_mix(kind + 100), rng_mix(kind + 200));
        snprintf(address, sizeof address, "person%llu@example.net", (unsigned long long)who);
        put_text(m, "email_identifier", address);
        put_id(m, "jobseeker_id", "", who + 1000);
        if (kind < 3)
            put_id(m, "subscription_identifier", "s-", people_hash(m, who, 21) % 100000);
        else if (kind == 3)
            put_null(m, "previous_email_identifier");
    }
    put_context(m);
    put_close(m);
    v->at_us += rng_between(&m->rng, 50000, 4 * SECOND_US);
    v->over = --v->left == 0;
}

const struct visit_kind service_kinds[] = {
    {TRAFFIC_SERVICE, 58, PACE_LEISURE, true, session_start, session_step},
    {TRAFFIC_SERVICE, 8, PACE_LEISURE, false, api_start, api_step},
    {TRAFFIC_SERVICE, 6, PACE_MACHINE, false, run_start, run_step},
};
const size_t service_kind_count = ARRAY_LEN(service_kinds);
