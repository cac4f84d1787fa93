/* SPDX-License-Identifier: Apache-2.0 */
/* coding.c: Accept-Encoding, read as far as gzip is concerned.
 *
 * Promises: gzip is taken where it is named and not refused by a weight of zero; "*" alone is no
 * promise of the client's that it inflates. */
#include "base/coding.h"

/* "q=0" and so on, among the parameters of a coding. */
static bool is_refused(struct str parameters)
{
    while (parameters.ptr) {
        struct str one = str_trim(str_split(&parameters, ';'));
        size_t zeros = 0;

        if (!str_starts_nocase(one, STR("q=")))
            continue;
        one = str_slice(one, 2, SIZE_MAX);
        while (zeros < one.len && (one.ptr[zeros] == '0' || one.ptr[zeros] == '.'))
            zeros++;
        return zeros == one.len;
    }
    return false;
}

bool coding_takes_gzip(struct str accept_encoding)
{
    while (accept_encoding.ptr) {
        struct str item = str_split(&accept_encoding, ',');
        struct str coding = str_trim(str_split(&item, ';'));

        if (str_eq_nocase(coding, STR("gzip")))
            return !is_refused(item);
    }
    return false;
}
