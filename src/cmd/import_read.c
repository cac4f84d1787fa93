/* SPDX-License-Identifier: Apache-2.0 */
/* import_read.c: zlib reads plain files as they are, too. */
#include "cmd/import_read.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/sender.h"

enum { GZ_BUFFER = 128 * 1024 };

void import_reader_init(struct import_reader *r, const char *path, const struct day *day)
{
    *r = (struct import_reader){.path = path, .day = day};
}

static int read_piece(void *ctx, char *to, size_t len, struct err *err)
{
    struct import_reader *r = ctx;
    int got = gzread(r->file, to, (unsigned)len), code;
    const char *why;

    if (got > 0)
        return got;
    why = gzerror(r->file, &code);
    if (code == Z_OK || code == Z_STREAM_END)
        return 0;
    if (code == Z_BUF_ERROR)
        return err_set(err, ERR_PARSE, "%s: the compressed file ends too early", r->path);
    return err_set(err, code == Z_ERRNO ? ERR_IO : ERR_PARSE, "read %s: %s", r->path,
                   code == Z_ERRNO ? strerror(errno) : why);
}

/* A file that can be read again, and is the one it was. */
static int look_at(struct import_reader *r, int fd, struct err *err)
{
    struct stat now;

    if (fstat(fd, &now) < 0)
        return err_set(err, ERR_IO, "look at %s: %s", r->path, strerror(errno));
    if (!S_ISREG(now.st_mode))
        return err_set(err, ERR_USAGE, "%s: a file is read more than once, so it must be a file",
                       r->path);
    if (r->seen_before && (now.st_ino != r->seen.st_ino || now.st_size != r->seen.st_size ||
                           now.st_mtim.tv_sec != r->seen.st_mtim.tv_sec ||
                           now.st_mtim.tv_nsec != r->seen.st_mtim.tv_nsec))
        return err_set(err, ERR_IO, "%s changed while it was imported: import it again", r->path);
    r->seen = now;
    r->seen_before = true;
    return 0;
}

int import_reader_open(struct import_reader *r, struct err *err)
{
    AUTO_FD fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", r->path, strerror(errno));
    if (look_at(r, fd, err) < 0)
        return -1;
    r->file = gzdopen(fd, "rb");
    if (!r->file)
        return err_set(err, ERR_INTERNAL, "open %s: no memory", r->path);
    fd = -1; /* zlib's now */
    gzbuffer(r->file, GZ_BUFFER);
    lines_init_from(&r->lines, read_piece, r,
                    r->day->kind == DAY_EVENTS ? (size_t)SENDER_LINE_MAX : DAY_CSV_LINE_MAX);
    r->lines_seen = 0;
    return 0;
}

void import_reader_close(struct import_reader *r)
{
    lines_free(&r->lines);
    if (r->file)
        gzclose_r(r->file);
    r->file = NULL;
}

int import_reader_next(struct import_reader *r, struct str *line, struct err *err)
{
    for (;;) {
        int got = lines_next(&r->lines, line, err);

        if (got != LINES_LINE && got != LINES_TOO_LONG)
            return got;
        if (r->lines.number == 1 && str_starts(*line, STR("\xEF\xBB\xBF")))
            *line = str_slice(*line, 3, line->len);
        if (line->len && line->ptr[line->len - 1] == '\r')
            line->len--;
        if (got == LINES_LINE &&
            (str_trim(*line).len == 0 || (r->lines.number == 1 && day_is_heading(r->day, *line))))
            continue;
        r->lines_seen++;
        return got;
    }
}
