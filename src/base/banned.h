/* SPDX-License-Identifier: Apache-2.0 */
/* banned.h: force-included before every file: functions whose use is a mistake here.
 *
 * Each has a form that cannot overrun, hide an error or lose the length: see str.h, buf.h, mem.h. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison strcpy strncpy strcat strncat sprintf vsprintf gets strtok atoi atol atof       \
    tmpnam mktemp system
