/* SPDX-License-Identifier: Apache-2.0 */
/* unit.h: what every unit test includes first. Test functions are sentences. */
#pragma once
/* cmocka.h needs these four before it, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

/* Most tests have no fixture. */
#pragma GCC diagnostic ignored "-Wunused-parameter"
