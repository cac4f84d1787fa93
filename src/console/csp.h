/* SPDX-License-Identifier: Apache-2.0 */
/* csp.h: what browsers say that the console's own Content-Security-Policy held back.
 *
 * Anybody may send such a report, so little is kept: which directive, which host, how often, for the
 * last few kinds; and ten a second are looked at.
 * Threads: from any. */
#pragma once
#include <pthread.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum { CSP_KINDS_MAX = 16, CSP_DIRECTIVE_MAX = 40, CSP_BLOCKED_MAX = 80, CSP_EACH_S = 10 };

struct csp_kind {
    char directive[CSP_DIRECTIVE_MAX + 1], blocked[CSP_BLOCKED_MAX + 1];
    uint64_t count;
    int64_t last_us;
};

struct csp {
    pthread_mutex_t lock;
    /* guarded by lock */
    struct csp_kind kinds[CSP_KINDS_MAX]; /* count 0: free */
    uint64_t reports, dropped; /* dropped: more than are looked at, or no report */
    int64_t second; /* of the clock that never goes back */
    unsigned in_second;
};

void csp_init(struct csp *c);
void csp_destroy(struct csp *c);
/* The body of a report, in either of the two forms that browsers send. */
void csp_take(struct csp *c, struct str body);
void csp_put_metrics(struct csp *c, struct buf *out);
/* {"reports":N,"dropped":N,"kinds":[{"directive","blocked","count","last"}]}, the latest first. */
void csp_put_json(struct csp *c, struct buf *out);
