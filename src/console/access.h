/* SPDX-License-Identifier: Apache-2.0 */
/* access.h: what whoever asks may do: read, see what is declared hidden, change things.
 *
 * A request's rights are found out before its route is called (console.c); a route only asks for the
 * one that it needs. */
#pragma once
#include <stdbool.h>

enum access_right {
    ACCESS_READ = 1, /* questions, reports, state, metrics */
    ACCESS_HIDDEN = 2, /* values of properties whose privacy is `hidden` */
    ACCESS_ADMIN = 4, /* whatever changes something */
    ACCESS_ALL = ACCESS_READ | ACCESS_HIDDEN | ACCESS_ADMIN,
};

struct console_request;

/* Whether the asker has all of these rights (bits of enum access_right). */
bool access_has(const struct console_request *r, unsigned rights);
