/* SPDX-License-Identifier: Apache-2.0 */
/* embed.h: files that are part of the program: SQL, web assets. Tables are made by tools/embed.c:
 *
 *   sql_c = custom_target('sql', output: 'sql.c', input: sql_list,
 *     command: [embed, '@OUTPUT@', 'a.sql=' + meson.current_source_dir() / 'a.sql'])
 *
 * and declared where they are used: extern const struct embedded sql_files[]; */
#pragma once
#include "base/str.h"

struct embedded {
    struct str name; /* absent in the entry behind the last */
    struct str bytes; /* a NUL stands behind them */
};

/* The bytes of the file called `name`; STR_NONE where the table has none. */
static inline struct str embedded_find(const struct embedded *table, struct str name)
{
    while (table->name.ptr && !str_eq(table->name, name))
        table++;
    return table->bytes;
}
