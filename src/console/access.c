/* SPDX-License-Identifier: Apache-2.0 */
/* access.c: the rights of a request. */
#include "console/access.h"

#include "base/check.h"
#include "console/internal.h"

bool access_has(const struct console_request *r, unsigned rights)
{
    CHECK(rights != 0 && (rights & ~(unsigned)ACCESS_ALL) == 0);
    return (r->rights & rights) == rights;
}
