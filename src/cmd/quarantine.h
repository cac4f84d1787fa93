/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine.h: what the commands `weir quarantine list|show|replay|drop` share: which events are
 * meant, and questions about them. */
#pragma once
#include <yyjson.h>

#include "base/buf.h"
#include "cmd/ask.h"
#include "cmd/cmd.h"
#include "store/quarantine.h"

extern const struct command command_quarantine_list;
extern const struct command command_quarantine_show;
extern const struct command command_quarantine_replay;
extern const struct command command_quarantine_drop;

/* The filters as they were given. */
struct quarantine_words {
    const char *reason, *name, *source, *since, *until, *state;
    uint64_t limit;
};

#define QUARANTINE_WHERE_OPTIONS(w)                                                                \
    {OPTION_TEXT, "name", "PATTERN", "only events of this name; * is any text", &(w).name},        \
        {OPTION_TEXT, "source", "NAME", "only events of this source", &(w).source},                \
        {OPTION_TEXT, "since", "TIME",                                                             \
         "only received since then: 2h (ago), 2026-11-22|or 2026-11-22T05:31:00Z", &(w).since},    \
        {OPTION_TEXT, "until", "TIME", "only received before then", &(w).until},                   \
    {                                                                                              \
        OPTION_MOST, "limit", "N", "no more than so many", &(w).limit                              \
    }
#define QUARANTINE_REASON_OPTION(w)                                                                \
    {                                                                                              \
        OPTION_TEXT, "reason", "CODE", "only with this error, such as wrong_type", &(w).reason     \
    }

/* Checks them and fills *out, whose texts borrow from `w`. -1 to go on, else the exit code: what is
 * wrong was named. */
int quarantine_filter_read(const struct command *self, const struct settings *s,
                           const struct quarantine_words *w, struct quarantine_filter *out);
bool quarantine_filter_is_empty(const struct quarantine_filter *f);

/* Which ones by their arguments: positions and ids, put into the filter, which then owns its lists. */
int quarantine_read_arguments(const struct command *self, int argc, char **argv,
                              struct quarantine_filter *out);
/* Both, of a command that decides: it wants to be told which ones, or --all. Free *out in any case. */
int quarantine_choose(const struct command *self, const struct settings *s,
                      const struct quarantine_words *w, int argc, char **argv, bool all,
                      struct quarantine_filter *out);
void quarantine_filter_free(struct quarantine_filter *f);

/* Asks; the answer goes to q's write. */
int quarantine_query(const struct settings *s, enum quarantine_question which,
                     const struct quarantine_filter *f, struct asked q, struct err *err);
/* The rows as JSON objects, each given to `take` in turn; -1 of it ends. */
int quarantine_rows(const struct settings *s, enum quarantine_question which,
                    const struct quarantine_filter *f, int (*take)(void *ctx, yyjson_val *row),
                    void *ctx, struct err *err);
/* How many there are. */
int quarantine_count(const struct settings *s, const struct quarantine_filter *f, uint64_t *out,
                     struct err *err);
