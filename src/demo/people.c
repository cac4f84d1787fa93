/* SPDX-License-Identifier: Apache-2.0 */
/* people.c: who is about, where, and with which browser.
 *
 * A person is a number; everything about them is a scramble of that number and the seed, so that a
 * population of any size takes no memory. Low numbers are far more active than high ones. */
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/str.h"
#include "demo/visit.h"

const struct region regions[] = {
    {"en-GB", "Europe/London", 0, 190},         {"de-DE", "Europe/Berlin", 60, 120},
    {"fr-FR", "Europe/Paris", 60, 85},          {"es-ES", "Europe/Madrid", 60, 45},
    {"it-IT", "Europe/Rome", 60, 40},           {"nl-NL", "Europe/Amsterdam", 60, 38},
    {"pl-PL", "Europe/Warsaw", 60, 36},         {"sv-SE", "Europe/Stockholm", 60, 22},
    {"de-CH", "Europe/Zurich", 60, 18},         {"fi-FI", "Europe/Helsinki", 120, 12},
    {"en-US", "America/New_York", -300, 130},   {"en-US", "America/Chicago", -360, 60},
    {"en-US", "America/Los_Angeles", -480, 70}, {"en-CA", "America/Toronto", -300, 24},
    {"pt-BR", "America/Sao_Paulo", -180, 36},   {"en-IN", "Asia/Kolkata", 330, 50},
    {"ja-JP", "Asia/Tokyo", 540, 30},           {"en-AU", "Australia/Sydney", 600, 22},
    {"en-ZA", "Africa/Johannesburg", 120, 10},
};
const size_t region_count = ARRAY_LEN(regions);

#define KIT "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/"
#define WINDOWS "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
#define MAC "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
#define LINUX "Mozilla/5.0 (X11; Linux x86_64) "
#define ANDROID "Mozilla/5.0 (Linux; Android 10; K) "
#define IPHONE(v)                                                                                  \
    "Mozilla/5.0 (iPhone; CPU iPhone OS " v                                                        \
    " like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
#define SAFARI "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/"

/* clang-format off */
const struct agent agents[] = {
    {WINDOWS KIT "142.0.0.0 Safari/537.36", "Win32", "1920x1080", 150, false},
    {WINDOWS KIT "141.0.0.0 Safari/537.36", "Win32", "1920x1080", 60, false},
    {WINDOWS KIT "140.0.0.0 Safari/537.36", "Win32", "1536x864", 20, false},
    {WINDOWS KIT "109.0.0.0 Safari/537.36", "Win32", "1366x768", 4, false},
    {WINDOWS KIT "142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Win32", "1920x1080", 62, false},
    {WINDOWS KIT "141.0.0.0 Safari/537.36 Edg/141.0.0.0", "Win32", "1536x864", 24, false},
    {WINDOWS KIT "140.0.0.0 Safari/537.36 OPR/124.0.0.0", "Win32", "1920x1080", 10, false},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0", "Win32", "1920x1080", 34, false},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0", "Win32", "2560x1440", 10, false},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Win32", "1366x768", 8, false},
    {"Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0", "Win32", "1366x768", 3, false},
    {MAC SAFARI "26.0 Safari/605.1.15", "MacIntel", "1512x982", 46, false},
    {MAC SAFARI "18.6 Safari/605.1.15", "MacIntel", "1440x900", 40, false},
    {MAC SAFARI "17.6 Safari/605.1.15", "MacIntel", "1440x900", 12, false},
    {MAC KIT "142.0.0.0 Safari/537.36", "MacIntel", "1728x1117", 58, false},
    {MAC KIT "141.0.0.0 Safari/537.36", "MacIntel", "1728x1117", 20, false},
    {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0", "MacIntel", "1440x900", 14, false},
    {LINUX KIT "142.0.0.0 Safari/537.36", "Linux x86_64", "1920x1080", 14, false},
    {"Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Linux x86_64", "1920x1080", 16, false},
    {"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "Linux x86_64", "2560x1440", 8, false},
    {"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " KIT "141.0.0.0 Safari/537.36", "Linux x86_64", "1366x768", 12, false},
    {IPHONE("26_0") "Version/26.0 Mobile/15E148 Safari/604.1", "iPhone", "393x852", 92, true},
    {IPHONE("18_6") "Version/18.6 Mobile/15E148 Safari/604.1", "iPhone", "390x844", 84, true},
    {IPHONE("17_7") "Version/17.7 Mobile/15E148 Safari/604.1", "iPhone", "375x812", 18, true},
    {IPHONE("16_7") "Version/16.6 Mobile/15E148 Safari/604.1", "iPhone", "375x667", 6, true},
    {IPHONE("18_6") "CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1", "iPhone", "430x932", 18, true},
    {IPHONE("18_6") "FxiOS/144.0 Mobile/15E148 Safari/605.1.15", "iPhone", "390x844", 5, true},
    {"Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) " SAFARI "18.6 Mobile/15E148 Safari/604.1", "iPad", "820x1180", 16, true},
    {ANDROID KIT "142.0.0.0 Mobile Safari/537.36", "Linux armv81", "412x915", 120, true},
    {ANDROID KIT "141.0.0.0 Mobile Safari/537.36", "Linux armv81", "384x832", 52, true},
    {ANDROID KIT "138.0.0.0 Mobile Safari/537.36", "Linux armv81", "360x800", 22, true},
    {ANDROID "AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "Linux armv81", "360x780", 34, true},
    {"Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0", "Linux armv81", "412x915", 16, true},
    {"Mozilla/5.0 (Android 14; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0", "Linux armv81", "393x851", 6, true},
    /* Robots. */
    {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "", "", 40, false},
    {"Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "", "", 22, false},
    {"Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "", "", 12, false},
    {"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)", "", "", 14, false},
    {"Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)", "", "", 6, false},
    {"Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "", "", 4, false},
    {"curl/8.14.1", "", "", 2, false},
};
/* clang-format on */
enum { ROBOTS = 7 };
const size_t robot_count = ROBOTS, agent_count = ARRAY_LEN(agents) - ROBOTS;

uint64_t people_hash(const struct maker *m, uint64_t person, unsigned salt)
{
    return rng_mix(m->seed ^ rng_mix(person * 64 + salt));
}

/* The entry that `at` falls on, when entries lie side by side as wide as their weights. */
static unsigned weighted_agent(size_t from, size_t count, uint64_t hash, int mobile)
{
    uint64_t sum = 0, at;

    for (size_t i = from; i < from + count; i++)
        sum += mobile < 0 || agents[i].mobile == mobile ? agents[i].weight : 0;
    at = hash % sum;
    for (size_t i = from; i < from + count; i++) {
        if (mobile >= 0 && agents[i].mobile != mobile)
            continue;
        if (at < agents[i].weight)
            return (unsigned)i;
        at -= agents[i].weight;
    }
    return (unsigned)from;
}

unsigned people_device_count(const struct maker *m, uint64_t person)
{
    uint64_t h = people_hash(m, person, 1) % 100;

    return h < 38 ? 1 : h < 86 ? 2 : DEVICES_MAX;
}

/* The first device is of any kind, the second of the other kind than most, the third of any. */
void people_use_device(struct maker *m, struct visit *v, unsigned device)
{
    uint64_t hash = people_hash(m, v->person, 8 + device);

    v->device = (uint8_t)device;
    v->agent = (uint8_t)weighted_agent(0, agent_count, hash, device == 1 ? hash % 8 != 0 : -1);
}

void people_become(struct maker *m, struct visit *v, uint64_t person)
{
    uint64_t at = people_hash(m, person, 0) % 1038; /* the sum of the weights */
    size_t i = 0;

    while (i + 1 < region_count && at >= regions[i].weight)
        at -= regions[i++].weight;
    v->person = person;
    v->region = (uint8_t)i;
    people_use_device(m, v,
                      rng_chance(&m->rng, 650)
                          ? 0
                          : (unsigned)rng_below(&m->rng, people_device_count(m, person)));
}

void people_pick(struct maker *m, struct visit *v, enum pace_kind pace)
{
    for (int tries = 0; tries < 24; tries++) {
        people_become(m, v, rng_long_tail(&m->rng, m->people));
        if (rng_below(&m->rng, 256) < pace_level(pace, v->at_us, regions[v->region].offset_minutes))
            return;
    }
}

void people_become_robot(struct maker *m, struct visit *v)
{
    v->person = UINT64_C(1) << 40 | rng_below(&m->rng, 40);
    v->region = 0;
    v->device = 0;
    v->agent = (uint8_t)weighted_agent(agent_count, robot_count, people_hash(m, v->person, 2), -1);
}

/* 198.18.0.0/15 is for benchmarks (RFC 2544), 2001:db8::/32 for documentation (RFC 3849). One
 * address for each device and week. */
size_t people_ip(const struct maker *m, const struct visit *v, char *out)
{
    uint64_t week = (uint64_t)(v->at_us / (7 * 24 * HOUR_US));
    uint64_t h = people_hash(m, v->person, 16 + v->device) ^ rng_mix(week);
    uint8_t bytes[6];
    char hex[12];
    size_t len = 0;

    h = rng_mix(h);
    if (h % 100 < 28) { /* 2001:db8:xxxx:xxxx::xxxx */
        for (int i = 0; i < 6; i++)
            bytes[i] = (uint8_t)(h >> (16 + 8 * i));
        hex_encode(hex, bytes, sizeof bytes);
        memcpy(out, "2001:db8:", 9);
        memcpy(out + 9, hex, 4);
        out[13] = ':';
        memcpy(out + 14, hex + 4, 4);
        memcpy(out + 18, "::", 2);
        memcpy(out + 20, hex + 8, 4);
        return 24;
    }
    memcpy(out, h >> 60 & 1 ? "198.18." : "198.19.", 7);
    len = 7;
    for (int part = 0; part < 2; part++) {
        unsigned byte = (unsigned)(h >> (32 + 8 * part) & 0xFF);

        if (byte >= 100)
            out[len++] = (char)('0' + byte / 100);
        if (byte >= 10)
            out[len++] = (char)('0' + byte / 10 % 10);
        out[len++] = (char)('0' + byte % 10);
        if (part == 0)
            out[len++] = '.';
    }
    return len;
}
