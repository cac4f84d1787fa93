/* SPDX-License-Identifier: Apache-2.0 */
/* address.c: the files NAME.address. */
#include "cmd/address.h"

#include <stdlib.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/listen_url.h"

enum { ADDRESS_MAX = 256 };

static char *path_of(const struct settings *s, const char *name)
{
    AUTO_FREE char *file = xasprintf("%s.address", name);

    return settings_data_path(s, file);
}

void address_publish(const struct settings *s, const char *name,
                     const struct settings_listen *listen, uint16_t port)
{
    const struct settings_listen at = {.host = listen->host, .port = port};
    AUTO_FREE char *path = path_of(s, name);
    AUTO_FREE char *url = listen_url(&at);
    AUTO_FREE char *line = xasprintf("%s\n", url);

    struct err err;

    if (io_replace_file(io_system(), path, 0600, str_from(line), &err) < 0)
        log_warn("%s; where commands look for it they find the settings' address", err.text);
}

void address_withdraw(const struct settings *s, const char *name)
{
    AUTO_FREE char *path = path_of(s, name);

    io_system()->unlink(io_system(), path);
}

char *address_find(const struct settings *s, const char *name, const struct settings_listen *listen)
{
    AUTO_FREE char *path = path_of(s, name);
    struct str bytes, url;
    char *copy;

    if (io_read_file(io_system(), path, ADDRESS_MAX, &bytes, NULL) < 0)
        return listen_url(listen);
    url = str_trim(bytes);
    copy = xmemdup(url.ptr, url.len);
    free((char *)bytes.ptr);
    return copy;
}
