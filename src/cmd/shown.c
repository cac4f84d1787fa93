/* SPDX-License-Identifier: Apache-2.0 */
/* shown.c: see shown.h. Works byte by byte: behind 0xC2, the bytes 0x80 to 0x9F are the control
 * characters U+0080 to U+009F, and 0xBF in their place is U+00BF. */
#include "cmd/shown.h"

#include <stdlib.h>

#include "base/check.h"

static int put(FILE *to, unsigned char c, unsigned char *last)
{
    unsigned char out = c;

    if (c < 0x20 || c == 0x7F)
        out = '?';
    else if (*last == 0xC2 && c >= 0x80 && c < 0xA0)
        out = 0xBF;
    *last = c;
    return putc(out, to) == EOF ? -1 : 0;
}

int shown_write(FILE *to, struct str piece, unsigned char *last)
{
    for (size_t i = 0; i < piece.len; i++) {
        unsigned char c = (unsigned char)piece.ptr[i];
        int status = 0;

        if (c == '\n' || c == '\r' || c == '\t') {
            *last = c;
            status = putc(c, to) == EOF ? -1 : 0;
        } else {
            status = put(to, c, last);
        }
        if (status < 0)
            return -1;
    }
    return 0;
}

void shown_vprint(FILE *to, const char *fmt, va_list ap)
{
    unsigned char last = 0;
    char *text = NULL;
    int len = vasprintf(&text, fmt, ap);

    CHECK(len >= 0); /* out of memory ends the process, as in xmalloc */
    for (int i = 0; i < len; i++)
        if (put(to, (unsigned char)text[i], &last) < 0)
            break;
    free(text);
}

void shown_print(FILE *to, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    shown_vprint(to, fmt, ap);
    va_end(ap);
}
