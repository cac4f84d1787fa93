/* SPDX-License-Identifier: Apache-2.0 */
/* console.h: the engine's HTTP side: questions, state, metrics (docs/http.md, "The console").
 *
 * Who may ask what stands in docs/console.md: guard.c decides, identity.c finds out who it is.
 * Questions run on threads of this module, a few at once; further ones are told to come again.
 * Threads: start and stop from the owner; the callbacks are called from threads of this module. */
#pragma once
#include <stdatomic.h>

#include "base/buf.h"
#include "base/err.h"
#include "console/waiting.h"
#include "settings/settings.h"
#include "store/store.h"

struct console; /* opaque */
struct console_catalogue; /* catalogue.h */
struct console_decisions; /* decisions.h */

enum console_ledger_by { CONSOLE_LEDGER_TOTAL, CONSOLE_LEDGER_DAY, CONSOLE_LEDGER_HOUR };

struct console_ledger_ask {
    int64_t since_us; /* INT64_MIN / 2: from the beginning */
    const char *source; /* NULL: all */
    enum console_ledger_by by;
    struct console_waiting waiting; /* once it is over, what it asks the store ends */
};

struct console_opts { /* all kept until console_stop, journal_dir excepted */
    const struct settings_listen *listen;
    const struct settings *settings;
    const struct settings_console *access; /* who may ask: of settings */
    char *(*collector_url)(const struct settings *s); /* where events go; the caller frees it */
    const char *token_file; /* made, 0600, where missing; so is the password */
    const char *password_file, *sessions_file;
    const char *spool_dir; /* for answers that are too large for memory; must exist */
    const char *journal_dir; /* that live events come from */
    struct store *store;
    int64_t query_timeout_us;
    /* Append to `out`: lines of Prometheus text; members of a JSON object, each with a comma before
     * it. Either may be NULL. */
    void (*put_metrics)(void *ctx, struct buf *out);
    void (*put_status)(void *ctx, struct buf *out);
    void (*say)(void *ctx, const char *text); /* for the log; may be NULL */
    /* Appends what became of every event, as one JSON object; may be NULL. */
    int (*put_ledger)(void *ctx, const struct console_ledger_ask *ask, struct buf *out,
                      struct err *err);
    void *ctx;
    const struct console_catalogue *catalogue; /* NULL: none is shown */
    const struct console_decisions *decisions; /* NULL: none is taken */
};

/* ERR_BUSY where another holds the address. The caller owns *out. */
int console_start(struct console **out, const struct console_opts *opts, struct err *err);
/* Takes no more requests, stops the questions under way, frees. */
void console_stop(struct console *c);
uint16_t console_port(const struct console *c);
/* The password that was made at this start, to be shown once, or NULL; then wiped. */
const char *console_new_password(const struct console *c);
void console_forget_password(struct console *c);
/* That of the HTTP library. Lives for ever. */
const char *console_library_version(void);
/* Whether a question goes on after it was told to end, or all places are held by such as may not end the process
 * alone: only its end stops them, and console_stop would wait for them. */
bool console_is_stuck(const struct console *c);
