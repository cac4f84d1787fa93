/* SPDX-License-Identifier: Apache-2.0 */
/* schema_names.c: what a property is called in SQL. */
#include "store/schema_names.h"

#include <stdio.h>

#include "base/mem.h"

/* The longest start of the name that can stand in SQL, with _ for what cannot. */
static char *clean_name(struct str name)
{
    bool utf8 = str_is_utf8(name);
    size_t len = utf8 ? str_utf8_cut(name, COLUMN_NAME_MAX)
                      : (name.len < COLUMN_NAME_MAX ? name.len : COLUMN_NAME_MAX);
    char *clean = xmemdup(name.ptr ? name.ptr : "", len);

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)clean[i];

        if (c < ' ' || c == 0x7F || (!utf8 && c >= 0x80))
            clean[i] = '_';
    }
    return clean;
}

char *schema_column_name(struct str property, bool (*is_taken)(const void *ctx, struct str column),
                         const void *ctx)
{
    AUTO_FREE char *clean = clean_name(property);
    bool plain = *clean != '\0' && !is_taken(ctx, str_from(clean));
    char *name = plain ? xstrdup(clean) : xasprintf("p_%s", clean);

    for (unsigned n = 2; is_taken(ctx, str_from(name)); n++) {
        free(name);
        name = xasprintf("p_%s_%u", clean, n);
    }
    return name;
}

struct str schema_label(struct str property, const char *column)
{
    struct str c = str_from(column);

    if (str_eq(property, c))
        return c;
    if (str_starts(c, STR("p_")) && str_eq(str_slice(c, 2, c.len), property))
        return property;
    return c;
}
