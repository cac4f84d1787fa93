/* SPDX-License-Identifier: Apache-2.0 */
/* import_aside.c: see import_aside.h. */
#include "cmd/import_aside.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/sender.h"

void import_aside_init(struct import_aside *a, const char *path)
{
    *a = (struct import_aside){.path = xstrdup(path)};
    buf_init(&a->line, 2 * SENDER_LINE_MAX + 16384);
}

static int open_file(struct import_aside *a, struct err *err)
{
    int fd = open(a->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", a->path, strerror(errno));
    a->file = fdopen(fd, "w");
    if (!a->file) {
        close(fd);
        return err_set(err, ERR_IO, "open %s: %s", a->path, strerror(errno));
    }
    buf_str(&a->line, STR("file,line,reason,text\n"));
    return 0;
}

static void put_field(struct buf *out, struct str text)
{
    buf_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buf_char(out, '"');
        buf_char(out, text.ptr[i]);
    }
    buf_char(out, '"');
}

int import_aside_add(struct import_aside *a, const char *file, uint64_t number,
                     enum day_fault reason, struct str text, struct err *err)
{
    buf_reset(&a->line, SIZE_MAX);
    if (!a->file && open_file(a, err) < 0)
        return -1;
    put_field(&a->line, str_from(file));
    buf_printf(&a->line, ",%" PRIu64 ",%s,", number, day_fault_name(reason));
    put_field(&a->line, text);
    buf_char(&a->line, '\n');
    if (buf_failed(&a->line))
        return err_set(err, ERR_LIMIT, "%s: the name of the file is too long", a->path);
    a->count++;
    if (fwrite(a->line.ptr, 1, a->line.len, a->file) != a->line.len)
        return err_set(err, ERR_IO, "write %s: %s", a->path, strerror(errno));
    return 0;
}

int import_aside_flush(struct import_aside *a, struct err *err)
{
    if (a->file && (fflush(a->file) != 0 || ferror(a->file)))
        return err_set(err, ERR_IO, "write %s: %s", a->path, strerror(errno));
    return 0;
}

void import_aside_free(struct import_aside *a)
{
    if (a->file)
        fclose(a->file);
    buf_free(&a->line);
    free(a->path);
    *a = (struct import_aside){0};
}

char *import_aside_name(const char *file)
{
    static const char *const ends[] = {".gz", ".csv", ".ndjson", ".jsonl"};
    size_t len = strlen(file);

    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (str_ends(str_of(file, len), str_from(ends[i])) && len > strlen(ends[i]))
            len -= strlen(ends[i]);
    return xasprintf("%.*s.rejected.csv", (int)len, file);
}
