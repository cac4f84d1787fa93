/* SPDX-License-Identifier: Apache-2.0 */
/* access.c: finds out what a line is, and takes syslog's frame off.
 *
 * The frame is RFC 3164's as nginx writes it: `<190>Nov 22 15:09:38 host nginx: ` or, with
 * `nohostname`, `<190>Nov 22 15:09:38 nginx: `. Its time has no year and no offset, and is passed over. */
#include "accesslog/access.h"

#include "accesslog/internal.h"
#include "base/mem.h"

static const struct {
    const char *name, *text;
} faults[ACCESS_FAULTS] = {
    [ACCESS_FINE] = {"fine", "a request"},
    [ACCESS_NOT_HTTP] = {"not_http", "no method and path: not an HTTP request"},
    [ACCESS_NO_REQUEST] = {"no_request", "JSON that tells of no request"},
    [ACCESS_UNKNOWN_FORMAT] = {"unknown_format",
                               "neither the combined format nor a JSON object; see --format"},
    [ACCESS_CUT_OFF] = {"cut_off", "the combined format, but it ends too soon"},
    [ACCESS_BAD_TIME] = {"bad_time", "no time that can be read"},
    [ACCESS_BAD_STATUS] = {"bad_status", "the status is not three digits"},
    [ACCESS_BAD_JSON] = {"bad_json", "begins with { and is not JSON"},
    [ACCESS_TOO_LONG] = {"too_long", "a line may have 64 KiB"},
};

const char *access_fault_name(enum access_fault f)
{
    return faults[f].name;
}

const char *access_fault_text(enum access_fault f)
{
    return faults[f].text;
}

int access_format_find(struct str name)
{
    static const char *const names[ACCESS_FORMATS] = {
        [ACCESS_ANY] = "auto", [ACCESS_COMBINED] = "combined", [ACCESS_JSON] = "json"};

    for (int i = 0; i < ACCESS_FORMATS; i++)
        if (str_is(name, names[i]))
            return i;
    return -1;
}

struct access_reader *access_reader_new(enum access_format format)
{
    struct access_reader *r = xcalloc(1, sizeof *r);

    r->format = format;
    r->memory = yyjson_alc_dyn_new();
    if (!r->memory) {
        access_reader_free(r);
        return NULL;
    }
    return r;
}

void access_reader_free(struct access_reader *r)
{
    if (!r)
        return;
    yyjson_doc_free(r->doc);
    yyjson_alc_dyn_free(r->memory);
    free(r);
}

/* How many bytes syslog's frame takes; 0 where there is none. */
static size_t frame(struct str line)
{
    size_t at = 1, end;

    if (line.len < 20 || line.ptr[0] != '<')
        return 0;
    while (at < 5 && line.ptr[at] >= '0' && line.ptr[at] <= '9')
        at++;
    if (at == 1 || line.ptr[at] != '>')
        return 0;
    at += 1 + 16; /* the time and the blank behind it */
    if (at > line.len || line.ptr[at - 1] != ' ' || line.ptr[at - 4] != ':')
        return 0;
    for (int word = 0; word < 2; word++) { /* host and tag, or the tag alone */
        end = at + str_find(str_slice(line, at, line.len), ' ');
        if (end >= line.len || end == at)
            return 0;
        if (line.ptr[end - 1] == ':')
            return end + 1;
        at = end + 1;
    }
    return 0;
}

enum access_fault access_read(struct access_reader *r, char *line, size_t len, struct access *out)
{
    size_t skip;

    *out = (struct access){0};
    if (len > ACCESS_LINE_MAX)
        return ACCESS_TOO_LONG;
    if (len && line[len - 1] == '\r')
        len--;
    /* A log that was truncated below a writer without O_APPEND goes on behind a hole. */
    for (skip = 0; skip < len && line[skip] == '\0';)
        skip++;
    skip += frame(str_of(line + skip, len - skip));
    line += skip;
    len -= skip;
    if (r->format != ACCESS_COMBINED && len && line[0] == '{')
        return access_read_json(r, str_of(line, len), out);
    if (r->format == ACCESS_JSON)
        return ACCESS_UNKNOWN_FORMAT;
    return access_read_combined(r, line, len, out);
}
