/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h: what the files of src/console share. */
#pragma once
#include <microhttpd.h>
#include <stdatomic.h>

#include "console/access.h"
#include "console/connections.h"
#include "console/console.h"
#include "console/csp.h"
#include "console/identity.h"
#include "console/live.h"
#include "console/questions.h"
#include "console/shared.h"
#include "console/token.h"

enum {
    CONSOLE_BODY_MAX = 300 * 1024, /* bytes of a request */
    CONSOLE_IDLE_S = 30,
    LIVE_GOODBYE_MS = 500,
};

struct console {
    struct console_opts opts;
    struct token token;
    struct door *door;
    struct identities *identities;
    struct csp csp;
    struct MHD_Daemon *daemon;
    struct connections *connections;
    uint16_t port;
    atomic_bool stopping;
    atomic_bool has_events; /* at least one has come */
    atomic_bool stuck; /* a question does not end, whatever it is told */
    atomic_uint held; /* places whose questions do not either, but may not end the process alone */
    struct questions asked; /* and not answered yet */
    struct shared *shared; /* answers of reports */
    struct live *live;
    atomic_ullong questions, questions_failed, refused;
};

/* One request: who asks, and its body, gathered over several calls. */
struct console_request {
    struct MHD_Connection *connection;
    struct identity who;
    unsigned rights; /* of who: bits of enum access_right; 0: nobody whom we know */
    struct buf body;
    bool answered; /* refused before its body was read */
    bool asset; /* for whoever asks */
    /* while it asks */
    struct question_place *place;
    struct shared_run *run; /* that it leads */
    struct console *console;
    int fd; /* its client's; -1: not known */
};

/* Queue an answer; what MHD_queue_response returned. `err` becomes {"error":{code, message}}. */
enum MHD_Result console_answer(struct MHD_Connection *connection, unsigned status,
                               const char *content_type, struct str body);
enum MHD_Result console_error(struct MHD_Connection *connection, unsigned status, const char *code,
                              const char *message);

/* The same with further headers. */
struct console_header {
    const char *name, *value;
};
enum MHD_Result console_answer_with(struct MHD_Connection *connection, unsigned status,
                                    const char *content_type, struct str body,
                                    const struct console_header *headers, size_t count);
/* Whether the request's body is JSON, as its header says. */
bool console_is_json(struct MHD_Connection *connection);

/* guard.c: finds out who asks, into r->who and r->rights. False where the request is refused: then
 * *out is what queueing the answer gave. `page`: a part of the pages themselves, which say nothing. */
bool console_admit(struct console *c, struct console_request *r, struct str method, struct str path,
                   bool page, enum MHD_Result *out);

/* /api/session (session_route.c). */
enum MHD_Result console_session(struct console *c, struct console_request *r, struct str method);
/* GET /api/start (start_route.c). */
enum MHD_Result console_start_page(struct console *c, struct console_request *r);
/* GET /api/settings and /api/marks (view_route.c). */
enum MHD_Result console_settings(struct console *c, struct console_request *r);
enum MHD_Result console_marks(struct console *c, struct console_request *r);
/* POST /api/csp (csp_route.c). */
enum MHD_Result console_csp(struct console *c, struct console_request *r);
/* POST /api/query (query_route.c). */
enum MHD_Result console_query(struct console *c, struct console_request *r);
/* GET /api/report and all below it (report_route.c). */
bool console_is_report(struct str path);
enum MHD_Result console_report(struct console *c, struct console_request *r, struct str path);
/* GET /api/catalogue and below (catalogue_route.c). */
bool console_is_catalogue(struct str path);
enum MHD_Result console_catalogue(struct console *c, struct console_request *r, struct str path);
/* POST /api/quarantine/try, replay and drop (quarantine_route.c). */
bool console_is_decision(struct str path);
enum MHD_Result console_decide(struct console *c, struct console_request *r, struct str path);
/* The pages and what they load, for whoever asks (assets.c): they hold no data. */
bool console_is_asset(struct MHD_Connection *connection, struct str method, struct str path);
enum MHD_Result console_asset(const struct console_request *r, struct str path);
