/* SPDX-License-Identifier: Apache-2.0 */
/* options.c: --name VALUE, --name=VALUE and --help, from a table that is also the help text. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/datetime.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/suggest.h"
#include "cmd/cmd.h"
#include "cmd/shown.h"

enum { HELP_COLUMN = 26, OPTIONS_SUGGESTED_MAX = 64 };

int misused(const struct command *self, const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "weir %s: ", self->name);
    va_start(ap, fmt);
    shown_vprint(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\nTry: weir %s --help\n", self->name);
    return EXIT_MISUSED;
}

int failed(const struct command *self, const struct err *err)
{
    fprintf(stderr, "weir %s: ", self->name);
    shown_print(stderr, "%s", err->text);
    putc('\n', stderr);
    return EXIT_FAILED;
}

int failed_to_start(const struct command *self, const struct err *err)
{
    failed(self, err);
    return err->code == ERR_SPACE ? EXIT_TRY_LATER : EXIT_FAILED;
}

int printed(const struct command *self, int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "weir %s: write to standard output: %s\n", self->name, strerror(errno));
    return EXIT_FAILED;
}

/* Prints help whose further lines begin with `|` under the same column. */
static void print_help_lines(const char *help)
{
    struct str rest = str_from(help);

    for (bool first = true; rest.ptr; first = false) {
        struct str line = str_split(&rest, '|');

        printf("%*s%.*s\n", first ? 0 : HELP_COLUMN, "", STR_ARG(line));
    }
}

static void print_help(const struct command *self, const struct option_spec *specs)
{
    printf("weir %s: %s\n\nUsage: weir %s [options]%s%s\n\n%s\n\nOptions:\n", self->name,
           self->summary, self->name, self->arguments[0] ? " " : "", self->arguments,
           self->description);
    for (; specs->kind != OPTION_END; specs++) {
        int n = printf("  --%s%s%s", specs->name, specs->argument ? " " : "",
                       specs->argument ? specs->argument : "");

        printf("%*s", n < HELP_COLUMN ? HELP_COLUMN - n : 1, "");
        print_help_lines(specs->help);
    }
    printf("%-*s%s\n", HELP_COLUMN, "  --help", "this text");
}

static const struct option_spec *find(const struct option_spec *specs, struct str name)
{
    for (; specs->kind != OPTION_END; specs++)
        if (str_is(name, specs->name))
            return specs;
    return NULL;
}

static int add_value(const struct command *self, const struct option_spec *spec, const char *value)
{
    struct option_list *list = spec->out;

    if (list->count == OPTION_LIST_MAX)
        return misused(self, "--%s may be given at most %d times", spec->name, OPTION_LIST_MAX);
    list->values[list->count++] = value;
    return -1;
}

static int set_value(const struct command *self, const struct option_spec *spec, const char *value)
{
    switch (spec->kind) {
    case OPTION_TEXT: *(const char **)spec->out = value; return -1;
    case OPTION_COUNT:
        if (str_to_u64(str_from(value), spec->out) == 0)
            return -1;
        return misused(self, "--%s needs a whole number, not `%s`", spec->name, value);
    case OPTION_MOST:
        if (str_to_u64(str_from(value), spec->out) == 0 && *(uint64_t *)spec->out > 0)
            return -1;
        return misused(self, "--%s needs a whole number from 1, not `%s`", spec->name, value);
    case OPTION_DURATION:
        if (datetime_parse_duration(str_from(value), spec->out) == 0)
            return -1;
        return misused(self, "--%s needs a duration such as 30s or 14d, not `%s`", spec->name,
                       value);
    case OPTION_LIST: return add_value(self, spec, value);
    default: return misused(self, "--%s takes no value", spec->name);
    }
}

static int no_option(const struct command *self, const struct option_spec *specs, struct str name)
{
    struct str names[OPTIONS_SUGGESTED_MAX], meant;
    size_t count = 0;

    for (; specs->kind != OPTION_END && count < OPTIONS_SUGGESTED_MAX; specs++)
        names[count++] = str_from(specs->name);
    meant = suggest(name, names, count);
    if (!meant.ptr)
        return misused(self, "there is no option --%.*s", STR_ARG(name));
    return misused(self, "there is no option --%.*s; did you mean --%.*s?", STR_ARG(name),
                   STR_ARG(meant));
}

/* The option at argv[*at]; *at moves to its last word. */
static int read_option(const struct command *self, const struct option_spec *specs, int argc,
                       char **argv, int *at)
{
    struct str rest = str_from(argv[*at] + 2), name = str_split(&rest, '=');
    const struct option_spec *spec = find(specs, name);

    if (str_is(name, "help")) {
        print_help(self, specs);
        return EXIT_DONE;
    }
    if (!spec)
        return no_option(self, specs, name);
    if (spec->kind == OPTION_FLAG && !rest.ptr) {
        *(bool *)spec->out = true;
        return -1;
    }
    if (rest.ptr || spec->kind == OPTION_FLAG)
        return set_value(self, spec, rest.ptr);
    if (*at + 1 >= argc)
        return misused(self, "--%s needs %s behind it", spec->name, spec->argument);
    return set_value(self, spec, argv[++*at]);
}

/* Also a comment of SQL, with which a question may begin, is none. */
static bool is_option(const char *word)
{
    bool is_comment = strncmp(word, "--", 2) == 0 && isspace((unsigned char)word[2]);

    return word[0] == '-' && word[1] && !is_comment;
}

int options_parse(const struct command *self, const struct option_spec *specs, int *argc,
                  char **argv)
{
    bool options_ended = false;
    int kept = 0;

    for (int i = 1; i < *argc; i++) {
        if (options_ended || !is_option(argv[i])) {
            argv[kept++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            options_ended = true;
        } else if (strcmp(argv[i], "-h") == 0) {
            print_help(self, specs);
            return EXIT_DONE;
        } else if (argv[i][1] == '-') {
            int code = read_option(self, specs, *argc, argv, &i);

            if (code >= 0)
                return code;
        } else {
            return misused(self, "there is no option %s", argv[i]);
        }
    }
    *argc = kept;
    return -1;
}

int options_parse_alone(const struct command *self, const struct option_spec *specs, int argc,
                        char **argv)
{
    int code = options_parse(self, specs, &argc, argv);

    if (code < 0 && argc > 0)
        return misused(self, "`%s` is one argument too many", argv[0]);
    return code;
}

int run_part(const struct command *self, const struct command *const *parts, const char *words,
             int argc, char **argv)
{
    const struct option_spec none[] = {{OPTION_END, 0, 0, 0, 0}};
    const char *name = argc > 1 ? argv[1] : NULL;
    int code;

    for (; name && *parts; parts++)
        if (strcmp(name, strchr((*parts)->name, ' ') + 1) == 0)
            return (*parts)->run(*parts, argc - 1, argv + 1);
    if (!name || name[0] == '-') {
        code = options_parse(self, none, &argc, argv);
        return code >= 0 ? code : misused(self, "say what to do: %s", words);
    }
    return misused(self, "there is no `%s` here: %s", name, words);
}

int load_settings(struct settings **out, const char *config, struct err *err)
{
    const char *file = config ? config : getenv("WEIR_CONFIG");

    if (settings_load(out, file ? file : "weir.yaml", err) == 0)
        return 0;
    if (!file && err->code == ERR_IO)
        err_set(
            err, ERR_IO,
            "there is no weir.yaml here: name your settings with --config FILE or $WEIR_CONFIG, "
            "or see what Weir does with: weir demo");
    return -1;
}

int make_data_folder(const struct settings *s, struct err *err)
{
    return io_make_dir(io_system(), s->data, 0700, err);
}
