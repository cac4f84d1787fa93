/* SPDX-License-Identifier: Apache-2.0 */
/* coding.h: which codings of an answer a client takes. Threads: pure functions. */
#pragma once
#include <stdbool.h>

#include "base/str.h"

/* May an answer to this Accept-Encoding be compressed by gzip? */
bool coding_takes_gzip(struct str accept_encoding);
