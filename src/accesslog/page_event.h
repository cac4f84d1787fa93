/* SPDX-License-Identifier: Apache-2.0 */
/* page_event.h: a request of a log as an event for the collector.
 *
 * Threads: one owner for each struct page_stamp. */
#pragma once
#include "accesslog/rules.h"
#include "base/buf.h"
#include "base/datetime.h"
#include "base/uuid.h"

enum {
    PAGE_TEXT_MAX = 8192 /* bytes of a text; what is longer is cut */,
    PAGE_ID_MAX = 341 /* of a request id */
};

/* The text of the last second; lines that follow each other mostly have the same. Begin with zeros. */
struct page_stamp {
    int64_t second;
    char text[DATETIME_SIZE];
};

/* Appends a JSON object: page_visited or api_queried, by the verdict. Without `id`, the sender gives one.
 * The rules say what is kept of queries, also of the referrer's. Test buf_failed. */
void page_event_write(struct buf *out, const struct access *a, enum access_verdict verdict,
                      const struct uuid *id, const struct access_rules *rules,
                      struct page_stamp *stamp);
