/* SPDX-License-Identifier: Apache-2.0 */
/* flow_id.c: the form of a flow id, minting and verifying.
 *
 *   id        = salt signature           64 lower-case hex digits
 *   salt      = 16 random bytes          32 digits
 *   signature = the first 16 bytes of HMAC-SHA256(key, message)     32 digits
 *   message   = salt LF begin            the salt as its 32 digits of text, not as its bytes
 *   begin     = Unix milliseconds at which the flow began, in lower-case hex without leading zeros
 *
 * The older recipe's message goes on with LF and the raw User-Agent header, nothing where there was
 * none. Such an id holds in the browser that it was made for alone, so it is verified only where the
 * keys say so, and never minted.
 *
 * A reader must refuse upper-case digits, which would make two texts of one flow. Leaves the age of an
 * id that verifies to flow_id_age, since which moment counts depends on who sent it. */
#include "flow/flow_id.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/random.h"
#include "privacy/hmac.h"

enum {
    SALT_LEN = 32,
    SIGNATURE_LEN = FLOW_ID_LEN - SALT_LEN,
    BEGIN_MAX = 16, /* digits of 64 bits */
    MESSAGE_MAX = SALT_LEN + 1 + BEGIN_MAX + 1,
};

struct flow_keys {
    int64_t expiry_ms;
    bool user_agent;
    size_t count;
    struct hmac_key list[]; /* the first mints */
};

static size_t size_of(size_t count)
{
    return sizeof(struct flow_keys) + count * sizeof(struct hmac_key);
}

struct flow_keys *flow_keys_new(const struct flow_keys_opts *opts)
{
    struct flow_keys *k;

    CHECK(opts->count > 0 && opts->expiry_ms >= 0);
    k = xcalloc(1, size_of(opts->count));
    k->expiry_ms = opts->expiry_ms;
    k->user_agent = opts->user_agent;
    k->count = opts->count;
    for (size_t i = 0; i < k->count; i++)
        hmac_prepare(&k->list[i], opts->keys[i].ptr, opts->keys[i].len);
    return k;
}

void flow_keys_free(struct flow_keys *k)
{
    if (!k)
        return;
    OPENSSL_cleanse(k, size_of(k->count));
    free(k);
}

int64_t flow_keys_expiry_ms(const struct flow_keys *k)
{
    return k->expiry_ms;
}

bool flow_keys_take_user_agent(const struct flow_keys *k)
{
    return k->user_agent;
}

/* Salt, LF and begin. */
static struct str message(char out[MESSAGE_MAX], const char *salt, int64_t begin_ms)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t v = (uint64_t)begin_ms;
    size_t len = SALT_LEN + 1, shift = 60;

    CHECK(begin_ms >= 0);
    memcpy(out, salt, SALT_LEN);
    out[SALT_LEN] = '\n';
    while (shift > 0 && v >> shift == 0)
        shift -= 4;
    for (;; shift -= 4) {
        out[len++] = digits[v >> shift & 15];
        if (shift == 0)
            return str_of(out, len);
    }
}

static void sign(const struct hmac_key *key, struct str begin, struct str end,
                 char out[SIGNATURE_LEN])
{
    uint8_t digest[HMAC_BYTES];

    hmac_sha256(key, begin, end, digest);
    hex_encode(out, digest, SIGNATURE_LEN / 2);
}

void flow_id_mint(const struct flow_keys *k, int64_t begin_ms, char *out)
{
    uint8_t salt[SALT_LEN / 2];
    char text[MESSAGE_MAX];

    random_bytes(salt, sizeof salt);
    hex_encode(out, salt, sizeof salt);
    sign(&k->list[0], message(text, out, begin_ms), STR(""), out + SALT_LEN);
}

bool flow_id_is_one(struct str id)
{
    bool good = id.len == FLOW_ID_LEN;

    for (size_t i = 0; good && i < FLOW_ID_LEN; i++) {
        char c = id.ptr[i];

        good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }
    return good;
}

/* Does a key of ours sign this message so? */
static bool is_signed(const struct flow_keys *k, struct str begin, struct str end, const char *sent)
{
    char own[SIGNATURE_LEN];

    for (size_t i = 0; i < k->count; i++) {
        sign(&k->list[i], begin, end, own);
        if (CRYPTO_memcmp(own, sent, SIGNATURE_LEN) == 0)
            return true;
    }
    return false;
}

enum flow_id_verdict flow_id_verify(const struct flow_keys *k, struct str id, int64_t begin_ms,
                                    struct str user_agent)
{
    char text[MESSAGE_MAX];
    struct str signed_part;

    if (!flow_id_is_one(id))
        return FLOW_ID_INVALID;
    if (begin_ms < 0)
        return FLOW_ID_BAD_BEGIN;
    signed_part = message(text, id.ptr, begin_ms);
    if (is_signed(k, signed_part, STR(""), id.ptr + SALT_LEN))
        return FLOW_ID_VALID;
    if (k->user_agent) {
        text[signed_part.len++] = '\n';
        if (is_signed(k, signed_part, user_agent.ptr ? user_agent : STR(""), id.ptr + SALT_LEN))
            return FLOW_ID_VALID;
    }
    return FLOW_ID_BAD_SIGNATURE;
}

enum flow_id_verdict flow_id_age(const struct flow_keys *k, int64_t begin_ms, int64_t now_ms)
{
    CHECK(begin_ms >= 0);
    if (now_ms < begin_ms)
        return FLOW_ID_IN_FUTURE;
    return now_ms - begin_ms > k->expiry_ms ? FLOW_ID_EXPIRED : FLOW_ID_VALID;
}
