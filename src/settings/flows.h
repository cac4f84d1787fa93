/* SPDX-License-Identifier: Apache-2.0 */
/* flows.h: the section `flows` of weir.yaml.
 *
 * Internal to src/settings. */
#pragma once
#include "settings/reader.h"

/* Its defaults stand in *s; its sources are read already. */
void flows_read(struct reader *r, const struct yaml *root, struct settings *s);
