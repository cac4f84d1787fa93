/* SPDX-License-Identifier: Apache-2.0 */
/* proxies.h: whose X-Forwarded-For is believed, and which address is the client's.
 *
 * Threads: a struct proxies never changes once made; the rest are pure functions. */
#pragma once
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/str.h"
#include "settings/settings.h"

struct proxies; /* opaque */

/* An IPv4 address is the IPv6 address ::ffff:a.b.c.d, here and in comparisons. */
struct address {
    uint8_t b[16];
};

enum { ADDRESS_TEXT_SIZE = INET6_ADDRSTRLEN };

/* `items` are addresses or CIDR blocks; `what` is the setting that they stand in, for errors. The
 * caller owns *out. */
int proxies_new(struct proxies **out, const struct settings_list *items, const char *what,
                struct err *err);
void proxies_free(struct proxies *p);
bool proxies_trust(const struct proxies *p, const struct address *a);
/* The client of a connection from `peer`: peer itself unless that is a trusted proxy, else the
 * right-most address of the fields that is none. What is no address ends the walk at the last
 * proxy that was believed. */
void proxies_client(const struct proxies *p, const struct address *peer, const struct str *fields,
                    size_t field_count, struct address *out);

/* -1 where it is neither IPv4 nor IPv6. */
int address_of(const struct sockaddr *from, struct address *out);
/* Also takes "1.2.3.4:80" and "[::1]:80", as some proxies write. */
int address_parse(struct str s, struct address *out);
bool address_is_loopback(const struct address *a);
/* Writes text with NUL; IPv4 in its own form. */
struct str address_format(const struct address *a, char out[ADDRESS_TEXT_SIZE]);
