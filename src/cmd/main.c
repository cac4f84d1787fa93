/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: picks the command. */
#include <signal.h>
#include <stdio.h>

#include "base/str.h"
#include "base/suggest.h"
#include "cmd/cmd.h"

enum { COMMANDS_SUGGESTED_MAX = 64 };

static const struct command *find(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int run(const struct command *command, int argc, char **argv)
{
    signal(SIGPIPE, command->filter ? SIG_DFL : SIG_IGN);
    return command->run(command, argc, argv);
}

static void print_overview(FILE *to)
{
    fprintf(to, "weir: collects events, holds each to a catalogue, keeps them safely, answers "
                "questions.\n\nUsage: weir COMMAND [options]\n\n");
    for (size_t i = 0; commands[i]; i++)
        fprintf(to, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(to,
            "\nweir COMMAND --help says more. Exit codes: 0 done, 1 failed, 2 misused, 3 checked "
            "and found wanting,\n75 start it again: the disk or the store failed.\n");
}

static int no_command(const char *name)
{
    struct str names[COMMANDS_SUGGESTED_MAX], meant;
    size_t count = 0;

    for (; commands[count] && count < COMMANDS_SUGGESTED_MAX; count++)
        names[count] = str_from(commands[count]->name);
    meant = suggest(str_from(name), names, count);
    fprintf(stderr, "weir: there is no command `%s`; ", name);
    if (meant.ptr)
        fprintf(stderr, "did you mean `%.*s`?\n", STR_ARG(meant));
    else
        fprintf(stderr, "`weir --help` lists them\n");
    return EXIT_MISUSED;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    const struct command *command;
    char help[] = "--help";

    if (!name) {
        print_overview(stderr);
        return EXIT_MISUSED;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        printf("weir %s\n", WEIR_VERSION);
        return EXIT_DONE;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
        (strcmp(name, "help") == 0 && argc < 3)) {
        print_overview(stdout);
        return EXIT_DONE;
    }
    if (strcmp(name, "help") == 0) {
        name = argv[2];
        argv[2] = help;
        command = find(name);
        if (command)
            return run(command, 2, argv + 1);
    } else {
        command = find(name);
        if (command)
            return run(command, argc - 1, argv + 1);
    }
    return no_command(name);
}
