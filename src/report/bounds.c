/* SPDX-License-Identifier: Apache-2.0 */
/* bounds.c: where a report's range begins and ends, also where nobody has said. */
#include "report/bounds.h"

void bounds_put(struct buf *out, const struct report_asked *asked, const char *parameter,
                const char *else_part)
{
    struct str text = report_text(asked, parameter);

    if (text.ptr)
        report_put_moment(out, asked, text);
    else
        report_fill(out, else_part, NULL, 0);
}
