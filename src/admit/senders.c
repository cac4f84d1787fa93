/* SPDX-License-Identifier: Apache-2.0 */
/* senders.c: a short list that is gone through from its beginning. */
#include "admit/senders.h"

#include <stdlib.h>
#include <string.h>

static bool is_same(const struct sender_seen *s, bool known, const struct pseudonym *visitor)
{
    return s->known == known &&
           (!known || memcmp(s->visitor.b, visitor->b, sizeof visitor->b) == 0);
}

static void copy_text(char *out, struct str s, size_t max)
{
    size_t len = str_utf8_cut(s, max);

    if (len)
        memcpy(out, s.ptr, len);
    out[len] = '\0';
}

static struct sender_seen *place(struct senders *s)
{
    struct sender_seen *least = &s->list[0];

    if (s->count < SENDERS_KEPT) {
        memset(&s->list[s->count], 0, sizeof s->list[0]);
        return &s->list[s->count++];
    }
    for (size_t i = 1; i < SENDERS_KEPT; i++)
        if (s->list[i].events < least->events)
            least = &s->list[i];
    least->error = least->events;
    return least;
}

void senders_count(struct senders *s, const struct record *of)
{
    bool known = of->flags & RECORD_HAS_VISITOR;
    struct sender_seen *to = NULL;

    for (size_t i = 0; i < s->count && !to; i++)
        if (is_same(&s->list[i], known, &of->visitor))
            to = &s->list[i];
    if (!to) {
        to = place(s);
        to->known = known;
        to->visitor = of->visitor;
        copy_text(to->browser, known ? of->ua_browser : STR_NONE, SENDER_BROWSER_MAX);
        copy_text(to->country, known ? of->country : STR_NONE, 2);
    }
    to->events++;
}

static int most_first(const void *a, const void *b)
{
    const struct sender_seen *x = a, *y = b;

    return (x->events < y->events) - (x->events > y->events);
}

static void put_text(struct buf *out, const char *name, const char *text)
{
    if (!*text)
        return;
    buf_printf(out, ",\"%s\":", name);
    buf_json(out, str_from(text));
}

void senders_to_json(struct senders *s, struct buf *out)
{
    qsort(s->list, s->count, sizeof s->list[0], most_first);
    buf_char(out, '[');
    for (size_t i = 0; i < s->count; i++) {
        const struct sender_seen *one = &s->list[i];
        char visitor[2 * PSEUDONYM_BYTES];

        hex_encode(visitor, one->visitor.b, PSEUDONYM_BYTES);
        buf_printf(out, "%s{\"events\":%llu,\"error\":%llu", i ? "," : "",
                   (unsigned long long)one->events, (unsigned long long)one->error);
        if (one->known)
            buf_printf(out, ",\"visitor\":\"%.*s\"", (int)sizeof visitor, visitor);
        put_text(out, "ua_browser", one->browser);
        put_text(out, "country", one->country);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}
