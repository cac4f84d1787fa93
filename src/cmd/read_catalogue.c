/* SPDX-License-Identifier: Apache-2.0 */
/* read_catalogue.c: the catalogue for a process that runs. */
#include "cmd/read_catalogue.h"

#include "base/log.h"
#include "base/mem.h"
#include "catalogue/problem.h"

static void say_problem(const struct problem *p)
{
    AUTO_BUF line;

    buf_init(&line, 64 * 1024);
    problem_format(&line, p);
    log_error("%.*s", (int)line.len, line.ptr);
}

int read_catalogue(const struct settings *s, struct catalogue **out, struct err *err)
{
    struct problems problems = {0};
    int result = catalogue_load(out, s->catalogue, &problems, err);

    for (size_t i = 0; i < problems.count; i++)
        if (!problems.list[i].warning)
            say_problem(&problems.list[i]);
    if (problems.more)
        log_error("... and %zu more; `weir check` counts them", problems.more);
    if (result == 0 && problems.count > 0)
        log_info("the catalogue has %zu warning%s; `weir check` shows them", problems.count,
                 problems.count == 1 ? "" : "s");
    problems_free(&problems);
    return result;
}
