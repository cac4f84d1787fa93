/* SPDX-License-Identifier: Apache-2.0 */
/* turns.h: how soon a process gets the processor when it wakes up. */
#pragma once
#include "base/err.h"

/* The calling thread, and those that it starts from then on, take short turns and get them soon. -1, and
 * all is as it was, where the system forbids it; a kernel that knows nothing of it takes no notice. */
int turns_be_short(struct err *err);
