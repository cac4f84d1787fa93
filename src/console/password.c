/* SPDX-License-Identifier: Apache-2.0 */
/* password.c: scrypt over the password, from OpenSSL (docs/decisions/0012-console-access.md).
 *
 * The file is one line, ended by a line feed:
 *   scrypt N R P SALT HASH
 * numbers in decimal, 16 bytes of salt and 32 of hash in hex. A reader refuses costs below those of
 * 2^14, 8, 1 and above 128 MiB (a file that somebody else wrote must not eat the memory), other
 * lengths, anything behind it, and a file that group or others may read. */
#include "console/password.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/random.h"

enum { FILE_MAX = 512, GROUPS = 5, GROUP = 5, COST_N = 1 << 15, COST_R = 8, COST_P = 1 };

#define MEMORY_MAX (UINT64_C(160) << 20) /* what OpenSSL may take: 128 R N and a little more */
#define COST_MAX (UINT64_C(128) << 20)

/* Without i, l, o, 0 and 1. */
static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";

static char random_letter(void)
{
    const unsigned count = sizeof letters - 1, fair = 256 / count * count;
    unsigned char byte;

    do
        random_key(&byte, 1);
    while (byte >= fair);
    return letters[byte % count];
}

void password_make(char out[PASSWORD_MADE_SIZE])
{
    size_t at = 0;

    for (unsigned g = 0; g < GROUPS; g++) {
        if (g > 0)
            out[at++] = '-';
        for (unsigned i = 0; i < GROUP; i++)
            out[at++] = random_letter();
    }
    out[at++] = '\0';
    CHECK(at == PASSWORD_MADE_SIZE);
}

/* Of UTF-8: bytes that begin one. */
static size_t count_characters(struct str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return count;
}

int password_check(struct str text, struct err *err)
{
    if (text.len > PASSWORD_BYTES_MAX)
        return err_set(err, ERR_USAGE, "a password may have at most %d bytes", PASSWORD_BYTES_MAX);
    if (!str_is_utf8(text) || memchr(text.ptr, '\0', text.len))
        return err_set(err, ERR_USAGE, "a password must be text (UTF-8)");
    if (count_characters(text) < PASSWORD_CHARACTERS_MIN)
        return err_set(err, ERR_USAGE, "a password needs at least %d characters",
                       PASSWORD_CHARACTERS_MIN);
    return 0;
}

static int derive(const struct password *p, struct str text, uint8_t out[PASSWORD_HASH_BYTES],
                  struct err *err)
{
    if (EVP_PBE_scrypt(text.ptr ? text.ptr : "", text.len, p->salt, sizeof p->salt, p->n, p->r,
                       p->p, MEMORY_MAX, out, PASSWORD_HASH_BYTES) == 1)
        return 0;
    ERR_clear_error();
    return err_set(err, ERR_LIMIT, "there is no memory to look at the password");
}

static void put_hex(struct buf *out, const uint8_t *bytes, size_t len)
{
    char hex[2 * PASSWORD_HASH_BYTES];

    CHECK(2 * len <= sizeof hex);
    hex_encode(hex, bytes, len);
    buf_append(out, hex, 2 * len);
}

int password_set(const char *file, struct str text, struct err *err)
{
    struct password p = {.n = COST_N, .r = COST_R, .p = COST_P};
    AUTO_BUF line;

    buf_init(&line, FILE_MAX);
    if (password_check(text, err) < 0)
        return -1;
    random_key(p.salt, sizeof p.salt);
    if (derive(&p, text, p.hash, err) < 0)
        return -1;
    buf_printf(&line, "scrypt %llu %u %u ", (unsigned long long)p.n, p.r, p.p);
    put_hex(&line, p.salt, sizeof p.salt);
    buf_char(&line, ' ');
    put_hex(&line, p.hash, sizeof p.hash);
    buf_char(&line, '\n');
    CHECK(!buf_failed(&line));
    return io_replace_file(io_system(), file, 0600, buf_as_str(&line), err);
}

static int take_number(struct str *rest, uint64_t max, uint64_t *out)
{
    return str_to_u64(str_split(rest, ' '), out) < 0 || *out == 0 || *out > max ? -1 : 0;
}

static int parse(struct password *out, struct str line)
{
    struct password p = {0};
    uint64_t r, parallel;

    if (line.len == 0 || line.ptr[line.len - 1] != '\n')
        return -1;
    line.len--;
    if (!str_is(str_split(&line, ' '), "scrypt") || take_number(&line, COST_MAX, &p.n) < 0 ||
        take_number(&line, 64, &r) < 0 || take_number(&line, 16, &parallel) < 0)
        return -1;
    p.r = (uint32_t)r;
    p.p = (uint32_t)parallel;
    if (p.n < 1 << 14 || (p.n & (p.n - 1)) || r < COST_R || 128 * r * p.n > COST_MAX)
        return -1;
    if (hex_decode(p.salt, sizeof p.salt, str_split(&line, ' ')) < 0 ||
        hex_decode(p.hash, sizeof p.hash, str_split(&line, ' ')) < 0 || line.ptr)
        return -1;
    *out = p;
    return 0;
}

int password_load(struct password *out, const char *file, struct err *err)
{
    struct stat st;
    struct str bytes;
    int status = 0;

    if (stat(file, &st) < 0)
        return err_set(err, ERR_IO, "read %s: %s", file, strerror(errno));
    if (st.st_mode & 077)
        return err_set(err, ERR_DENIED,
                       "%s can be read by others: chmod 600 it, then set another password with "
                       "`weir password`",
                       file);
    if (io_read_file(io_system(), file, FILE_MAX, &bytes, err) < 0)
        return -1;
    if (parse(out, bytes) < 0)
        status =
            err_set(err, ERR_CORRUPT,
                    "%s holds no password of this version; set another with `weir password`", file);
    OPENSSL_cleanse((char *)bytes.ptr, bytes.len);
    free((char *)bytes.ptr);
    return status;
}

int password_fits(const struct password *p, struct str text, struct err *err)
{
    uint8_t hash[PASSWORD_HASH_BYTES];
    bool fits;

    if (text.len > PASSWORD_BYTES_MAX)
        return 0;
    if (derive(p, text, hash, err) < 0)
        return -1;
    fits = CRYPTO_memcmp(hash, p->hash, sizeof hash) == 0;
    OPENSSL_cleanse(hash, sizeof hash);
    return fits;
}
