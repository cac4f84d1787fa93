/* SPDX-License-Identifier: Apache-2.0 */
/* live_client.h: one who watches: what it wants, and what waits for it. Internal to live*.c.
 *
 * Threads: all of it under the hub's lock, but live_catch_up, before anybody else knows the client. */
#pragma once
#include <pthread.h>

#include "base/buf.h"
#include "console/live.h"

/* Why events were left out. */
enum live_lost {
    LIVE_LOST_RATE, /* more than its rate */
    LIVE_LOST_SLOW, /* its queue was full */
    LIVE_LOST_LARGE, /* one alone was too large */
    LIVE_LOST_UNREAD, /* records before LIVE_LOOK_BACK that a resumed stream did not go through */
    LIVE_LOST_DAMAGED, /* places of the journal that do not verify */
    LIVE_LOST_COUNT,
};

struct live_client {
    struct live *live;
    struct live_client *next;
    struct live_ask ask;
    char *name, *source; /* the copies that ask points to */
    int64_t from; /* what follows is the hub's to give */
    bool catching_up; /* what came before is still being read: half the queue is for that */
    struct buf queue; /* whole messages */
    size_t taken; /* of it, by the reader */
    pthread_cond_t more;
    int64_t second; /* of the monotonic clock, to which sent_in_second belongs */
    unsigned sent_in_second;
    uint64_t read, matched, lost[LIVE_LOST_COUNT]; /* since it came */
    uint64_t told_read, told_lost; /* as last said */
    int64_t told_us, wrote_us; /* monotonic */
    int64_t position; /* gone through so far */
};

/* How an event looks to those who may see hidden values, and to others; made once each. */
struct live_rendered {
    const struct feed_event *event;
    struct buf *text; /* [2]: without, with hidden values */
    bool made[2];
};

/* Whether its queue has grown. */
bool live_client_offer(struct live_client *c, struct live_rendered *r, int64_t now_us);
/* Puts what is to be said of itself: what was left out, how much was read. */
void live_client_notices(struct live_client *c, int64_t now_us);
size_t live_client_take(struct live_client *c, char *out, size_t max);
/* A comment, where nothing was said for LIVE_BEAT_S. */
void live_client_beat(struct live_client *c, int64_t now_us);
/* Fills the queue with what came up to c->from. */
int live_client_catch_up(struct live_client *c, const char *journal_dir, struct err *err);
/* Puts what another has gathered in front of what waits for c. */
void live_client_put_before(struct live_client *c, const struct live_client *before);
