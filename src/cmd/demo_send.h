/* SPDX-License-Identifier: Apache-2.0 */
/* demo_send.h: made-up traffic through the collector's front door: each source with its own key,
 * the site's events one by one, as browsers send them. Threads: one owner. */
#pragma once
#include <signal.h>

#include "cmd/sender.h"
#include "demo/traffic.h"
#include "settings/settings.h"

struct demo_senders; /* opaque */

/* ERR_USAGE where the settings lack one of the five sources. The caller owns *out. */
int demo_senders_new(struct demo_senders **out, const struct settings *settings,
                     const volatile sig_atomic_t *stop, struct err *err);
void demo_senders_free(struct demo_senders *d);
int demo_send(struct demo_senders *d, const struct traffic_event *info, struct str json,
              struct err *err);
int demo_senders_flush(struct demo_senders *d, struct err *err);
/* Over all sources. */
struct sender_counts demo_senders_counts(const struct demo_senders *d);
