/* SPDX-License-Identifier: Apache-2.0 */
/* demo_password.c: see demo_password.h. */
#include "cmd/demo_password.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "cmd/address.h"
#include "cmd/cmd.h"
#include "console/password.h"

enum { NOTE_MAX = 4096 };

int demo_password_make(const struct settings *s, const char *dir, struct err *err)
{
    AUTO_FREE char *file = settings_data_path(s, "console.password");
    AUTO_FREE char *note = io_join(dir, "console.key");
    char made[PASSWORD_MADE_SIZE];
    int status;

    if (access(file, F_OK) == 0)
        return 0;
    if (make_data_folder(s, err) < 0)
        return -1;
    password_make(made);
    status = io_replace_file(io_system(), note, 0600, str_from(made), err);
    if (status == 0)
        status = password_set(file, str_from(made), err);
    OPENSSL_cleanse(made, sizeof made);
    return status;
}

static bool is_still(const struct settings *s, struct str text)
{
    AUTO_FREE char *file = settings_data_path(s, "console.password");
    struct password password;

    return password_load(&password, file, NULL) == 0 && password_fits(&password, text, NULL) == 1;
}

void demo_password_print(const struct settings *s, const char *dir)
{
    AUTO_FREE char *note = io_join(dir, "console.key");
    AUTO_FREE char *url = address_find(s, "console", &s->console.listen);
    struct str bytes = STR_NONE;

    if (io_read_file(io_system(), note, NOTE_MAX, &bytes, NULL) == 0 &&
        is_still(s, str_trim(bytes)))
        printf("\nThe console is at %s/ with the password %.*s\n", url, STR_ARG(str_trim(bytes)));
    else
        printf("\nThe console is at %s/ with the password that was set last\n", url);
    free((char *)bytes.ptr);
}
