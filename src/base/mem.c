/* SPDX-License-Identifier: Apache-2.0 */
/* mem.c: the allocator that does not fail, and the helpers behind the AUTO_ macros. */
#include "base/mem.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ceiling.h"

static _Noreturn void out_of_memory(size_t size)
{
    fprintf(stderr, "weir: out of memory (%zu bytes more were needed)\n", size);
    abort();
}

void *xmalloc(size_t size)
{
    void *p = malloc(size ? size : 1);

    if (!p && ceiling_lift())
        p = malloc(size ? size : 1);
    if (!p)
        out_of_memory(size);
    return p;
}

void *xcalloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);

    if (!p && ceiling_lift())
        p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        out_of_memory(count * size);
    return p;
}

void *xrealloc(void *ptr, size_t count, size_t size)
{
    size_t bytes;
    void *p;

    if (__builtin_mul_overflow(count, size, &bytes))
        out_of_memory(SIZE_MAX);
    p = realloc(ptr, bytes ? bytes : 1);
    if (!p && ceiling_lift())
        p = realloc(ptr, bytes ? bytes : 1);
    if (!p)
        out_of_memory(bytes);
    return p;
}

char *xmemdup(const void *ptr, size_t len)
{
    char *p = xmalloc(len + 1);

    if (len)
        memcpy(p, ptr, len);
    p[len] = '\0';
    return p;
}

char *xstrdup(const char *z)
{
    return xmemdup(z, strlen(z));
}

char *xasprintf(const char *fmt, ...)
{
    va_list ap;
    char *p;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        out_of_memory(0);
    p = xmalloc((size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return p;
}

void free_ptr(void *ptr_to_ptr)
{
    void *p;

    memcpy(&p, ptr_to_ptr, sizeof p);
    free(p);
}

void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void close_dir(void *dir_ptr)
{
    DIR *d;

    memcpy(&d, dir_ptr, sizeof d);
    if (d)
        closedir(d);
}

void close_file(void *file_ptr)
{
    FILE *f;

    memcpy(&f, file_ptr, sizeof f);
    if (f)
        fclose(f);
}
