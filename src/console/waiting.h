/* SPDX-License-Identifier: Apache-2.0 */
/* waiting.h: what takes its time for a request asks a few times a second whether anybody still waits. */
#pragma once
#include <stdbool.h>

struct console_waiting {
    bool (*is_over)(
        void *ctx); /* the client is gone, its question was stopped, or the engine ends */
    void *ctx;
};
