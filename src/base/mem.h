/* SPDX-License-Identifier: Apache-2.0 */
/* mem.h: the heap, and values that free themselves at the end of their block.
 *
 * The x-functions never return NULL: when memory is out they end the process, which the journal
 * makes safe. What a stranger's request may make large uses an arena or a buf instead. */
#pragma once
#include <stddef.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))
#define AUTO_FD CLEANUP(close_fd) int /* -1 is "none" */
#define AUTO_FREE CLEANUP(free_ptr) /* AUTO_FREE char *p = ... */
#define AUTO_DIR CLEANUP(close_dir) DIR * /* needs <dirent.h> */
#define AUTO_FILE CLEANUP(close_file) FILE *

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *ptr, size_t count, size_t size);
char *xstrdup(const char *z);
/* A NUL-ended copy of len bytes. */
char *xmemdup(const void *ptr, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void free_ptr(void *ptr_to_ptr);
void close_fd(int *fd);
void close_dir(void *dir_ptr);
void close_file(void *file_ptr);
