/* SPDX-License-Identifier: Apache-2.0 */
/* cors.c: decisions about origins. */
#include "collector/cors.h"

#include <stdio.h>

#include "base/mem.h"

enum { ORIGIN_MAX = 512 /* scheme, a host of at most 253 bytes, port */ };

enum refusal cors_check(const struct source *s, struct str origin)
{
    if (source_kind(s) != SOURCE_BROWSER)
        return REFUSAL_NONE;
    if (!origin.ptr)
        return REFUSAL_MISSING_ORIGIN;
    return source_allows_origin(s, origin) ? REFUSAL_NONE : REFUSAL_ORIGIN_NOT_ALLOWED;
}

bool cors_is_own_page(const struct source *s, struct str fetch_site, struct str host)
{
    static const char *const schemes[] = {"https://", "http://"};
    char text[ORIGIN_MAX];

    if (!str_is(fetch_site, "same-origin") || host.len > sizeof text - sizeof "https://")
        return false;
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        int len = snprintf(text, sizeof text, "%s%.*s", schemes[i], STR_ARG(host));

        if (source_allows_origin(s, str_of(text, (size_t)len)))
            return true;
    }
    return false;
}

struct str cors_answer_origin(const struct source *s, struct str origin)
{
    if (!s || !origin.ptr || source_kind(s) != SOURCE_BROWSER || !source_allows_origin(s, origin))
        return STR_NONE;
    return origin;
}

bool cors_preflight(struct sources *all, struct str key, struct str origin)
{
    if (!origin.ptr)
        return false;
    if (key.ptr)
        return cors_answer_origin(sources_by_key(all, key), origin).ptr != NULL;
    for (size_t i = 0; i < sources_count(all); i++)
        if (cors_answer_origin(sources_at(all, i), origin).ptr)
            return true;
    return false;
}
