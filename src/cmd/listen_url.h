/* SPDX-License-Identifier: Apache-2.0 */
/* listen_url.h: where a process on this machine reaches what the settings say is listened on. */
#pragma once
#include "settings/settings.h"

/* "http://127.0.0.1:8080", "http://[::1]:8080"; loopback where it listens on all addresses. The
 * caller frees it. */
char *listen_url(const struct settings_listen *listen);
