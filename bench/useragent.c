/* SPDX-License-Identifier: Apache-2.0 */
/* bench/useragent.c: what reading a User-Agent header costs.
 *
 *   bench_useragent .deps/uap-core/tests/test_ua.yaml ...
 *
 * Times of a hit in the cache; of a miss, for the agents in the files (first, with expressions yet
 * to be compiled, and again) and for made-up agents of 1 KiB that mean harm; and resident memory on
 * the way. Except where it
 * compiles, an agent counts with the best of three, since other processes interrupt. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/mem.h"
#include "privacy/useragent.h"
#include "privacy/useragent_match.h"

enum { AGENTS_MAX = 60000, LENGTH = 1024, ROUNDS = 3, HOSTILE = 10000, HITS = 2000000 };

static char *agents[AGENTS_MAX], *words[UAP_LITERALS_MAX];
static double times[AGENTS_MAX];
static size_t agent_count, word_count;
static struct uap *uap;
static uint64_t state = 42;

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static unsigned number(unsigned below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % below;
}

static long resident_kib(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    long all = 0, resident = 0;

    if (!f || fscanf(f, "%ld %ld", &all, &resident) != 2)
        fprintf(stderr, "no /proc/self/statm\n");
    if (f)
        fclose(f);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void read_agents(const char *path)
{
    yaml_parser_t parser;
    yaml_event_t ev;
    FILE *in = fopen(path, "rb");
    bool wanted = false, done = false;

    CHECK(in && yaml_parser_initialize(&parser));
    yaml_parser_set_input_file(&parser, in);
    while (!done) {
        CHECK(yaml_parser_parse(&parser, &ev));
        done = ev.type == YAML_STREAM_END_EVENT;
        if (ev.type == YAML_SCALAR_EVENT) {
            const char *text = (const char *)ev.data.scalar.value;

            if (wanted && agent_count < AGENTS_MAX)
                agents[agent_count++] = xmemdup(text, ev.data.scalar.length);
            wanted = !wanted && strcmp(text, "user_agent_string") == 0;
        }
        yaml_event_delete(&ev);
    }
    yaml_parser_delete(&parser);
    fclose(in);
}

/* Every literal of the automaton, by walking down from a state. */
static void collect_words(unsigned s, char *text, size_t len)
{
    if (uap_states[s].text)
        words[word_count++] = xmemdup(text, len);
    for (unsigned c = uap_states[s].first;
         c < uap_states[s].first + (unsigned)uap_states[s].children; c++) {
        text[len] = (char)uap_labels[c];
        collect_words(c, text, len + 1);
    }
}

/* What a miss does, without the cache. */
static double miss(struct str agent)
{
    static struct uap_scan scan;
    static struct uap_parts parts;
    double begin = now_us();

    uap_scan(&scan, agent);
    uap_match(uap, &scan, UAP_BROWSER, &parts);
    if (parts.expression < 0 || !(uap_expressions[parts.expression].flags & UAP_BOT))
        uap_is_spider(uap, &scan);
    uap_match(uap, &scan, UAP_SYSTEM, &parts);
    return now_us() - begin;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void report(const char *name, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += times[i];
    qsort(times, count, sizeof *times, compare);
    printf("%-22s %7zu  mean %6.1f  p50 %6.1f  p99 %6.1f  p99.9 %6.1f  max %6.1f us\n", name, count,
           sum / (double)count, times[count / 2], times[count * 99 / 100],
           times[count * 999 / 1000], times[count - 1]);
}

/* --- agents that mean harm --- */

static void fill(char *out, const char *text, size_t *len)
{
    for (; *text && *len < LENGTH; text++)
        out[(*len)++] = *text;
}

static void random_bytes_agent(char *out, size_t *len)
{
    while (*len < LENGTH)
        out[(*len)++] = (char)(' ' + number(95));
}

static void digits_agent(char *out, size_t *len)
{
    while (*len < LENGTH)
        out[(*len)++] = number(6) ? (char)('0' + number(10)) : "./_ -"[number(5)];
}

static void literals_agent(char *out, size_t *len)
{
    static const char *const between[] = {" ", "/", "", "; ", "-", "."};
    const char *separator = between[number(6)];

    while (*len < LENGTH) {
        size_t from = *len;

        fill(out, words[number((unsigned)word_count)], len);
        if (number(2) && out[from] >= 'a' && out[from] <= 'z')
            out[from] -= 32;
        fill(out, separator, len);
    }
}

static void agents_agent(char *out, size_t *len)
{
    while (*len < LENGTH) {
        const char *agent = agents[number((unsigned)agent_count)];

        for (unsigned i = 0; agent[i] && i < 70 && *len < LENGTH; i++)
            out[(*len)++] = agent[i] >= '0' && agent[i] <= '9' ? 'x' : agent[i];
    }
}

static void one_word_agent(char *out, size_t *len)
{
    static const char *const between[] = {" ", "/", "", "x", "1"};
    const char *word = words[number((unsigned)word_count)], *separator = between[number(5)];

    while (*len < LENGTH) {
        fill(out, word, len);
        fill(out, separator, len);
    }
}

static void slow_words_agent(char *out, size_t *len)
{
    static const char *const slow[] = {
        "bot",      "Bot",    "spider",  "crawl",    "Crawl",    "Android ",  "iPhone ",
        "Mozilla ", "Mobile", "LG",      "Build",    "/",        "a",         " ",
        "-",        "the ",   "; ",      "archiver", "[FB",      "CFNetwork", "MSIE 5.0;",
        "Chrome ",  "Safari", "Version", "Tablet;",  "Firefox ", "0",         "9."};
    const char *few[6];

    for (int i = 0; i < 6; i++)
        few[i] = slow[number(ARRAY_LEN(slow))];
    while (*len < LENGTH)
        fill(out, few[number(2 + (unsigned)(*len % 5))], len);
}

static double best_miss(struct str agent, int rounds)
{
    double best = 1e9;

    while (rounds-- > 0) {
        double t = miss(agent);

        best = t < best ? t : best;
    }
    return best;
}

static void from_files(const char *name, int rounds)
{
    for (size_t i = 0; i < agent_count; i++)
        times[i] = best_miss(str_slice(str_from(agents[i]), 0, UAP_AGENT_MAX), rounds);
    report(name, agent_count);
}

static void hostile(const char *name, void (*make)(char *out, size_t *len))
{
    for (size_t i = 0; i < HOSTILE; i++) {
        char agent[LENGTH];
        size_t len = 0;

        make(agent, &len);
        times[i] = best_miss(str_of(agent, len), ROUNDS);
    }
    report(name, HOSTILE);
}

static void hits(void)
{
    static const char agent[] =
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, "
        "like Gecko) Chrome/126.0.6478.127 Safari/537.36 x";
    struct arena *a = arena_new(4096, 4096);
    struct useragents *u;
    struct useragent ua;
    double begin = 0;

    CHECK(useragents_new(&u, NULL) == 0);
    for (int i = 0; i < HITS + 3; i++) {
        if (i == 3)
            begin = now_us();
        arena_reset(a);
        CHECK(useragent_parse(u, str_of(agent, sizeof agent - 1), a, &ua) == 0);
    }
    printf("hit, %zu bytes: %.0f ns\n", sizeof agent - 1, (now_us() - begin) * 1e3 / HITS);
    useragents_free(u);
    arena_free(a);
}

int main(int argc, char **argv)
{
    char text[256];
    long before;

    for (int i = 1; i < argc; i++)
        read_agents(argv[i]);
    CHECK(agent_count > 0);
    collect_words(0, text, 0);
    hits();
    before = resident_kib();
    uap = uap_new(false);
    from_files("files, compiling", 1);
    printf("memory: %ld KiB more after all agents of the files\n", resident_kib() - before);
    from_files("files", ROUNDS);
    uap_compile_all(uap);
    printf("memory: %ld KiB more with all expressions compiled\n", resident_kib() - before);
    hostile("random bytes", random_bytes_agent);
    hostile("digits", digits_agent);
    hostile("literals", literals_agent);
    hostile("agents without digits", agents_agent);
    hostile("one literal, repeated", one_word_agent);
    hostile("slow words", slow_words_agent);
    return 0;
}
