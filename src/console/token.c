/* SPDX-License-Identifier: Apache-2.0 */
/* token.c: makes, reads and compares the token. */
#include "console/token.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/random.h"

enum { FILE_MAX = 256 };

static int make_file(const char *file, struct err *err)
{
    unsigned char key[TOKEN_LEN / 2];
    char text[TOKEN_LEN + 1];

    random_key(key, sizeof key);
    hex_encode(text, key, sizeof key);
    text[TOKEN_LEN] = '\n';
    return io_replace_file(io_system(), file, 0600, str_of(text, sizeof text), err);
}

static int check_mode(const char *file, struct err *err)
{
    struct stat st;

    if (stat(file, &st) < 0)
        return err_set(err, ERR_IO, "read %s: %s", file, strerror(errno));
    if (st.st_mode & 077)
        return err_set(err, ERR_DENIED,
                       "%s can be read by others: chmod 600 it, or remove it and "
                       "start the engine again for a new one",
                       file);
    return 0;
}

int token_load(struct token *out, const char *file, bool make, struct err *err)
{
    unsigned char key[TOKEN_LEN / 2];
    struct str bytes, text;
    int status = 0;

    if (make && access(file, F_OK) < 0 && errno == ENOENT && make_file(file, err) < 0)
        return -1;
    if (check_mode(file, err) < 0)
        return -1;
    if (io_read_file(io_system(), file, FILE_MAX, &bytes, err) < 0)
        return -1;
    text = str_trim(bytes);
    if (hex_decode(key, sizeof key, text) < 0) {
        status = err_set(err, ERR_USAGE,
                         "%s holds no token of %d hex digits; remove it and start "
                         "the engine again for a new one",
                         file, TOKEN_LEN);
    } else {
        memcpy(out->text, text.ptr, TOKEN_LEN);
        out->text[TOKEN_LEN] = '\0';
    }
    OPENSSL_cleanse((char *)bytes.ptr, bytes.len);
    free((char *)bytes.ptr);
    return status;
}

bool token_matches(const struct token *t, struct str given)
{
    return given.len == TOKEN_LEN && CRYPTO_memcmp(t->text, given.ptr, TOKEN_LEN) == 0;
}
