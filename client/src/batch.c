/* SPDX-License-Identifier: Apache-2.0 */
/* batch.c: lines of JSON, and where each ends. */
#include "batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char beginning[] = "{\"sent_at\":";

int weir_batch_init(struct weir_batch *b, size_t max_events)
{
    memset(b, 0, sizeof *b);
    b->max = max_events;
    b->text = malloc(WEIR_BATCH_CAPACITY);
    b->end = calloc(max_events, sizeof *b->end);
    b->done = calloc(max_events, sizeof *b->done);
    return b->text && b->end && b->done ? 0 : -1;
}

void weir_batch_free(struct weir_batch *b)
{
    free(b->text);
    free(b->end);
    free(b->done);
    memset(b, 0, sizeof *b);
}

void weir_batch_clear(struct weir_batch *b)
{
    b->len = 0;
    b->count = 0;
}

bool weir_batch_full(const struct weir_batch *b)
{
    return b->count == b->max || b->len >= WEIR_BATCH_BYTES;
}

static void end_event(struct weir_batch *b, size_t end)
{
    b->end[b->count] = (uint32_t)end;
    b->done[b->count++] = false;
    b->len = end;
}

bool weir_batch_add(struct weir_batch *b, struct weir_encoder *e, const void *record, size_t size)
{
    struct weir_out out = {b->text, b->len, WEIR_BATCH_CAPACITY - 1, false};

    if (!weir_encode(e, &out, record, size, weir_now_us() / 1000))
        return false;
    b->text[out.len] = '\n';
    end_event(b, out.len + 1);
    return true;
}

static bool is_event(const char *line, size_t len)
{
    size_t digits = 0;

    if (len < sizeof beginning || memcmp(line, beginning, WEIR_SENT_AT) != 0)
        return false;
    while (WEIR_SENT_AT + digits < len && line[WEIR_SENT_AT + digits] >= '0' &&
           line[WEIR_SENT_AT + digits] <= '9')
        digits++;
    return digits == WEIR_SENT_AT_DIGITS && line[len - 1] == '}';
}

bool weir_batch_index(struct weir_batch *b, size_t len)
{
    weir_batch_clear(b);
    for (size_t at = 0, line; at < len; at += line + 1) {
        const char *newline = memchr(b->text + at, '\n', len - at);

        line = newline ? (size_t)(newline - b->text) - at : 0;
        if (b->count == b->max || !is_event(b->text + at, line))
            return false;
        end_event(b, at + line + 1);
    }
    return b->count > 0;
}

const char *weir_batch_part(const struct weir_batch *b, size_t from, size_t count, size_t *len)
{
    size_t begin = from ? b->end[from - 1] : 0;

    *len = b->end[from + count - 1] - begin;
    return b->text + begin;
}

void weir_batch_stamp(struct weir_batch *b, size_t from, size_t count, int64_t ms)
{
    char digits[32];

    snprintf(digits, sizeof digits, "%013lld", (long long)(ms % INT64_C(10000000000000)));
    for (size_t i = from; i < from + count; i++)
        memcpy(b->text + (i ? b->end[i - 1] : 0) + WEIR_SENT_AT, digits, WEIR_SENT_AT_DIGITS);
}

void weir_batch_compact(struct weir_batch *b)
{
    size_t count = b->count, begin = 0;

    weir_batch_clear(b);
    for (size_t i = 0; i < count; i++) {
        size_t end = b->end[i];

        if (!b->done[i]) {
            memmove(b->text + b->len, b->text + begin, end - begin);
            end_event(b, b->len + end - begin);
        }
        begin = end;
    }
}
