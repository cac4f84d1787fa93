/* SPDX-License-Identifier: Apache-2.0 */
/* check.h: assertions that stay on in release.
 *
 * CHECK is for what we could get wrong ourselves: arguments, states, what must hold before a write
 * and after a read. It is never for what a client, a file or a disk can do. */
#pragma once

_Noreturn void check_failed(const char *what, const char *file, int line);

#define CHECK(cond) ((cond) ? (void)0 : check_failed(#cond, __FILE__, __LINE__))
