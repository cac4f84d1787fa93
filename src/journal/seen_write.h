/* SPDX-License-Identifier: Apache-2.0 */
/* seen_write.h: writes a run, page by page. One owner. */
#pragma once
#include "journal/seen_run.h"

struct seen_writer {
    const struct seen_files *f;
    char *path; /* of the temporary file */
    int fd;
    struct seen_range range;
    struct seen_class *classes; /* taken */
    size_t class_count, header_bytes;
    uint64_t keys, table_pages, pages;
    uint8_t *out; /* pages that wait to be written */
    size_t out_pages;
    struct seen_item *waiting; /* items whose page was full */
    size_t waiting_count, waiting_cap;
    struct seen_item *sorted;
    size_t sorted_cap;
};

uint64_t seen_table_pages(uint64_t keys);
/* Begins the file `temporary`; table_pages by seen_table_pages. ERR_SPACE where the disk is full,
 * else ERR_IO. The writer is to be reset in any case. */
int seen_writer_begin(struct seen_writer *w, const struct seen_files *f, const char *temporary,
                      struct err *err);
/* The items of the next page, in any order; they are changed. */
int seen_writer_page(struct seen_writer *w, const struct seen_item *items, size_t count,
                     struct err *err);
/* Makes it durable under its name. The caller owns one use of *out. */
int seen_writer_end(struct seen_writer *w, struct seen_run **out, struct err *err);
/* Deletes the temporary file where it did not get its name. */
void seen_writer_reset(struct seen_writer *w);

/* Of seen_run.c, for the writer. `count` bytes of header, all of it, with its checksum. */
size_t seen_header_bytes(const struct seen_files *f, const struct seen_class *classes,
                         size_t count);
void seen_header_write(uint8_t *out, const struct seen_files *f, const struct seen_writer *w);
void seen_page_seal(uint8_t *page, const struct seen_files *f, const struct seen_range *r,
                    uint64_t number, unsigned count);
