/* SPDX-License-Identifier: Apache-2.0 */
/* password.c: `weir password`: sets the password that opens the console's pages.
 *
 * Writes a file beside the journal and no more: an engine that runs sees it with the next request. */
#include "console/password.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/hidden_line.h"

enum { LINE_SIZE = PASSWORD_BYTES_MAX + 2 }; /* a longer one is seen to be */
static_assert(PASSWORD_CHARACTERS_MIN == 10, "the prompt says so");

static int ask_twice(char first[LINE_SIZE], struct str *out, struct err *err)
{
    char second[LINE_SIZE];
    struct str again;
    int status = 0;

    if (!hidden_line_ask("New password, at least 10 characters: ", first, LINE_SIZE, out))
        return err_set(err, ERR_USAGE, "no password was given");
    if (password_check(*out, err) < 0)
        return -1;
    if (!hidden_line_ask("Once more: ", second, sizeof second, &again) || !str_eq(*out, again))
        status = err_set(err, ERR_USAGE, "the two are not the same; nothing was changed");
    OPENSSL_cleanse(second, sizeof second);
    return status;
}

static int take(char line[LINE_SIZE], struct str *out, struct err *err)
{
    if (isatty(STDIN_FILENO))
        return ask_twice(line, out, err);
    return hidden_line_read(line, LINE_SIZE, out)
               ? password_check(*out, err)
               : err_set(err, ERR_USAGE, "standard input needs a line with the password");
}

static int set(const struct command *self, const struct settings *s)
{
    AUTO_FREE char *file = settings_data_path(s, "console.password");
    char line[LINE_SIZE] = "";
    struct str text;
    struct err err = {0};
    int code = EXIT_DONE;

    if (make_data_folder(s, &err) < 0 || take(line, &text, &err) < 0 ||
        password_set(file, text, &err) < 0)
        code = failed(self, &err);
    else
        printf("The password is set; whoever was signed in has to sign in again.\n");
    OPENSSL_cleanse(line, sizeof line);
    if (code == EXIT_DONE && s->console.without_password)
        printf("It is of no use until console.password is on.\n");
    return code;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *config = NULL;
    const struct option_spec options[] = {OPTION_CONFIG(config), {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse_alone(self, options, argc, argv);
    struct settings *settings;
    struct err err = {0};

    if (code >= 0)
        return code;
    if (load_settings(&settings, config, &err) < 0)
        return failed(self, &err);
    code = printed(self, set(self, settings));
    settings_free(settings);
    return code;
}

const struct command command_password = {
    .name = "password",
    .summary = "sets the password of the console's pages",
    .arguments = "",
    .description =
        "Asks for it twice on a terminal, or takes one line of standard input: at least 10\n"
        "characters. It counts at once, also for an engine that runs, and ends every session.\n"
        "The first start of an engine makes one and prints it; who has lost it sets another.",
    .run = run,
};
