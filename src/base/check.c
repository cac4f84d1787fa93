/* SPDX-License-Identifier: Apache-2.0 */
/* check.c: ends the process on a broken assumption, naming the place. */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "weir: internal error: %s is false (%s:%d); please report this\n", what, file,
            line);
    abort();
}
