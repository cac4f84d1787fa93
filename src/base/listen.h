/* SPDX-License-Identifier: Apache-2.0 */
/* listen.h: TCP sockets that wait for connections. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum listen_sharing {
    LISTEN_ALONE, /* an address in use is ERR_BUSY */
    LISTEN_FIRST, /* alone until it is bound, then to be joined by others of this process */
    LISTEN_JOINING /* joins one that was opened with LISTEN_FIRST */
};

/* Listens on an IP address (v4 or v6 text) and port (0: any free one), non-blocking. The socket, or
 * -1; the caller closes it. */
int listen_open(const char *host, uint16_t port, enum listen_sharing sharing, struct err *err);
/* The port that a socket is bound to. */
uint16_t listen_port(int fd);
