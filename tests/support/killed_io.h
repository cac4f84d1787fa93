/* SPDX-License-Identifier: Apache-2.0 */
/* killed_io.h: a `struct io` over another one whose process is "killed" at its n-th changing call:
 * that call and all later ones that change anything do nothing and fail. What was done before stays,
 * as after kill -9; reading goes on, so that the caller can unwind. Safe from several threads. */
#pragma once
#include <stdatomic.h>

#include "base/io.h"

struct killed_io {
    struct io io; /* give &k->io to who wants a table */
    const struct io *base;
    atomic_int left; /* calls until the kill; negative: never */
    atomic_int calls; /* changing calls that came */
};

/* `left`: how many changing calls succeed before the kill; negative: all. */
void killed_io_init(struct killed_io *k, const struct io *base, int left);
