/* SPDX-License-Identifier: Apache-2.0 */
/* cmd.h: what all commands share: their table, their options, their exit codes.
 *
 * A command is one file with one `struct command`; main.c only picks. Only here, and in the main
 * loops of threads, anything is logged or printed. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "settings/settings.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_MISUSED = 2,
    EXIT_WANTING = 3, /* checked, and found wanting */
    EXIT_TRY_LATER = 75 /* sysexits' EX_TEMPFAIL: the disk failed, a supervisor may start again */
};

enum option_kind {
    OPTION_FLAG, /* bool */
    OPTION_TEXT, /* const char *: borrows from argv */
    OPTION_LIST, /* struct option_list: may be given several times; borrows from argv */
    OPTION_COUNT, /* uint64_t */
    OPTION_MOST, /* uint64_t, from 1: where it is not given, 0 stands for "all" */
    OPTION_DURATION, /* int64_t, microseconds */
    OPTION_END
};

enum { OPTION_LIST_MAX = 32 };

struct option_list {
    const char *values[OPTION_LIST_MAX];
    size_t count;
};

struct option_spec {
    enum option_kind kind;
    const char *name; /* without dashes */
    const char *argument; /* "FILE"; NULL for a flag */
    const char *help; /* one line; `|` begins another */
    void *out; /* set where the option is given; holds the default before */
};

struct command {
    const char *name;
    const char *summary; /* one line for `weir --help` */
    const char *arguments; /* "[FILE]", or "" */
    const char *description; /* paragraphs for `weir NAME --help` */
    bool filter; /* writes rows: ends without a word when nobody reads on, as `| head` does */
    int (*run)(const struct command *self, int argc, char **argv); /* argv[0] is the name */
};

/* All commands, ended by NULL, in the order of `weir --help`. */
extern const struct command *const commands[];

/* Reads options from argv[1] on and moves the other arguments to the front: *argc and argv then hold
 * just those. Returns -1 to go on; else the exit code to end with (--help was printed, or a mistake
 * was explained). `--` ends the options. The table ends with OPTION_END. */
int options_parse(const struct command *self, const struct option_spec *specs, int *argc,
                  char **argv);
/* The same for a command that takes no other arguments: one is a mistake. */
int options_parse_alone(const struct command *self, const struct option_spec *specs, int argc,
                        char **argv);
/* For commands of parts, such as `weir flow mint`: runs the part that argv[1] names. `parts` ends
 * with NULL, and `words` lists them for people: "mint or verify". */
int run_part(const struct command *self, const struct command *const *parts, const char *words,
             int argc, char **argv);
/* Explains a misuse on standard error; returns EXIT_MISUSED. */
int misused(const struct command *self, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints err's text on standard error; returns EXIT_FAILED. */
int failed(const struct command *self, const struct err *err);
/* The same; returns EXIT_TRY_LATER where a full disk is all that is wrong. */
int failed_to_start(const struct command *self, const struct err *err);

/* What was printed is passed on: returns `code`, or, where that fails, says so and returns EXIT_FAILED. */
int printed(const struct command *self, int code);

/* The settings of --config, of $WEIR_CONFIG, or of ./weir.yaml. */
#define OPTION_CONFIG(var)                                                                         \
    {                                                                                              \
        OPTION_TEXT, "config", "FILE", "settings (default: $WEIR_CONFIG, else ./weir.yaml)",       \
            &(var)                                                                                 \
    }
int load_settings(struct settings **out, const char *config, struct err *err);
/* Makes the data folder, mode 0700, where it is missing. */
int make_data_folder(const struct settings *s, struct err *err);
