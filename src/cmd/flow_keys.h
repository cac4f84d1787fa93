/* SPDX-License-Identifier: Apache-2.0 */
/* flow_keys.h: the settings' keys of flow ids, ready for use. */
#pragma once
#include "flow/flow_id.h"
#include "settings/settings.h"

/* NULL where the settings have none. The caller owns what is returned. */
struct flow_keys *flow_keys_of(const struct settings *s);
