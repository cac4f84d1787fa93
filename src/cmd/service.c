/* SPDX-License-Identifier: Apache-2.0 */
/* service.c: options, log, settings, signals and readiness of collect, engine and serve. */
#include "cmd/service.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cmd/notify.h"

int service_begin(const struct command *self, int argc, char **argv, const char *log_name,
                  struct settings **out)
{
    const char *config = NULL;
    const struct option_spec options[] = {OPTION_CONFIG(config), {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse_alone(self, options, argc, argv);
    struct err err = {0};

    if (code >= 0)
        return code;
    log_start(log_name, LOG_INFO);
    return load_settings(out, config, &err) < 0 ? failed(self, &err) : -1;
}

void service_block_signals(sigset_t *out)
{
    sigemptyset(out);
    sigaddset(out, SIGTERM);
    sigaddset(out, SIGINT);
    sigaddset(out, SIGHUP);
    sigprocmask(SIG_BLOCK, out, NULL);
}

void service_ready(const char *what, const struct settings_listen *listen, uint16_t port)
{
    bool v6 = strchr(listen->host, ':') != NULL;

    printf("%s %s%s%s:%u\n", what, v6 ? "[" : "", listen->host, v6 ? "]" : "", (unsigned)port);
    fflush(stdout);
    notify_systemd("READY=1");
}
