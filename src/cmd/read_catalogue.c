/* SPDX-License-Identifier: Apache-2.0 */
/* read_catalogue.c: the catalogue for a process that runs. */
#include "cmd/read_catalogue.h"

#include "base/log.h"
#include "base/mem.h"
#include "catalogue/problem.h"

static void say_one(const struct problem *p)
{
    AUTO_BUF line;

    buf_init(&line, 64 * 1024);
    problem_format(&line, p);
    log_error("%.*s", (int)line.len, line.ptr);
}

void say_problems(const struct problems *problems)
{
    size_t warnings = problems->count + problems->more - problems->errors;

    for (size_t i = 0; i < problems->count; i++)
        if (!problems->list[i].warning)
            say_one(&problems->list[i]);
    if (problems->more)
        log_error("... and %zu more; `weir check` counts them", problems->more);
    if (problems->errors == 0 && warnings > 0)
        log_info("the catalogue has %zu warning%s; `weir check` shows them", warnings,
                 warnings == 1 ? "" : "s");
}

int read_catalogue(const struct settings *s, enum read_what what, struct catalogue **out,
                   struct err *err)
{
    struct problems problems = {0};
    int result = catalogue_load(out, s->catalogue, &problems, err);

    if (what == READ_SAY_ALL || (what == READ_SAY_ERRORS && result < 0))
        say_problems(&problems);
    problems_free(&problems);
    return result;
}
