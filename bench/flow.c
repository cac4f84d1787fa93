/* SPDX-License-Identifier: Apache-2.0 */
/* bench/flow.c: what minting and verifying a flow id cost, beside a bare HMAC-SHA256 of the same text.
 *
 *   bench_flow [ROUNDS]       prints nanoseconds of CPU, and the ratios to the bare HMAC; 41 rounds
 *
 * The bare one is OpenSSL's one call with the key given each time, HMAC(EVP_sha256(), ...), and,
 * stricter, hmac_sha256 with a prepared key: two blocks of the hash and nothing else. The rounds go by
 * turns and the median counts, since other processes interrupt. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/flow_id.h"
#include "privacy/hmac.h"

enum { CALLS = 20000, ROUNDS_MAX = 1001 };

#define BEGIN INT64_C(1795325460000)

static const struct str keys[] = {STR("bench-key-of-thirty-two-bytes-01"),
                                  STR("bench-key-of-thirty-two-bytes-02")};
static const char text[] = "1234567890abcdef1234567890abcdef\n1a202c51fa0"; /* 44 bytes */

static struct flow_keys *one, *two;
static struct hmac_key prepared;
static char id[FLOW_ID_LEN];
static volatile unsigned sink;

static void openssl_call(void)
{
    unsigned char out[32];
    unsigned len = sizeof out;

    CHECK(HMAC(EVP_sha256(), keys[0].ptr, (int)keys[0].len, (const unsigned char *)text,
               sizeof text - 1, out, &len));
    sink += out[0];
}

static void prepared_call(void)
{
    uint8_t out[HMAC_BYTES];

    hmac_sha256(&prepared, str_of(text, sizeof text - 1), STR(""), out);
    sink += out[0];
}

static void mint_call(void)
{
    char out[FLOW_ID_LEN];

    flow_id_mint(one, BEGIN, out);
    sink += (unsigned)out[0];
}

static void verify_call(void)
{
    CHECK(flow_id_verify(one, str_of(id, sizeof id), BEGIN, STR_NONE) == FLOW_ID_VALID);
}

static void verify_second_call(void)
{
    CHECK(flow_id_verify(two, str_of(id, sizeof id), BEGIN, STR_NONE) == FLOW_ID_VALID);
}

static const struct {
    const char *name;
    void (*call)(void);
} kinds[] = {
    {"openssl", openssl_call},
    {"bare", prepared_call},
    {"mint", mint_call},
    {"verify", verify_call},
    {"verify_second_key", verify_second_call},
};

static double times[ARRAY_LEN(kinds)][ROUNDS_MAX];

static double cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(size_t kind, size_t rounds)
{
    qsort(times[kind], rounds, sizeof *times[kind], compare);
    return times[kind][rounds / 2];
}

int main(int argc, char **argv)
{
    const struct str turned[] = {keys[1], keys[0]};
    uint64_t rounds = 41;
    double bare, openssl;

    if (argc > 2 || (argc == 2 && (str_to_u64(str_from(argv[1]), &rounds) < 0 || rounds == 0 ||
                                   rounds > ROUNDS_MAX))) {
        fprintf(stderr, "usage: bench_flow [ROUNDS]\n");
        return 2;
    }
    one = flow_keys_new(&(struct flow_keys_opts){.keys = keys, .count = 1, .expiry_ms = 1});
    two = flow_keys_new(&(struct flow_keys_opts){.keys = turned, .count = 2, .expiry_ms = 1});
    hmac_prepare(&prepared, keys[0].ptr, keys[0].len);
    flow_id_mint(one, BEGIN, id);
    for (size_t round = 0; round < rounds; round++)
        for (size_t kind = 0; kind < ARRAY_LEN(kinds); kind++) {
            double begin = cpu_ns();

            for (int i = 0; i < CALLS; i++)
                kinds[kind].call();
            times[kind][round] = (cpu_ns() - begin) / CALLS;
        }
    openssl = median(0, rounds);
    bare = median(1, rounds);
    for (size_t kind = 0; kind < ARRAY_LEN(kinds); kind++) {
        double t = kind < 2 ? (kind ? bare : openssl) : median(kind, rounds);

        printf("%-18s %7.1f ns  %5.2f of bare  %5.2f of openssl\n", kinds[kind].name, t, t / bare,
               t / openssl);
    }
    flow_keys_free(one);
    flow_keys_free(two);
    return 0;
}
