/* SPDX-License-Identifier: Apache-2.0 */
/* retention.h: what is past its time leaves the tables, in small steps, and every deletion is
 * recorded in the table `deletions` by the transaction that makes it.
 *
 * What is old is said by the caller, who knows the settings and which clock to trust.
 * Threads: the loading thread, between two loads unless it says otherwise. */
#pragma once
#include "store/store.h"

enum store_table { STORE_EVENTS, STORE_QUARANTINE, STORE_REJECTED };

/* Rows that were received before a time, up to the first that was not: a row that a clock which stood
 * wrong calls old stays as long as those before it. One from the future (by over a day) holds back no
 * others, and stays until its time is past. */
struct store_old {
    enum store_table table;
    struct str source; /* its rows alone; without text: those of all sources but `except` */
    const struct str *except;
    size_t except_count;
    int64_t before_us, now_us;
    const char *rule; /* the setting: "retention.raw" */
    const char *reason; /* or NULL */
    int64_t upto; /* rows of later positions are needed still; 0: none are */
    int64_t rows_max; /* one step deletes no more: the first in the order of positions */
};

/* One step. Returns how many rows it deleted; fewer than rows_max: none are left. -1: nothing was
 * changed. */
int64_t store_delete_old(struct store *s, const struct store_old *old, struct err *err);

enum store_raw { STORE_IP, STORE_USER_AGENT };
/* One step of taking raw addresses or user agents out of events where they are past their time,
 * recorded under the rule "ip_until" or "user_agent_until". Returns as above. */
int64_t store_forget_raw(struct store *s, enum store_raw which, int64_t now_us, int64_t rows_max,
                         struct err *err);

struct store_deletion {
    const char *table; /* as people know it: "events" */
    struct str source; /* without text: all */
    const char *rule;
    int64_t before_us; /* INT64_MIN: none */
    int64_t rows;
    const char *reason; /* or NULL */
};
/* Records a deletion in the transaction that the loading thread is in: also during a load. */
int store_record_deletion(struct store *s, const struct store_deletion *d, struct err *err);

/* Gives the space of what was deleted back to later rows. ERR_BUSY while questions run. */
int store_reuse_space(struct store *s, struct err *err);
