/* SPDX-License-Identifier: Apache-2.0 */
/* pages.h: the section `pages` of weir.yaml.
 *
 * Internal to src/settings. */
#pragma once
#include "settings/reader.h"

/* Fills in its defaults; its sources are read already. */
void pages_read(struct reader *r, const struct yaml *root, struct settings *s);
