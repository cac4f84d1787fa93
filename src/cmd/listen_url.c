/* SPDX-License-Identifier: Apache-2.0 */
/* listen_url.c: see listen_url.h. */
#include "cmd/listen_url.h"

#include <string.h>

#include "base/mem.h"

char *listen_url(const struct settings_listen *listen)
{
    const char *host = listen->host;

    if (strcmp(host, "0.0.0.0") == 0)
        host = "127.0.0.1";
    else if (strcmp(host, "::") == 0)
        host = "::1";
    return xasprintf(strchr(host, ':') ? "http://[%s]:%u" : "http://%s:%u", host, listen->port);
}
