/* SPDX-License-Identifier: Apache-2.0 */
/* err.h: how a function says why it failed.
 *
 * A function that can fail returns 0 or -1 (or NULL) and takes a `struct err *` last. The text says
 * what was tried, on what, and why not; it never holds a value that a user sent, since error texts
 * reach logs and answers. NULL for `err` is allowed: the caller wants the return value only. */
#pragma once
#include <stddef.h>

enum err_code {
    ERR_NONE = 0,
    ERR_USAGE, /* the caller's words are off: a setting, an argument */
    ERR_PARSE, /* input that does not follow its format; `at` is the byte offset */
    ERR_LIMIT, /* larger, deeper or more than a stated limit */
    ERR_IO, /* the system refused: file, network, process */
    ERR_SPACE, /* the disk is full, or above its high-water mark */
    ERR_CORRUPT, /* data of our own that does not verify */
    ERR_BUSY, /* try again later: held by another, or overloaded */
    ERR_DENIED, /* not allowed */
    ERR_STOPPED, /* somebody ended it on purpose */
    ERR_INTERNAL, /* a library failed in a way that we cannot name better */
};

struct err {
    enum err_code code;
    size_t at; /* byte offset in the input, where that makes sense; else 0 */
    char text[240]; /* one line, no newline at its end */
};

/* Fills *e (where not NULL). Always returns -1, so that `return err_set(...)` reads well. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with the byte offset `at`. */
int err_set_at(struct err *e, enum err_code code, size_t at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Puts "what: " before the text that is there, to say what the failed step was part of.
 * Always returns -1. */
int err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
