/* SPDX-License-Identifier: Apache-2.0 */
/* demo_show.c: the demo: a server, two weeks of events, the counts, and then light traffic.
 *
 * The same events go into a folder that has them already: they are known by their ids, so a second
 * run, and one that mends a run cut short, counts nothing twice. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "cmd/address.h"
#include "cmd/backoff.h"
#include "cmd/demo_folder.h"
#include "cmd/demo_options.h"
#include "cmd/demo_password.h"
#include "cmd/demo_send.h"
#include "cmd/demo_server.h"

enum { NAMES_SHOWN = 24, VISIBLE_S = 180, LIVE_PER_DAY = 400000 };

struct show {
    const struct demo_options *options;
    const volatile sig_atomic_t *stop;
    struct demo_folder *folder;
    struct settings *settings;
    struct demo_server *server;
    struct demo_senders *senders;
    int64_t started_us;
    bool terminal; /* of standard output: progress is drawn */
};

static double since_s(int64_t us)
{
    return (double)(clock_monotonic_us() - us) / 1e6;
}

static void draw(const struct show *s, const char *what, uint64_t done, uint64_t all)
{
    if (!s->terminal)
        return;
    printf("\r\033[K%s: %" PRIu64, what, done);
    if (all)
        printf(" of %" PRIu64, all);
    fflush(stdout);
}

/* Sends all of t, or what is due by now where `live`. */
static int send_traffic(struct show *s, struct traffic *t, uint64_t all, bool live, struct err *err)
{
    struct traffic_event info;
    int64_t flushed_us = clock_monotonic_us();
    uint64_t done = 0;
    AUTO_BUF json;

    buf_init(&json, TRAFFIC_EVENT_MAX);
    while (!*s->stop && traffic_next(t, &json, &info) == 1) {
        while (live && !*s->stop && info.time_us > clock_now_us())
            backoff_wait(info.time_us - clock_now_us(), s->stop);
        if (demo_send(s->senders, &info, buf_as_str(&json), err) < 0)
            return -1;
        json.len = 0;
        done++;
        if (clock_monotonic_us() - flushed_us < (live ? 1000000 : 100000))
            continue;
        if ((live && demo_senders_flush(s->senders, err) < 0) ||
            demo_server_check(s->server, err) < 0)
            return -1;
        draw(s, live ? "live, Ctrl-C ends it; events sent" : "sending", done, live ? 0 : all);
        flushed_us = clock_monotonic_us();
    }
    if (*s->stop && !live)
        return err_set(err, ERR_DENIED, "stopped");
    return demo_senders_flush(s->senders, err);
}

/* What signs the flows: the server's key, so that it believes them. */
static struct str flow_key(const struct settings *settings)
{
    return settings->flows.keys.count ? str_from(settings->flows.keys.items[0]) : STR_NONE;
}

/* Chooses the span: that of the folder's history where it is the same that is asked for. */
static int send_history(struct show *s, struct err *err)
{
    struct demo_history *h = &s->folder->history;
    const struct demo_options *o = s->options;
    struct traffic_opts opts;
    struct sender_counts c;
    struct traffic *t;
    int64_t started_us = clock_monotonic_us();
    int result;

    if (h->until_us == 0 || h->seed != o->seed || h->events != o->events || h->days != o->days) {
        *h = (struct demo_history){o->seed, o->events, o->days, clock_now_us()};
        if (demo_folder_remember(s->folder, err) < 0)
            return -1;
    }
    opts = demo_traffic(o, h->until_us, 3, 5, 5);
    opts.site_without_connection = true;
    opts.flow_key = flow_key(s->settings);
    if (traffic_new(&t, &opts, err) < 0)
        return -1;
    result = send_traffic(s, t, o->events, false, err);
    traffic_free(t);
    if (result < 0)
        return -1;
    c = demo_senders_counts(s->senders);
    if (s->terminal)
        printf("\r\033[K");
    printf("Sent %" PRIu64 " events of %" PRIu64 " days in %.1f s.\nVerdicts: %" PRIu64
           " accepted, %" PRIu64 " duplicate, %" PRIu64 " quarantined, %" PRIu64 " refused.\n",
           o->events, o->days, since_s(started_us), c.accepted, c.duplicate, c.quarantined,
           c.refused);
    fflush(stdout);
    return 0;
}

/* What the store has, and the tables of flows that follow from it. */
static const char reached[] = "SELECT least(coalesce(max(position), 0), (SELECT "
                              "coalesce(min(position), 0) FROM model_state)) "
                              "FROM events";

/* Until the tables have the last event that was accepted. */
static int wait_until_visible(struct show *s, struct err *err)
{
    int64_t wanted = demo_senders_counts(s->senders).position;
    int64_t give_up_us = clock_monotonic_us() + VISIBLE_S * INT64_C(1000000), have = 0;

    while (have < wanted) {
        yyjson_doc *doc;
        yyjson_val *rows = demo_server_ask(s->server, reached, &doc, err);

        if (!rows || demo_server_check(s->server, err) < 0)
            return -1;
        have = yyjson_get_sint(yyjson_arr_get(yyjson_arr_get(rows, 0), 0));
        yyjson_doc_free(doc);
        if (*s->stop)
            return err_set(err, ERR_DENIED, "stopped");
        if (have < wanted && clock_monotonic_us() > give_up_us)
            return err_set(err, ERR_BUSY,
                           "the store is behind after %d s: it has position %" PRId64
                           " of %" PRId64,
                           VISIBLE_S, have, wanted);
        if (have < wanted)
            backoff_wait(30000, s->stop);
    }
    return 0;
}

static void print_row(yyjson_val *row, int width)
{
    yyjson_val *value;
    size_t i, max;

    yyjson_arr_foreach(row, i, max, value)
    {
        if (yyjson_is_str(value))
            printf("  %-*s", width, yyjson_get_str(value));
        else
            printf("  %10" PRId64, yyjson_get_sint(value));
    }
    putchar('\n');
}

/* Prints the rows of a question whose first column is text, the others whole numbers. */
static int print_answer(struct show *s, const char *head, const char *sql, int width,
                        struct err *err)
{
    yyjson_doc *doc;
    yyjson_val *rows = demo_server_ask(s->server, sql, &doc, err), *row;
    size_t i, max;

    if (!rows)
        return -1;
    printf("\n%s\n", head);
    yyjson_arr_foreach(rows, i, max, row)
    {
        if (i == NAMES_SHOWN) {
            printf("  ... and %zu more names\n", max - i);
            break;
        }
        print_row(row, width);
    }
    yyjson_doc_free(doc);
    return 0;
}

static int print_counts(struct show *s, struct err *err)
{
    if (print_answer(s, "  source              events       names",
                     "SELECT source, count(*), count(DISTINCT name) FROM events "
                     "GROUP BY 1 ORDER BY 2 DESC, 1",
                     14, err) < 0 ||
        print_answer(s, "  name                                       count",
                     "SELECT name, count(*) FROM events GROUP BY 1 ORDER BY 2 DESC, 1", 36,
                     err) < 0)
        return -1;
    printf("\nOn the screen %.1f s after the start.\n", since_s(s->started_us));
    fflush(stdout);
    return 0;
}

/* The program as one can type it here. */
static char *program_name(void)
{
    char exe[4096], here[4096];
    ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
    size_t n;

    if (len < 0 || !getcwd(here, sizeof here))
        return xstrdup("weir");
    exe[len] = '\0';
    n = strlen(here);
    if (strncmp(exe, here, n) == 0 && exe[n] == '/')
        return xstrdup(strchr(exe + n + 1, '/') ? exe + n + 1 : exe + n);
    return xstrdup(exe);
}

static void print_next(const struct show *s, bool ends)
{
    AUTO_FREE char *url = address_find(s->settings, "collector", &s->settings->collector.listen),
                   *weir = program_name();
    const char *dir = s->folder->dir, *config = s->folder->config;

    if (ends)
        printf("\nThe server ends here. Try next:\n\n  %s serve --config %s &\n\n", weir, config);
    else
        printf("\nTry next, in another terminal:\n\n");
    printf(
        "  %s query --config %s \\\n"
        "    \"SELECT name, count(*) FROM events GROUP BY 1 ORDER BY 2 DESC\"\n\n"
        "  %s report flows --config %s      # sign-ins and sign-ups, day by day\n\n"
        "  %s report funnel --config %s --step flow.begin \\\n"
        "    --step 'flow.*.submit' --step 'account.login|account.created' --step flow.complete\n\n"
        "  %s report counts --config %s --event socialClick --by clicked\n\n"
        "  %s quarantine list --config %s\n\n"
        "  %s ledger --config %s\n\n"
        "  %s tail --config %s\n\n",
        weir, config, weir, config, weir, config, weir, config, weir, config, weir, config, weir,
        config);
    printf("  curl -sS -H \"Authorization: Bearer $(cat %s/timetracker.key)\" \\\n"
           "    -H 'Content-Type: application/json' %s/v1/events -d '{\n"
           "    \"name\": \"timer.stopped\",\n"
           "    \"properties\": {\"user_id\": \"42\", \"time_entry_id\": \"51\",\n"
           "      \"project_id\": \"7\", \"duration_seconds\": \"an hour\"}}'\n\n"
           "The last one answers 422: duration_seconds is text where a number is expected.\n\n",
           dir, url);
    fflush(stdout);
}

/* Events of now, a few a second, for as long as it is looked at. */
static int go_on(struct show *s, struct err *err)
{
    while (!*s->stop) {
        int64_t now_us = clock_now_us();
        struct traffic_opts opts = {.seed = (uint64_t)now_us,
                                    .events = LIVE_PER_DAY,
                                    .from_us = now_us,
                                    .to_us = now_us + DATETIME_DAY_US,
                                    .sources = TRAFFIC_ALL,
                                    .duplicate_per_mille = 3,
                                    .wrong_per_mille = 5,
                                    .site_without_connection = true,
                                    .flow_key = flow_key(s->settings)};
        struct traffic *t;
        int result;

        if (traffic_new(&t, &opts, err) < 0)
            return -1;
        result = send_traffic(s, t, 0, true, err);
        traffic_free(t);
        if (result < 0 && !*s->stop)
            return -1;
    }
    return 0;
}

static int show(struct show *s, struct err *err)
{
    const struct demo_options *o = s->options;
    bool ends = o->once || !isatty(STDIN_FILENO);

    if (demo_folder_open(&s->folder, o->dir, o->catalogues, (uint16_t)o->port, err) < 0 ||
        settings_load(&s->settings, s->folder->config, err) < 0)
        return -1;
    if (o->port && s->settings->collector.listen.port != o->port)
        return err_set(err, ERR_USAGE, "%s says port %u: change it there, or choose another --dir",
                       s->folder->config, s->settings->collector.listen.port);
    if (demo_password_make(s->settings, s->folder->dir, err) < 0)
        return -1;
    if (demo_server_start(&s->server, s->settings, s->folder->log, s->stop, err) < 0 ||
        demo_senders_new(&s->senders, s->settings, s->stop, err) < 0)
        return -1;
    printf("%s %s/: settings, keys and data. The server's log is %s.\n",
           s->folder->found ? "Using" : "Made", s->folder->dir, s->folder->log);
    if (send_history(s, err) < 0 || wait_until_visible(s, err) < 0 || print_counts(s, err) < 0)
        return -1;
    demo_password_print(s->settings, s->folder->dir);
    print_next(s, ends);
    return ends ? 0 : go_on(s, err);
}

int demo_show(const struct command *self, const struct demo_options *o,
              const volatile sig_atomic_t *stop)
{
    struct show s = {.options = o,
                     .stop = stop,
                     .started_us = clock_monotonic_us(),
                     .terminal = isatty(STDOUT_FILENO)};
    struct err err = {0};
    int code = EXIT_DONE;

    if (show(&s, &err) < 0) {
        if (s.terminal)
            putchar('\n');
        code = failed(self, &err);
    }
    demo_senders_free(s.senders);
    demo_server_stop(s.server);
    settings_free(s.settings);
    demo_folder_close(s.folder);
    return code;
}
