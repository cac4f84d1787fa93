/* SPDX-License-Identifier: Apache-2.0 */
/* console.h: the section `console` of weir.yaml.
 *
 * Internal to src/settings. */
#pragma once
#include "settings/reader.h"

/* Its defaults stand in *c. */
void console_read(struct reader *r, const struct yaml *root, struct settings_console *c);
void console_free(struct settings_console *c);
