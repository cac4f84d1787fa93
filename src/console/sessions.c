/* SPDX-License-Identifier: Apache-2.0 */
/* sessions.c: the list of sessions, and the file that it is kept in over restarts.
 *
 * The file: `weir-sessions 1 SALT` and a line for each session, `HASH CREATED SEEN`: the SHA-256 of its
 * token in hex, and times in microseconds since 1970. SALT is that of the password: with another
 * password nobody is signed in. A reader refuses anything else as a whole.
 *
 * Promises that the file lets nobody in: a token does not follow from its hash. */
#include "console/sessions.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/random.h"

/* How far `seen` may run ahead of the file: so often is it written for somebody who is there. */
#define SEEN_SLACK_US (INT64_C(600) * 1000000)

static const char head[] = "weir-sessions 1 ";

static void hash_of(const char *what, struct str token, uint8_t out[32])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    CHECK(ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
          EVP_DigestUpdate(ctx, what, strlen(what)) == 1 &&
          EVP_DigestUpdate(ctx, token.ptr, token.len) == 1 &&
          EVP_DigestFinal_ex(ctx, out, NULL) == 1);
    EVP_MD_CTX_free(ctx);
}

void session_csrf(struct str token, char out[SESSION_CSRF_LEN + 1])
{
    uint8_t hash[32];

    hash_of("weir csrf ", token, hash);
    hex_encode(out, hash, SESSION_CSRF_LEN / 2);
    out[SESSION_CSRF_LEN] = '\0';
}

static void remove_at(struct sessions *s, size_t at)
{
    s->list[at] = s->list[--s->count];
    s->changed = true;
}

/* One that was seen in the future is as good as seen now: the clock was set back. */
static bool is_over(const struct sessions *s, const struct session *one, int64_t now_us)
{
    return now_us - one->seen_us > s->life_us;
}

static void make_room(struct sessions *s, int64_t now_us)
{
    size_t oldest = 0;

    for (size_t i = s->count; i-- > 0;)
        if (is_over(s, &s->list[i], now_us))
            remove_at(s, i);
    if (s->count < SESSIONS_MAX)
        return;
    for (size_t i = 1; i < s->count; i++)
        if (s->list[i].seen_us < s->list[oldest].seen_us)
            oldest = i;
    remove_at(s, oldest);
}

void sessions_begin(struct sessions *s, int64_t now_us, char out[SESSION_TOKEN_LEN + 1])
{
    uint8_t key[SESSION_TOKEN_LEN / 2];
    struct session *one;

    make_room(s, now_us);
    random_key(key, sizeof key);
    hex_encode(out, key, sizeof key);
    out[SESSION_TOKEN_LEN] = '\0';
    OPENSSL_cleanse(key, sizeof key);
    one = &s->list[s->count++];
    *one = (struct session){.created_us = now_us, .seen_us = now_us};
    hash_of("", str_of(out, SESSION_TOKEN_LEN), one->hash);
    s->changed = true;
}

/* The index, or SESSIONS_MAX. Every session is compared, whichever it is. */
static size_t find(const struct sessions *s, struct str token)
{
    size_t found = SESSIONS_MAX;
    uint8_t hash[32];

    if (token.len != SESSION_TOKEN_LEN)
        return SESSIONS_MAX;
    hash_of("", token, hash);
    for (size_t i = 0; i < s->count; i++)
        if (CRYPTO_memcmp(hash, s->list[i].hash, sizeof hash) == 0)
            found = i;
    return found;
}

bool sessions_see(struct sessions *s, struct str token, int64_t now_us)
{
    size_t at = find(s, token);

    if (at == SESSIONS_MAX)
        return false;
    if (is_over(s, &s->list[at], now_us)) {
        remove_at(s, at);
        return false;
    }
    if (now_us - s->list[at].seen_us > SEEN_SLACK_US || now_us < s->list[at].seen_us) {
        s->list[at].seen_us = now_us;
        s->changed = true;
    }
    return true;
}

bool sessions_end(struct sessions *s, struct str token)
{
    size_t at = find(s, token);

    if (at == SESSIONS_MAX)
        return false;
    remove_at(s, at);
    return true;
}

void sessions_end_all(struct sessions *s)
{
    s->changed |= s->count > 0;
    s->count = 0;
}

static void put_hex(struct buf *out, const uint8_t *bytes, size_t len)
{
    char hex[64];

    CHECK(2 * len <= sizeof hex);
    hex_encode(hex, bytes, len);
    buf_append(out, hex, 2 * len);
}

void sessions_write(const struct sessions *s, const uint8_t epoch[16], struct buf *out)
{
    buf_append(out, head, sizeof head - 1);
    put_hex(out, epoch, 16);
    buf_char(out, '\n');
    for (size_t i = 0; i < s->count; i++) {
        put_hex(out, s->list[i].hash, sizeof s->list[i].hash);
        buf_printf(out, " %lld %lld\n", (long long)s->list[i].created_us,
                   (long long)s->list[i].seen_us);
    }
}

static int read_line(struct sessions *s, struct str line)
{
    struct session one;

    if (s->count == SESSIONS_MAX || hex_decode(one.hash, 32, str_split(&line, ' ')) < 0 ||
        str_to_i64(str_split(&line, ' '), &one.created_us) < 0 ||
        str_to_i64(str_split(&line, ' '), &one.seen_us) < 0 || line.ptr)
        return -1;
    s->list[s->count++] = one;
    return 0;
}

int sessions_read(struct sessions *s, const uint8_t epoch[16], struct str bytes, int64_t now_us,
                  struct err *err)
{
    struct str line = str_split(&bytes, '\n');
    uint8_t salt[16];

    if (!str_starts(line, STR("weir-sessions 1 ")) ||
        hex_decode(salt, sizeof salt, str_slice(line, sizeof head - 1, line.len)) < 0)
        return err_set(err, ERR_CORRUPT, "this is no list of sessions of this version");
    s->count = 0;
    if (memcmp(salt, epoch, sizeof salt) != 0)
        return 0;
    while (bytes.ptr && bytes.len)
        if (read_line(s, str_split(&bytes, '\n')) < 0) {
            s->count = 0;
            return err_set(err, ERR_CORRUPT, "this is no list of sessions of this version");
        }
    for (size_t i = s->count; i-- > 0;)
        if (is_over(s, &s->list[i], now_us))
            remove_at(s, i);
    return 0;
}
