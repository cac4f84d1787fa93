/* SPDX-License-Identifier: Apache-2.0 */
/* problem.c: collects what is wrong with a catalogue, and puts it in words.
 *
 * Keeps the first PROBLEMS_MAX; a file of nothing but mistakes must not fill the memory. Whether a
 * problem stops anything, the caller decides by the count of errors. */
#include "catalogue/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static char *copy_or_null(const char *z)
{
    return z ? xstrdup(z) : NULL;
}

void problems_add(struct problems *p, bool warning, const char *file, int line, const char *event,
                  const char *field, const char *fmt, ...)
{
    char text[1024];
    struct problem *slot;
    va_list ap;

    if (!warning)
        p->errors++;
    if (p->count == PROBLEMS_MAX) {
        p->more++;
        return;
    }
    if (p->count == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 16;
        p->list = xrealloc(p->list, p->cap, sizeof *p->list);
    }
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    slot = &p->list[p->count++];
    *slot = (struct problem){.warning = warning, .line = line, .number = p->count};
    slot->file = copy_or_null(file);
    slot->event = copy_or_null(event);
    slot->field = copy_or_null(field);
    slot->text = xstrdup(text);
}

void problems_free(struct problems *p)
{
    for (size_t i = 0; i < p->count; i++) {
        free(p->list[i].file);
        free(p->list[i].event);
        free(p->list[i].field);
        free(p->list[i].text);
    }
    free(p->list);
    *p = (struct problems){0};
}

static int compare(const void *a, const void *b)
{
    const struct problem *x = a, *y = b;
    int order = strcmp(x->file ? x->file : "", y->file ? y->file : "");

    if (!order)
        order = (x->line > y->line) - (x->line < y->line);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

void problems_sort(struct problems *p)
{
    if (p->count > 1)
        qsort(p->list, p->count, sizeof *p->list, compare);
}

/* Names come from a file: what a terminal would take for a command becomes '?'. */
static void put_visible(struct buf *out, const char *z)
{
    for (; *z; z++)
        buf_char(out, (unsigned char)*z < 0x20 || *z == 0x7F ? '?' : *z);
}

void problem_format(struct buf *out, const struct problem *p)
{
    if (p->file) {
        put_visible(out, p->file);
        if (p->line > 0)
            buf_printf(out, ":%d", p->line);
        buf_str(out, STR(": "));
    }
    buf_str(out, p->warning ? STR("warning: ") : STR("error: "));
    if (p->event) {
        put_visible(out, p->event);
        buf_str(out, STR(": "));
    }
    if (p->field) {
        put_visible(out, p->field);
        buf_str(out, STR(": "));
    }
    put_visible(out, p->text);
}
