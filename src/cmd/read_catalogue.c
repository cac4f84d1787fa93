/* SPDX-License-Identifier: Apache-2.0 */
/* read_catalogue.c: the catalogue for a process that runs. */
#include "cmd/read_catalogue.h"

#include "base/log.h"
#include "catalogue/problem.h"

int read_catalogue(const struct settings *s, struct catalogue **out, struct err *err)
{
    struct problems problems = {0};
    int result = catalogue_load(out, s->catalogue, &problems, err);

    for (size_t i = 0; i < problems.count; i++) {
        const struct problem *p = &problems.list[i];

        if (!p->warning)
            log_error("%s:%d: %s%s%s", p->file, p->line, p->event ? p->event : "",
                      p->event ? ": " : "", p->text);
    }
    if (result == 0 && problems.count > 0)
        log_info("the catalogue has %zu warnings; `weir check` shows them", problems.count);
    problems_free(&problems);
    return result;
}
