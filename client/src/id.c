/* SPDX-License-Identifier: Apache-2.0 */
/* id.c: random bits by xoshiro256** in each thread, each from its own stream of one seed that the
 * system gave; a fork draws a new one. */
#include "id.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static struct {
    uint64_t words[4];
    uint64_t generation; /* 0: none yet. Only changed while no other thread makes ids */
    uint64_t streams; /* atomic */
} seed;

static __thread struct {
    uint64_t words[4];
    uint64_t generation;
} state __attribute__((tls_model("initial-exec")));

/* splitmix64: spreads similar numbers over all bits. */
static uint64_t spread(uint64_t *x)
{
    uint64_t z = *x += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void weir_id_seed(void)
{
    uint64_t words[4] = {0};

    /* Without the system's randomness (a filter of system calls), what differs between processes. */
    if (getrandom(words, sizeof words, 0) != (ssize_t)sizeof words) {
        words[0] = (uint64_t)weir_now_us();
        words[1] = (uint64_t)getpid();
        words[2] = (uint64_t)weir_uptime_us();
        words[3] = (uint64_t)(uintptr_t)words;
    }
    memcpy(seed.words, words, sizeof words);
    seed.generation++;
}

static void start_stream(void)
{
    uint64_t x = __atomic_fetch_add(&seed.streams, 1, __ATOMIC_RELAXED);

    for (int i = 0; i < 4; i++) {
        x ^= seed.words[i];
        state.words[i] = spread(&x);
    }
    state.generation = seed.generation;
}

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static uint64_t next_word(void)
{
    uint64_t *s = state.words, result, t;

    if (state.generation != seed.generation)
        start_stream();
    result = rotate(s[1] * 5, 7) * 9;
    t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t weir_id_random(uint64_t below)
{
    return below ? next_word() % below : 0;
}

void weir_id_make(unsigned char out[WEIR_ID_BYTES], int64_t now_us)
{
    uint64_t ms = (uint64_t)(now_us / 1000), a = next_word(), b = next_word();

    for (int i = 0; i < 6; i++)
        out[i] = (unsigned char)(ms >> (40 - 8 * i));
    memcpy(out + 6, &a, 2);
    memcpy(out + 8, &b, 8);
    out[6] = (unsigned char)(0x70 | (out[6] & 0x0f));
    out[8] = (unsigned char)(0x80 | (out[8] & 0x3f));
}

void weir_id_text(char out[WEIR_ID_TEXT], const unsigned char id[WEIR_ID_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;

    for (int i = 0; i < WEIR_ID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[at++] = '-';
        out[at++] = digits[id[i] >> 4];
        out[at++] = digits[id[i] & 15];
    }
}

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t weir_now_us(void)
{
    return clock_us(CLOCK_REALTIME);
}

int64_t weir_uptime_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}
