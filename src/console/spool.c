/* SPDX-License-Identifier: Apache-2.0 */
/* spool.c: moves an answer to a file once it is too large for memory. The file has no name, so
 * nothing is left behind by any end of the process. */
#include "console/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

void spool_init(struct spool *s, const char *dir)
{
    *s = (struct spool){.dir = dir, .fd = -1};
    buf_init(&s->memory, SPOOL_MEMORY);
}

void spool_free(struct spool *s)
{
    buf_free(&s->memory);
    close_fd(&s->fd);
}

static int append(struct spool *s, struct str bytes)
{
    struct iovec iov = {.iov_base = (char *)bytes.ptr, .iov_len = bytes.len};

    if (bytes.len && io_write_all(io_system(), s->fd, &iov, 1, (off_t)s->len) < 0)
        return err_set(&s->err, errno == ENOSPC ? ERR_SPACE : ERR_IO,
                       "write the answer to a file in %s: %s", s->dir, strerror(errno));
    s->len += bytes.len;
    return 0;
}

static int move_to_file(struct spool *s)
{
    s->fd = open(s->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (s->fd < 0)
        return err_set(&s->err, ERR_IO, "make a file in %s for the answer: %s", s->dir,
                       strerror(errno));
    s->len = 0;
    if (append(s, buf_as_str(&s->memory)) < 0)
        return -1;
    buf_free(&s->memory);
    return 0;
}

int spool_write(struct spool *s, struct str bytes)
{
    if (s->len + bytes.len > SPOOL_MAX)
        return err_set(&s->err, ERR_LIMIT,
                       "the answer is larger than 4 GiB: ask for less, or export "
                       "with `weir query` while no engine runs");
    if (s->fd < 0 && s->len + bytes.len <= SPOOL_MEMORY) {
        buf_str(&s->memory, bytes);
        if (buf_failed(&s->memory))
            return err_set(&s->err, ERR_LIMIT, "no memory for the answer");
        s->len += bytes.len;
        return 0;
    }
    if (s->fd < 0 && move_to_file(s) < 0)
        return -1;
    return append(s, bytes);
}

int spool_pass(void *ctx, struct str bytes)
{
    return spool_write(ctx, bytes);
}
