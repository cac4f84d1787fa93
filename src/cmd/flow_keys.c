/* SPDX-License-Identifier: Apache-2.0 */
/* flow_keys.c: from the settings' texts to keys. */
#include "cmd/flow_keys.h"

#include <stdlib.h>

#include "base/mem.h"

struct flow_keys *flow_keys_of(const struct settings *s)
{
    AUTO_FREE struct str *texts = xcalloc(s->flows.keys.count + 1, sizeof *texts);

    for (size_t i = 0; i < s->flows.keys.count; i++)
        texts[i] = str_from(s->flows.keys.items[i]);
    if (s->flows.keys.count == 0)
        return NULL;
    return flow_keys_new(&(struct flow_keys_opts){.keys = texts,
                                                  .count = s->flows.keys.count,
                                                  .expiry_ms = s->flows.expiry_us / 1000,
                                                  .user_agent = s->flows.user_agent});
}
