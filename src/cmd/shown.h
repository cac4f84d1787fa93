/* SPDX-License-Identifier: Apache-2.0 */
/* shown.h: text of strangers on a terminal, which it must not steer.
 *
 * Control characters come out as `?`, those of U+0080 to U+009F as an inverted question mark. */
#pragma once
#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"

/* Like fprintf; no control character gets through, not even a newline. */
__attribute__((format(printf, 2, 3))) void shown_print(FILE *to, const char *fmt, ...);
__attribute__((format(printf, 2, 0))) void shown_vprint(FILE *to, const char *fmt, va_list ap);
/* A piece of an answer: newlines, carriage returns and tabs stay. *last carries over from piece to
 * piece, 0 at first. 0, or -1 where `to` takes no more. */
int shown_write(FILE *to, struct str piece, unsigned char *last);
