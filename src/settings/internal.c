/* SPDX-License-Identifier: Apache-2.0 */
/* internal.c: checks each filter, so that what an engine starts with can be asked.
 *
 * Only columns that every event has: what properties there are, the catalogue alone knows. Addresses and
 * user agents are none, since they leave events after a time. */
#include "settings/internal.h"

#include "base/filter.h"
#include "base/mem.h"
#include "base/suggest.h"

enum { INTERNAL_MAX = 64, FILTER_MAX = 1024 }; /* so many, and bytes of each */

static const char *const columns[] = {
    "name",       "source",     "environment",   "host",         "path",         "url",
    "query",      "referrer",   "referrer_host", "title",        "method",       "status",
    "platform",   "country",    "locale",        "timezone",     "screen",       "ua_browser",
    "ua_version", "ua_os",      "app_version",   "content_type", "actor",        "session",
    "visitor",    "device",     "utm_source",    "utm_medium",   "utm_campaign", "utm_content",
    "utm_term",   "request_id", "bot",
};

static void check_column(struct reader *r, int line, struct str column)
{
    struct str names[ARRAY_LEN(columns)], meant;

    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        names[i] = str_from(columns[i]);
        if (str_eq(names[i], column))
            return;
    }
    meant = suggest(column, names, ARRAY_LEN(names));
    reader_complain(r, line, "`internal`: there is no column `%.*s` that every event has%s%.*s%s",
                    STR_ARG(str_slice(column, 0, str_utf8_cut(column, 64))),
                    meant.ptr ? "; did you mean `" : "; see docs/settings.md", STR_ARG(meant),
                    meant.ptr ? "`?" : "");
}

static void check(struct reader *r, int line, const char *text)
{
    struct filter f;
    struct err err;

    if (strlen(text) > FILTER_MAX)
        reader_complain(r, line, "`internal`: a filter may have at most %d bytes", FILTER_MAX);
    else if (filter_parse(&f, str_from(text), &err) < 0)
        reader_complain(r, line, "`internal`: %s", err.text);
    else
        check_column(r, line, f.column);
}

void internal_read(struct reader *r, const struct yaml *console, struct settings_list *out)
{
    const struct yaml *list = reader_section(r, console, "internal", YAML_LIST);
    size_t i = 0;

    reader_list(r, console, "internal", out);
    if (out->count > INTERNAL_MAX)
        reader_complain(r, list->line, "`internal` may have at most %d filters", INTERNAL_MAX);
    yaml_each (node, list)
        if (!r->failed && i < out->count)
            check(r, node->line, out->items[i++]);
}
