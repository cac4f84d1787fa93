/* SPDX-License-Identifier: Apache-2.0 */
/* id.h: UUIDv7, and the clocks. Nothing here makes a system call but weir_id_seed. */
#ifndef WEIR_ID_H
#define WEIR_ID_H
#include <stdint.h>

enum { WEIR_ID_BYTES = 16, WEIR_ID_TEXT = 36 };

/* Draws the process's seed: before the first id, and in the child of a fork. */
void weir_id_seed(void);
/* No two of all threads and processes are equal. For identifying, not for secrets. */
void weir_id_make(unsigned char out[WEIR_ID_BYTES], int64_t now_us);
/* As text, without an end. */
void weir_id_text(char out[WEIR_ID_TEXT], const unsigned char id[WEIR_ID_BYTES]);
/* Not less than 0, less than `below`. */
uint64_t weir_id_random(uint64_t below);

int64_t weir_now_us(void); /* since 1970 */
int64_t weir_uptime_us(void); /* never jumps */

#endif
