/* SPDX-License-Identifier: Apache-2.0 */
/* engine_access.c: see engine_access.h. The password goes to standard output and never into a line of
 * the log. */
#include "cmd/engine_access.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "cmd/address.h"
#include "cmd/listen_url.h"
#include "settings/proxies.h"

static bool is_loopback(const char *host)
{
    struct address a;

    return address_parse(str_from(host), &a) == 0 && address_is_loopback(&a);
}

void engine_access_show(const struct settings *s, struct console *console)
{
    const struct settings_listen at = {.host = s->console.listen.host,
                                       .port = console_port(console)};
    const char *password = console_new_password(console);
    AUTO_FREE char *url = listen_url(&at);

    if (password) {
        printf("sign in at %s/ with the password %s\n"
               "(shown this once; `weir password` sets another)\n",
               url, password);
        fflush(stdout);
        console_forget_password(console);
    }
    if (!is_loopback(at.host))
        log_warn(
            "console.listen is %s: passwords and tokens cross the network unencrypted unless a "
            "proxy with https stands before it",
            at.host);
}

char *engine_access_collector(const struct settings *s)
{
    return address_find(s, "collector", &s->collector.listen);
}

void engine_access_say(void *ctx, const char *text)
{
    (void)ctx;
    log_warn("console: %s", text);
}
