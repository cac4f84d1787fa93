/* SPDX-License-Identifier: Apache-2.0 */
/* send_report.c: progress on a terminal, the first problems in full and the rest by code. */
#include "cmd/send_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/shown.h"

enum { SHOWN_MAX = 20, CODES_MAX = 64, CODE_SIZE = 48 };

struct send_report {
    FILE *errors;
    const char *errors_file, *label;
    bool errors_failed;
    bool terminal;
    bool drawn; /* the progress line is on the screen */
    int64_t started_us, drawn_us;
    uint64_t problems; /* faults shown or not */
    struct {
        char code[CODE_SIZE];
        uint64_t count;
    } codes[CODES_MAX];
    size_t code_count;
};

int send_report_new(struct send_report **out, const char *errors_file, struct err *err)
{
    struct send_report *r = xcalloc(1, sizeof *r);

    r->terminal = isatty(STDERR_FILENO);
    r->started_us = clock_monotonic_us();
    r->errors_file = errors_file;
    if (errors_file) {
        r->errors = fopen(errors_file, "we");
        if (!r->errors) {
            err_set(err, ERR_IO, "open %s: %s", errors_file, strerror(errno));
            send_report_free(r);
            return -1;
        }
    }
    *out = r;
    return 0;
}

void send_report_free(struct send_report *r)
{
    if (!r)
        return;
    if (r->errors)
        fclose(r->errors);
    free(r);
}

static void clear_progress(struct send_report *r)
{
    if (r->drawn)
        fputs("\r\033[K", stderr);
    r->drawn = false;
}

/* Text of a collector's answer, as it may go to a terminal: control bytes become `?`. */
static void print_safely(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        fputc(c < 0x20 || c == 0x7F ||
                      (c == 0xC2 && i + 1 < s.len && (unsigned char)s.ptr[i + 1] < 0xA0)
                  ? '?'
                  : c,
              stderr);
    }
}

static void count_code(struct send_report *r, struct str code)
{
    struct str key = str_slice(code, 0, CODE_SIZE - 1);
    size_t i = 0;

    while (i < r->code_count && !str_is(key, r->codes[i].code))
        i++;
    if (i == r->code_count) {
        if (i == CODES_MAX) /* a collector has some thirty; the last place takes the rest */
            i--;
        else
            memcpy(r->codes[r->code_count++].code, key.ptr, key.len);
    }
    r->codes[i].count++;
}

static void write_error(struct send_report *r, const struct sender_problem *p)
{
    const struct {
        const char *name;
        struct str value;
    } fields[] = {{"verdict", str_from(p->verdict)},
                  {"id", p->id},
                  {"code", p->code},
                  {"path", p->path},
                  {"expected", p->expected},
                  {"message", p->message}};
    AUTO_BUF line;

    buf_init(&line, 1 << 20);
    buf_printf(&line, "{\"line\":%" PRIu64, p->line);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (!fields[i].value.len)
            continue;
        buf_printf(&line, ",\"%s\":", fields[i].name);
        buf_json(&line, fields[i].value);
    }
    buf_append(&line, "}\n", 2);
    if (fwrite(line.ptr, 1, line.len, r->errors) != line.len)
        r->errors_failed = true;
}

void send_report_problem(void *report, const struct sender_problem *p)
{
    struct send_report *r = report;

    r->problems++;
    count_code(r, p->code.len ? p->code : str_from(p->verdict));
    if (r->errors)
        write_error(r, p);
    if (r->problems > SHOWN_MAX)
        return;
    clear_progress(r);
    fprintf(stderr, "%s%sline %" PRIu64 ": %s", r->label ? r->label : "", r->label ? ", " : "",
            p->line, p->verdict);
    if (p->code.len)
        fputs(", ", stderr);
    print_safely(p->code);
    if (p->path.len)
        fputs(" at ", stderr);
    print_safely(p->path);
    if (p->expected.len)
        fputs(", expected ", stderr);
    print_safely(p->expected);
    if (!p->expected.len && p->message.len) {
        fputs(": ", stderr);
        print_safely(p->message);
    }
    fputc('\n', stderr);
}

void send_report_label(struct send_report *r, const char *label)
{
    r->label = label;
}

void send_report_draw(struct send_report *r, bool now, const char *fmt, ...)
{
    int64_t now_us = clock_monotonic_us();
    va_list ap;

    if (!r->terminal || (!now && now_us - r->drawn_us < 100000))
        return;
    fputs("\r\033[K", stderr);
    va_start(ap, fmt);
    shown_vprint(stderr, fmt, ap);
    va_end(ap);
    fflush(stderr);
    r->drawn = true;
    r->drawn_us = now_us;
}

void send_report_progress(void *report, const struct sender_counts *c)
{
    struct send_report *r = report;
    double took_s = (double)(clock_monotonic_us() - r->started_us) / 1e6 + 1e-6;
    uint64_t all = c->accepted + c->duplicate + c->quarantined + c->refused;

    send_report_draw(r, false,
                     "%" PRIu64 " events, %.0f/s: %" PRIu64 " accepted, %" PRIu64
                     " duplicate, %" PRIu64 " quarantined, %" PRIu64 " refused",
                     all, (double)all / took_s, c->accepted, c->duplicate, c->quarantined,
                     c->refused);
}

void send_report_retry(void *report, const char *reason, int64_t pause_us)
{
    struct send_report *r = report;

    clear_progress(r);
    fprintf(stderr, "%s; again in %.1f s\n", reason, (double)pause_us / 1e6);
}

static void print_codes(const struct send_report *r)
{
    if (r->problems <= SHOWN_MAX)
        return;
    fprintf(stderr, "%" PRIu64 " faults in all, of which %d are above:\n", r->problems, SHOWN_MAX);
    for (size_t i = 0; i < r->code_count; i++)
        fprintf(stderr, "%10" PRIu64 "  %s\n", r->codes[i].count, r->codes[i].code);
}

void send_report_close(struct send_report *r)
{
    clear_progress(r);
    print_codes(r);
}

int send_report_end(struct send_report *r, const struct sender_counts *c, uint64_t waiting)
{
    double took_s = (double)(clock_monotonic_us() - r->started_us) / 1e6;
    uint64_t all = c->accepted + c->duplicate + c->quarantined + c->refused;

    send_report_close(r);
    fprintf(stderr,
            "%" PRIu64 " events in %.1f s: %" PRIu64 " accepted, %" PRIu64 " duplicate, %" PRIu64
            " quarantined, %" PRIu64 " refused",
            all, took_s, c->accepted, c->duplicate, c->quarantined, c->refused);
    if (c->retries)
        fprintf(stderr, "; %" PRIu64 " of %" PRIu64 " requests were tries again", c->retries,
                c->requests);
    fputc('\n', stderr);
    if (waiting)
        fprintf(stderr,
                "%" PRIu64 " events got no answer: send the same file again, and those "
                "with ids of their own are counted once\n",
                waiting);
    if (r->errors && (fflush(r->errors) != 0 || r->errors_failed)) {
        fprintf(stderr, "%s: could not be written\n", r->errors_file);
        return EXIT_FAILED;
    }
    return c->quarantined || c->refused ? EXIT_WANTING : EXIT_DONE;
}
