/* SPDX-License-Identifier: Apache-2.0 */
/* demo_password.h: how one signs in at the console of a demo. */
#pragma once
#include "settings/settings.h"

/* Makes the password where there is none yet, and writes it down in the demo's folder: that of a demo
 * is no secret from who may read its keys. */
int demo_password_make(const struct settings *s, const char *dir, struct err *err);
/* Where the console is, and the password, as long as it is still the one that was made. */
void demo_password_print(const struct settings *s, const char *dir);
