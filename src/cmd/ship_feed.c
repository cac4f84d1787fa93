/* SPDX-License-Identifier: Apache-2.0 */
/* ship_feed.c: reads, judges, writes and hands over, one line after another. */
#include "cmd/ship_feed.h"

#include <errno.h>
#include <inttypes.h>

#include "base/clock.h"

enum { EVENT_MAX = 512 * 1024 /* more than any line of 64 KiB becomes */ };

void ship_feed_fault(struct ship_feed *f, enum access_fault fault, uint64_t number)
{
    f->counts.by_fault[fault]++;
    send_report_problem(f->report,
                        &(struct sender_problem){.line = number,
                                                 .verdict = "not read",
                                                 .code = str_from(access_fault_name(fault)),
                                                 .message = str_from(access_fault_text(fault))});
}

static int hand_over(struct ship_feed *f, uint64_t number, struct err *err)
{
    if (f->sender)
        return sender_add_made(f->sender, buf_as_str(&f->event), number, err);
    buf_char(&f->event, '\n');
    if (fwrite(f->event.ptr, 1, f->event.len, stdout) != f->event.len)
        return err_set(err, ERR_IO, "write: %s", strerror(errno));
    return 0;
}

int ship_feed_line(struct ship_feed *f, char *line, size_t len, const struct uuid *id,
                   uint64_t number, struct err *err)
{
    enum access_fault fault;
    enum access_verdict verdict;
    struct access access;
    struct uuid made;

    f->counts.lines++;
    if (len == 0)
        return 0;
    fault = access_read(f->reader, line, len, &access);
    if (access_is_noise(fault)) {
        f->counts.by_fault[fault]++;
        return 0;
    }
    if (fault != ACCESS_FINE) {
        ship_feed_fault(f, fault, number);
        return 0;
    }
    verdict = access_judge(f->rules, &access);
    f->counts.by_verdict[verdict]++;
    if (verdict != ACCESS_PAGE && verdict != ACCESS_API)
        return 0;
    if (!id) {
        made = uuid_v7(clock_now_us());
        id = &made;
    }
    f->event.max = EVENT_MAX;
    buf_reset(&f->event, SIZE_MAX);
    page_event_write(&f->event, &access, verdict, id, f->rules, &f->stamp);
    if (buf_failed(&f->event))
        return err_set(err, ERR_LIMIT, "no memory for an event");
    return hand_over(f, number, err);
}

int ship_feed_flush(struct ship_feed *f, struct err *err)
{
    if (f->sender)
        return sender_flush(f->sender, err);
    return fflush(stdout) == 0 ? 0 : err_set(err, ERR_IO, "write: %s", strerror(errno));
}

uint64_t ship_counts_wanting(const struct ship_counts *c)
{
    uint64_t sum = c->unfinished + c->gone;

    for (int f = 0; f < ACCESS_FAULTS; f++)
        sum += access_is_noise((enum access_fault)f) ? 0 : c->by_fault[f];
    return sum;
}

void ship_counts_print(const struct ship_counts *c)
{
    fprintf(stderr, "%" PRIu64 " lines: %" PRIu64 " pages, %" PRIu64 " API calls", c->lines,
            c->by_verdict[ACCESS_PAGE], c->by_verdict[ACCESS_API]);
    for (int v = ACCESS_API + 1; v < ACCESS_VERDICTS; v++)
        if (c->by_verdict[v])
            fprintf(stderr, ", %" PRIu64 " left out by %s", c->by_verdict[v],
                    access_verdict_name((enum access_verdict)v));
    for (int f = ACCESS_FINE + 1; f < ACCESS_FAULTS; f++)
        if (c->by_fault[f])
            fprintf(stderr, ", %" PRIu64 " %s", c->by_fault[f],
                    access_fault_name((enum access_fault)f));
    if (c->unfinished)
        fprintf(stderr, ", %" PRIu64 " unfinished", c->unfinished);
    fputc('\n', stderr);
}
