/* SPDX-License-Identifier: Apache-2.0 */
/* begin.c: an empty journal that goes on where a store ends: `bench_begin FOLDER FIRST` makes the folder
 * with one segment, whose first record will have the position FIRST.
 *
 * For a store that was made without a journal: the engine takes what a collector then puts into this one.
 * The rest of the folder is made by the collector, which finds a journal of which only the end was kept. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/random.h"
#include "journal/segment.h"

enum { SEGMENT_BYTES = 64 << 20 };

static int fail(const char *what, const char *path)
{
    fprintf(stderr, "bench_begin: %s %s: %s\n", what, path, strerror(errno));
    return 1;
}

int main(int argc, char **argv)
{
    struct segment_header header = {.created_us = clock_now_us(), .bytes = SEGMENT_BYTES};
    uint8_t block[SEGMENT_HEADER_BYTES];
    char name[SEGMENT_NAME_SIZE];
    uint64_t first;

    if (argc != 3 || str_to_u64(str_from(argv[2]), &first) < 0 || first < 1 ||
        first > (uint64_t)SEGMENT_POSITION_MAX) {
        fprintf(stderr, "usage: bench_begin FOLDER FIRST\n");
        return 2;
    }
    header.first_position = (int64_t)first;
    header.previous_last = (int64_t)first - 1;
    random_bytes(header.id, sizeof header.id);
    segment_header_write(block, &header);
    segment_name(name, header.first_position);
    if (mkdir(argv[1], 0750) < 0)
        return fail("make", argv[1]);
    AUTO_FREE char *path = io_join(argv[1], name);
    AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0 || ftruncate(fd, SEGMENT_BYTES) < 0 ||
        pwrite(fd, block, sizeof block, 0) != (ssize_t)sizeof block || fsync(fd) < 0)
        return fail("write", path);
    return 0;
}
