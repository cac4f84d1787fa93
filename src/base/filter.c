/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c: takes a filter apart. Which columns there are is left to others. */
#include "base/filter.h"

int filter_parse(struct filter *out, struct str text, struct err *err)
{
    const struct {
        struct str sign;
        enum filter_op op;
    } signs[] = {{STR("="), FILTER_IS},
                 {STR("!="), FILTER_IS_NOT},
                 {STR("~"), FILTER_LIKE},
                 {STR("!~"), FILTER_UNLIKE}};
    size_t at = 0;

    while (at < text.len && text.ptr[at] != '=' && text.ptr[at] != '~' && text.ptr[at] != '!')
        at++;
    out->column = str_trim(str_slice(text, 0, at));
    text = str_slice(text, at, text.len);
    if (out->column.len == 0)
        return err_set(err, ERR_USAGE, "a filter begins with a column: column=value");
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (str_starts(text, signs[i].sign)) {
            out->op = signs[i].op;
            out->value = str_slice(text, signs[i].sign.len, text.len);
            return 0;
        }
    return err_set(err, ERR_USAGE, "a filter needs =, !=, ~ or !~ behind its column");
}
