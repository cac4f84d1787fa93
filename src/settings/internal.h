/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h: console.internal: filters that say which events are the operators' own.
 *
 * Internal to src/settings. */
#pragma once
#include "settings/reader.h"

void internal_read(struct reader *r, const struct yaml *console, struct settings_list *out);
