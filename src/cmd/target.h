/* SPDX-License-Identifier: Apache-2.0 */
/* target.h: the collector that a command sends to, and the source that it speaks for. */
#pragma once
#include "cmd/cmd.h"

/* The options as they were given; NULL where not. */
struct target_words {
    const char *config, *url, *key, *source;
    bool history; /* the only source whose flow ids are not verified comes before the only one */
};

#define TARGET_OPTIONS(w)                                                                          \
    OPTION_CONFIG((w).config),                                                                     \
        {OPTION_TEXT, "source", "NAME", "the source to send as, where the settings have several",  \
         &(w).source},                                                                             \
        {OPTION_TEXT, "url", "URL", "a collector elsewhere: http://HOST:PORT; needs --key",        \
         &(w).url},                                                                                \
    {                                                                                              \
        OPTION_TEXT, "key", "KEY", "its source's key: text, file:PATH or env:NAME", &(w).key       \
    }

struct target {
    char *url, *key;
    char *source; /* its name; NULL where --url was given */
    struct settings *settings; /* NULL where --url was given */
};

/* -1 where the words go together, else the exit code: what is wrong was said. */
int target_check(const struct command *self, const struct target_words *w);
/* ERR_USAGE: the words name no source that can be spoken for. Free *out in any case. */
int target_find(struct target *out, const struct target_words *w, struct err *err);
/* What an option says: KEY, file:PATH or env:NAME, so that it need not stand in the list of processes;
 * `option` is its name for people. The caller frees it; NULL: *err says why. */
char *target_read_key(const char *option, const char *text, struct err *err);
void target_free(struct target *t);
