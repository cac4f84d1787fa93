/* SPDX-License-Identifier: Apache-2.0 */
/* engine_lock.c: a lock on the file engine.lock, which goes with the process that holds it. */
#include "cmd/engine_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"

int engine_lock(const struct settings *s, struct err *err)
{
    AUTO_FREE char *path = settings_data_path(s, "engine.lock");
    const struct io *io = io_system();
    int fd = io->open(io, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return err_set(err, errno == ENOSPC ? ERR_SPACE : ERR_IO, "open %s: %s", path,
                       strerror(errno));
    if (io->lock(io, fd) == 0)
        return fd;
    if (errno == EWOULDBLOCK)
        err_set(err, ERR_BUSY, "an engine, or `weir rebuild`, is at work in %s", s->data);
    else
        err_set(err, ERR_IO, "lock %s: %s", path, strerror(errno));
    io->close(io, fd);
    return -1;
}
