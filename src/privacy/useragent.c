/* SPDX-License-Identifier: Apache-2.0 */
/* useragent.c: from a User-Agent header to the four columns that are kept of it.
 *
 * browser is uap-core's family, version its major and minor part, os the system's family and the
 * same two parts. What uap-core calls "Other" is unknown. bot is true where the browser's
 * expression names programs without a person before them (tools/uap/bots.c has the list) or the
 * device is uap-core's "Spider". Leaves matching to useragent_match.c and memory of what was seen
 * to useragent_cache.c. */
#include "privacy/useragent.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "privacy/useragent_cache.h"
#include "privacy/useragent_match.h"

enum { TEXT_MAX = 128 }; /* bytes of each of the three texts; more is cut off */

struct useragents {
    struct uap *uap;
    struct uacache *cache;
};

/* What the cache keeps: this, and behind it the three texts. */
struct answer_head {
    uint8_t browser, version, os; /* lengths */
    bool bot;
};

_Static_assert(sizeof(struct answer_head) + 3 * TEXT_MAX <= UACACHE_ANSWER_MAX,
               "an answer must fit");

int useragents_new(struct useragents **out, struct err *err)
{
    struct useragents *u = xcalloc(1, sizeof *u);

    (void)err; /* tables of constants cannot fail to load; a future list from a file could */
    u->uap = uap_new(false);
    u->cache = uacache_new();
    *out = u;
    return 0;
}

void useragents_free(struct useragents *u)
{
    if (!u)
        return;
    uap_free(u->uap);
    uacache_free(u->cache);
    free(u);
}

/* A text being joined at the end of an answer. */
struct joined {
    struct uacache_answer *answer;
    size_t len;
};

/* Appends s as far as there is room; bytes that are no UTF-8, which agents may hold and expressions
 * may cut through, become "?". */
static void join(struct joined *j, struct str s)
{
    char *at = j->answer->bytes + j->answer->len;
    size_t len = str_utf8_cut(s, TEXT_MAX - j->len);
    bool plain;

    if (len == 0)
        return;
    plain = str_is_utf8(str_of(s.ptr, len));
    for (size_t i = 0; i < len; i++)
        at[i] = plain || !(s.ptr[i] & 0x80) ? s.ptr[i] : '?';
    j->answer->len += len;
    j->len += len;
}

/* "family major.minor", the version alone with no family; returns the length. */
static uint8_t join_parts(struct uacache_answer *answer, struct str family,
                          const struct str *version)
{
    struct joined j = {.answer = answer};

    join(&j, family);
    if (version && version[0].len) {
        if (j.len)
            join(&j, STR(" "));
        join(&j, version[0]);
        if (version[1].len) {
            join(&j, STR("."));
            join(&j, version[1]);
        }
    }
    return (uint8_t)j.len;
}

static bool is_known(const struct uap_parts *p)
{
    return p->part[0].len && !str_is(p->part[0], "Other");
}

/* okhttp, a library, is also what an app on Android says of itself, as an app on an iPhone says
 * CFNetwork; YandexSearch is an app with a browser. Counting their users as bots would be worse
 * than missing some bots. */
static bool is_app(struct str family)
{
    return str_is(family, "okhttp") || str_is(family, "YandexSearch");
}

static void parse(struct useragents *u, struct str agent, struct uacache_answer *answer)
{
    struct answer_head head = {0};
    struct uap_scan scan;
    struct uap_parts parts;
    bool app = false;

    uap_scan(&scan, agent);
    answer->len = sizeof head;
    if (uap_match(u->uap, &scan, UAP_BROWSER, &parts) && is_known(&parts)) {
        app = is_app(parts.part[0]);
        head.bot = !app && (uap_expressions[parts.expression].flags & UAP_BOT);
        head.browser = join_parts(answer, parts.part[0], NULL);
        head.version = join_parts(answer, STR_NONE, &parts.part[1]);
    }
    if (uap_match(u->uap, &scan, UAP_SYSTEM, &parts) && is_known(&parts))
        head.os = join_parts(answer, parts.part[0], &parts.part[1]);
    if (!head.bot && !app)
        head.bot = uap_is_spider(u->uap, &scan);
    memcpy(answer->bytes, &head, sizeof head);
}

static int unpack(const struct uacache_answer *answer, struct arena *a, struct useragent *out)
{
    struct answer_head head;
    struct str text = str_of(answer->bytes + sizeof head, answer->len - sizeof head);

    memcpy(&head, answer->bytes, sizeof head);
    CHECK((size_t)head.browser + head.version + head.os == text.len);
    if (text.len) {
        text = arena_copy(a, text);
        if (!text.ptr)
            return -1;
    }
    *out = (struct useragent){.bot = head.bot};
    if (head.browser)
        out->browser = str_slice(text, 0, head.browser);
    if (head.version)
        out->version = str_slice(text, head.browser, head.version);
    if (head.os)
        out->os = str_slice(text, (size_t)head.browser + head.version, head.os);
    return 0;
}

int useragent_parse(struct useragents *u, struct str header, struct arena *a, struct useragent *out)
{
    struct uacache_answer answer;
    uint64_t hash;

    header = str_slice(header, 0, UAP_AGENT_MAX);
    if (header.len == 0) {
        *out = (struct useragent){.bot = false};
        return 0;
    }
    hash = str_hash(header);
    if (!uacache_get(u->cache, header, hash, &answer)) {
        parse(u, header, &answer);
        uacache_put(u->cache, header, hash, &answer);
    }
    return unpack(&answer, a, out);
}
