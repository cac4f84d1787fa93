/* SPDX-License-Identifier: Apache-2.0 */
/* recorded.h: the client of a test that looks at what was recorded. */
#pragma once
#include <weir/weir.h>

static struct weir_client *client;

static inline int end(void **state)
{
    (void)state;
    weir_client_free(client, 0);
    return 0;
}

/* Of the event of that number; "(absent)" where it has no such thing. */
static inline const char *get(size_t number, const char *path)
{
    const char *text = weir_test_get(client, number, path);

    return text ? text : "(absent)";
}
