/* SPDX-License-Identifier: Apache-2.0 */
/* password.c: `weir password`: sets the password that opens the console's pages.
 *
 * Writes a file beside the journal and no more: an engine that runs sees it with the next request. */
#include "console/password.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/cmd.h"

enum { LINE_SIZE = PASSWORD_BYTES_MAX + 2 };

/* Without the line's end. False where there is none, or it is longer than any password. */
static bool read_line(char line[LINE_SIZE], struct str *out)
{
    size_t len;

    if (!fgets(line, LINE_SIZE, stdin))
        return false;
    len = strlen(line);
    if (len > 0 && line[len - 1] == '\n')
        len--;
    *out = str_of(line, len);
    return len <= PASSWORD_BYTES_MAX;
}

/* With what is typed not shown. Ctrl-C is a letter meanwhile, so that the terminal is left as it was. */
static bool ask_hidden(const char *prompt, char line[LINE_SIZE], struct str *out)
{
    struct termios before, hidden;
    bool known = tcgetattr(STDIN_FILENO, &before) == 0, read;

    fputs(prompt, stderr);
    fflush(stderr);
    if (known) {
        hidden = before;
        hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    read = read_line(line, out);
    if (known)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
    return read;
}

static int ask_twice(char first[LINE_SIZE], struct str *out, struct err *err)
{
    char second[LINE_SIZE];
    struct str again;
    int status = 0;

    if (!ask_hidden("New password: ", first, out))
        return err_set(err, ERR_USAGE, "no password was given");
    if (password_check(*out, err) < 0)
        return -1;
    if (!ask_hidden("Once more: ", second, &again) || !str_eq(*out, again))
        status = err_set(err, ERR_USAGE, "the two are not the same; nothing was changed");
    OPENSSL_cleanse(second, sizeof second);
    return status;
}

static int take(char line[LINE_SIZE], struct str *out, struct err *err)
{
    if (isatty(STDIN_FILENO))
        return ask_twice(line, out, err);
    return read_line(line, out)
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
