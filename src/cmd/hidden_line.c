/* SPDX-License-Identifier: Apache-2.0 */
/* hidden_line.c: a line that is typed and not shown.
 *
 * The terminal hides before it asks, so that nothing is shown of what is typed in between, and throws
 * away what was not read. Signals are let in only while nothing is done but waiting: what they do by
 * default is left to them, later, when the terminal is as it was. */
#include "cmd/hidden_line.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include "base/check.h"

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

enum { ENDING_COUNT = sizeof ending / sizeof *ending };

struct hiding {
    struct termios shown;
    bool known; /* it is a terminal */
    sigset_t mask;
    struct sigaction actions[ENDING_COUNT];
};

static volatile sig_atomic_t caught;

static void note(int number)
{
    caught = number;
}

static void hide(struct hiding *h)
{
    struct sigaction noting = {.sa_handler = note};
    struct termios hidden;
    sigset_t ours;

    caught = 0;
    sigemptyset(&ours);
    sigemptyset(&noting.sa_mask);
    for (size_t i = 0; i < ENDING_COUNT; i++)
        sigaddset(&ours, ending[i]);
    sigprocmask(SIG_BLOCK, &ours, &h->mask);
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        sigaction(ending[i], NULL, &h->actions[i]);
        if (h->actions[i].sa_handler != SIG_IGN) /* nohup's */
            sigaction(ending[i], &noting, NULL);
    }
    h->known = tcgetattr(STDIN_FILENO, &h->shown) == 0;
    if (!h->known)
        return;
    hidden = h->shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
}

static void show(const struct hiding *h)
{
    if (h->known)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &h->shown);
    fputc('\n', stderr);
    for (size_t i = 0; i < ENDING_COUNT; i++)
        sigaction(ending[i], &h->actions[i], NULL);
    sigprocmask(SIG_SETMASK, &h->mask, NULL);
}

/* False where a signal came first. */
static bool wait_for_line(const struct hiding *h)
{
    fd_set set;

    while (!caught) {
        FD_ZERO(&set);
        FD_SET(STDIN_FILENO, &set);
        if (pselect(STDIN_FILENO + 1, &set, NULL, NULL, NULL, &h->mask) > 0 || errno != EINTR)
            return true; /* a line, or something that reading it will tell */
    }
    return false;
}

bool hidden_line_read(char *line, size_t size, struct str *out)
{
    size_t len;

    CHECK(size > 1);
    if (!fgets(line, (int)size, stdin))
        return false;
    len = strlen(line);
    if (len > 0 && line[len - 1] == '\n')
        len--;
    *out = str_of(line, len);
    return true;
}

bool hidden_line_ask(const char *prompt, char *line, size_t size, struct str *out)
{
    struct hiding h;
    bool came, read;

    for (;;) {
        hide(&h);
        fputs(prompt, stderr);
        fflush(stderr);
        came = wait_for_line(&h);
        read = came && hidden_line_read(line, size, out);
        show(&h);
        if (came)
            return read;
        raise(caught); /* from a stop one comes back */
    }
}
