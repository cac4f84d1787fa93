/* SPDX-License-Identifier: Apache-2.0 */
/* trouble.c: three numbers in a file. One that does not read as such is as good as none: then the
 * sink begins with a whole batch again. */
#include "sink/trouble.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

enum { FILE_MAX = 64 };

static char *path_of(const struct settings *s, const char *sink)
{
    AUTO_FREE char *name = xasprintf("%s.trouble", sink);

    return settings_data_path(s, name);
}

bool trouble_read(const struct settings *s, const char *sink, struct trouble *out)
{
    AUTO_FREE char *path = path_of(s, sink);
    struct trouble t;
    struct str text;
    bool whole;

    if (io_read_file(io_system(), path, FILE_MAX, &text, NULL) < 0)
        return false;
    whole =
        sscanf(text.ptr, "%" SCNd64 " %" SCNu64 " %" SCNu64, &t.after, &t.records, &t.times) == 3 &&
        t.after >= 0 && t.records > 0 && t.records < INT64_MAX / 2;
    free((char *)text.ptr);
    if (whole)
        *out = t;
    return whole;
}

int trouble_write(const struct settings *s, const char *sink, const struct trouble *t,
                  struct err *err)
{
    AUTO_FREE char *path = path_of(s, sink);
    AUTO_FREE char *text =
        xasprintf("%" PRId64 " %" PRIu64 " %" PRIu64 "\n", t->after, t->records, t->times);

    return io_replace_file(io_system(), path, 0600, str_from(text), err);
}

void trouble_clear(const struct settings *s, const char *sink)
{
    AUTO_FREE char *path = path_of(s, sink);

    unlink(path);
}
