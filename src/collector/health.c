/* SPDX-License-Identifier: Apache-2.0 */
/* health.c: GET /healthz: can events be kept now? */
#include "base/clock.h"
#include "collector/request.h"

void health_answer(struct request *req)
{
    struct collector *c = req->edge->collector;
    struct journal_stats st;
    const char *state;

    journal_stats(c->opts.journal, &st);
    state = st.failed ? "journal_failed" : st.full ? "disk_full" : "ok";
    req->status = !st.failed && !st.full ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
    req->content_type = "application/json";
    buf_printf(&req->answer,
               "{\"status\":\"%s\",\"version\":\"%s\",\"uptime_s\":%lld,\"position\":%lld,"
               "\"free_bytes\":%llu}\n",
               state, WEIR_VERSION, (long long)((clock_monotonic_us() - c->started_us) / 1000000),
               (long long)st.last_position, (unsigned long long)st.free_bytes);
}
