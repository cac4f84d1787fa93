/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_useragent.c: any bytes as a User-Agent header. The answer must be text within its limits, and
 * the same when it comes from the cache; the filter must leave out nothing that matches. */
#include <stdint.h>

#include "base/arena.h"
#include "base/check.h"
#include "privacy/useragent.h"
#include "privacy/useragent_match.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_text(struct str s)
{
    CHECK(s.len <= 128);
    CHECK((s.ptr == NULL) == (s.len == 0));
    CHECK(str_is_utf8(s));
}

static void check_filter(struct uap *u, struct str agent)
{
    static struct uap_scan scan;
    static struct uap_parts filtered, all;

    uap_scan(&scan, str_slice(agent, 0, UAP_AGENT_MAX));
    for (int list = UAP_BROWSER; list <= UAP_SYSTEM; list++) {
        scan.everything = false;
        uap_match(u, &scan, (enum uap_list)list, &filtered);
        if (scan.spent)
            return;
        scan.everything = true;
        uap_match(u, &scan, (enum uap_list)list, &all);
        CHECK(filtered.expression == all.expression);
        for (int p = 0; p < UAP_PARTS; p++)
            CHECK(str_eq(filtered.part[p], all.part[p]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct useragents *u;
    static struct uap *uap;
    static struct arena *a;
    struct str agent = str_of(bytes, len);
    struct useragent first, again;

    if (!u) {
        CHECK(useragents_new(&u, NULL) == 0);
        uap = uap_new(false);
        a = arena_new(4096, 65536);
    }
    arena_reset(a);
    CHECK(useragent_parse(u, agent, a, &first) == 0);
    check_text(first.browser);
    check_text(first.version);
    check_text(first.os);
    for (int i = 0; i < 2; i++) {
        CHECK(useragent_parse(u, agent, a, &again) == 0);
        CHECK(str_eq(first.browser, again.browser) && str_eq(first.version, again.version));
        CHECK(str_eq(first.os, again.os) && first.bot == again.bot);
    }
    check_filter(uap, agent);
    return 0;
}
