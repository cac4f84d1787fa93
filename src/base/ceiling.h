/* SPDX-License-Identifier: Apache-2.0 */
/* ceiling.h: how much memory the process may still take, held by the system.
 *
 * Beyond it an allocation fails at once, whatever library asks for it, instead of growing until the
 * system ends the process. The x-functions of mem.h lift it for themselves. Threads: any. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Bytes of memory that the process has; 0 where the system does not say. */
uint64_t ceiling_used(void);
/* From here until as many ceiling_leave, ceiling_set counts. */
void ceiling_enter(void);
/* The process may grow until ceiling_used() is `most`. To be said again now and then, as what has been freed
 * is asked for again without a new look. */
void ceiling_set(uint64_t most);
void ceiling_leave(void);
/* Takes it away until the next ceiling_set. False where there was none. */
bool ceiling_lift(void);
