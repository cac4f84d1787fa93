/* SPDX-License-Identifier: Apache-2.0 */
/* parse.c: what yyjson alone takes to parse a file: `parse FILE TIMES` prints nanoseconds of CPU for
 * one parse. The reference for what the collector does with the same bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <yyjson.h>

#include "base/io.h"

int main(int argc, char **argv)
{
    uint64_t times;
    struct timespec t;
    struct str bytes;
    struct err err;

    if (argc != 3 || str_to_u64(str_from(argv[2]), &times) < 0 || times == 0) {
        fprintf(stderr, "usage: parse FILE TIMES\n");
        return 2;
    }
    if (io_read_file(io_system(), argv[1], 64 << 20, &bytes, &err) < 0) {
        fprintf(stderr, "parse: %s\n", err.text);
        return 1;
    }
    for (uint64_t i = 0; i < times; i++) {
        yyjson_doc *doc = yyjson_read(bytes.ptr, bytes.len, 0);

        if (!doc) {
            fprintf(stderr, "parse: %s is not JSON\n", argv[1]);
            return 1;
        }
        yyjson_doc_free(doc);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    printf("%.1f\n", ((double)t.tv_sec * 1e9 + (double)t.tv_nsec) / (double)times);
    free((char *)bytes.ptr);
    return 0;
}
