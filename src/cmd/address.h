/* SPDX-License-Identifier: Apache-2.0 */
/* address.h: how commands find a running process of this data folder.
 *
 * A process that listens writes its URL to NAME.address in the data folder, and removes it when it
 * ends; so a port of 0 in the settings can be found, too. A file that was left behind by a kill names
 * an address where nobody answers, which is as good as none. */
#pragma once
#include "settings/settings.h"

/* "collector" or "console". Where the file cannot be written, as on a full disk, that is logged. */
void address_publish(const struct settings *s, const char *name,
                     const struct settings_listen *listen, uint16_t port);
void address_withdraw(const struct settings *s, const char *name);
/* The published URL, else the one of the settings. The caller frees it. */
char *address_find(const struct settings *s, const char *name,
                   const struct settings_listen *listen);
