/* SPDX-License-Identifier: Apache-2.0 */
/* mem.c: memory of a short-lived tool: taken piece by piece, given back as a whole. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "uap.h"

struct piece {
    struct piece *next;
    max_align_t bytes[];
};

static struct piece *pieces;

void *keep(size_t size)
{
    struct piece *p = calloc(1, sizeof *p + size);

    if (!p)
        die("out of memory");
    p->next = pieces;
    pieces = p;
    return p->bytes;
}

char *keep_text(const char *text, size_t len)
{
    return memcpy(keep(len + 1), text, len);
}

void keep_free(void)
{
    while (pieces) {
        struct piece *next = pieces->next;

        free(pieces);
        pieces = next;
    }
}

void die(const char *fmt, ...)
{
    va_list args;

    fputs("uap: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    keep_free();
    exit(1);
}
