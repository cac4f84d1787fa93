/* SPDX-License-Identifier: Apache-2.0 */
/* ship_wait.c: inotify on the logs' folders. Network file systems tell nothing of what others write, so
 * that the time passes in any case. */
#include "cmd/ship_wait.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "cmd/backoff.h"

enum { GATHER_US = 100000 };

void ship_wait_init(struct ship_wait *w, const char *const *logs, size_t count, int64_t every_us)
{
    const uint32_t what = IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM;

    w->every_us = every_us;
    w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    for (size_t i = 0; w->fd >= 0 && i < count; i++) {
        AUTO_FREE char *dir = io_parent(logs[i]);

        if (inotify_add_watch(w->fd, dir, what) < 0)
            ship_wait_close(w);
    }
}

void ship_wait(struct ship_wait *w, const volatile sig_atomic_t *stop)
{
    struct pollfd fd = {.fd = w->fd, .events = POLLIN};
    char events[4096];

    if (w->fd < 0) {
        backoff_wait(w->every_us, stop);
        return;
    }
    if (!*stop && poll(&fd, 1, (int)(w->every_us / 1000)) > 0)
        backoff_wait(GATHER_US, stop);
    while (read(w->fd, events, sizeof events) > 0)
        continue;
}

void ship_wait_close(struct ship_wait *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
}
