/* SPDX-License-Identifier: Apache-2.0 */
/* verify_keys.h: between verify.c and verify_keys.c. */
#pragma once
#include "journal/verify.h"

/* Reads all files of keys; tells of each that does not verify. 0 or -1: ERR_IO. */
int verify_keys(const struct journal_verify_opts *o, const uint8_t id[16],
                void (*tell)(void *ctx, const struct journal_damage *damage), void *ctx,
                struct err *err);
