/* SPDX-License-Identifier: Apache-2.0 */
/* site.c: visits of a website: page views with where they came from, shares, searches. */
#include "base/mem.h"
#include "demo/visit.h"

#define HOST "https://www.example.org"

/* The first are read most. */
static const char *const pages[] = {
    "/",
    "/posts/blog/general/695-search-terms.html",
    "/posts/blog/general/702-a-week-without-cookies.html",
    "/posts/tutorials/unix/112-how-to-leave-the-editor.html",
    "/posts/",
    "/about.html",
    "/posts/tutorials/unix/98-reading-a-man-page.html",
    "/posts/blog/security/611-passwords-on-paper.html",
    "/posts/documentation/linux/240-mounting-disks.html",
    "/posts/blog/general/688-why-we-measure-less.html",
    "/posts/tutorials/git/171-undoing-a-commit.html",
    "/posts/news/2026/41-new-search.html",
    "/posts/tutorials/sql/133-window-functions.html",
    "/posts/documentation/general/77-writing-style.html",
    "/posts/blog/gardening/590-a-pond-on-the-roof.html",
    "/posts/tutorials/unix/115-pipes-and-files.html",
    "/posts/blog/general/671-the-slow-web.html",
    "/posts/documentation/linux/251-time-zones.html",
    "/posts/tutorials/git/178-bisecting.html",
    "/posts/blog/security/634-a-lost-key.html",
    "/posts/news/2026/38-rss-again.html",
    "/posts/tutorials/c/201-strings-with-lengths.html",
    "/posts/tutorials/c/205-errors-without-exceptions.html",
    "/contact.html",
    "/posts/blog/gardening/577-moss.html",
    "/posts/documentation/linux/260-a-small-mail-server.html",
    "/posts/blog/general/640-notes-on-notes.html",
    "/posts/tutorials/sql/139-counting-distinct-things.html",
    "/posts/news/2025/30-moved-house.html",
    "/posts/blog/cooking/512-bread.html",
    "/posts/blog/cooking/520-more-bread.html",
    "/posts/documentation/general/81-archive.html",
    "/imprint.html",
    "/posts/tutorials/unix/130-awk-in-an-hour.html",
    "/posts/blog/general/603-letters-from-readers.html",
    "/posts/blog/gardening/560-first-frost.html",
};

static const struct {
    const char *url, *domain, *utm_source, *utm_medium, *utm_campaign;
    unsigned weight;
} origins[] = {
    {NULL, NULL, NULL, NULL, NULL, 34},
    {"https://www.google.com/", "www.google.com", NULL, NULL, NULL, 30},
    {"https://duckduckgo.com/", "duckduckgo.com", NULL, NULL, NULL, 8},
    {"https://www.bing.com/", "www.bing.com", NULL, NULL, NULL, 6},
    {"https://news.ycombinator.com/", "news.ycombinator.com", NULL, NULL, NULL, 4},
    {"https://www.reddit.com/", "www.reddit.com", NULL, NULL, NULL, 3},
    {"https://social.example/", "social.example", "mastodon", "social", NULL, 4},
    {NULL, NULL, "newsletter", "email", "november", 5},
    {NULL, NULL, "newsletter", "email", "reading-list", 2},
    {"https://blog.example.net/links/", "blog.example.net", NULL, NULL, NULL, 3},
    {NULL, NULL, "partner", "referral", "spring", 1},
};

static const char *const networks[] = {"mastodon", "mastodon", "bluesky",  "linkedin",
                                       "reddit",   "facebook", "whatsapp", "hacker news"};
static const char *const links[] = {"blog.example.net/links/", "social.example/@garden",
                                    "www.example.com/", "git.example/weir"};
static const char *const searches[] = {
    "how to leave the editor",
    "cookies",
    "wie beende ich vi",
    "r\xc3\xa9initialiser git",
    "mount disk",
    "undo commit",
    "awk",
    "rss",
    "bread",
    "man page",
    "time zone",
    "passwort vergessen",
    "search terms",
    "count distinct",
};

static unsigned draw_origin(struct maker *m)
{
    unsigned at = (unsigned)rng_below(&m->rng, 100), i = 0;

    while (i + 1 < ARRAY_LEN(origins) && at >= origins[i].weight)
        at -= origins[i++].weight;
    return i;
}

static void start(struct traffic *t, struct visit *v)
{
    struct maker *m = traffic_maker(t);

    v->page = (uint32_t)rng_long_tail(&m->rng, ARRAY_LEN(pages));
    v->object = draw_origin(m);
    v->left = (uint16_t)(1 + (rng_chance(&m->rng, 480) ? 0 : rng_long_tail(&m->rng, 14)));
}

static void put_session(struct maker *m, const struct visit *v)
{
    char hex[8], text[9];
    uint8_t bytes[4];

    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(v->session >> (8 * i));
    hex_encode(hex, bytes, sizeof bytes);
    memcpy(text, hex, 4);
    text[4] = '-';
    memcpy(text + 5, hex + 4, 4);
    put_field(m, "session", str_of(text, sizeof text));
}

static void put_url(struct maker *m, const char *field, const char *path)
{
    char url[160];
    size_t len = strlen(path);

    memcpy(url, HOST, sizeof HOST - 1);
    memcpy(url + sizeof HOST - 1, path, len);
    put_str(m, field, str_of(url, sizeof HOST - 1 + len));
}

static void put_page(struct maker *m, const struct visit *v)
{
    put_context(m);
    put_url(m, "url", pages[v->page]);
    put_text(m, "path", pages[v->page]);
    put_text(m, "timezone", regions[v->region].timezone);
    put_text(m, "locale", regions[v->region].locale);
    if (*agents[v->agent].platform) {
        put_text(m, "platform", agents[v->agent].platform);
        put_text(m, "screen", agents[v->agent].screen);
    }
    if (!m->site_without_connection)
        put_connection(m, v);
}

static void put_view(struct maker *m, const struct visit *v)
{
    const bool first = v->step == 0;
    int64_t load_ms = 60 + (int64_t)rng_long_tail(&m->rng, agents[v->agent].mobile ? 4200 : 1900);

    put_open(m, v, "page.viewed");
    put_session(m, v);
    put_properties(m);
    if (first && origins[v->object].domain)
        put_text(m, "referrer_domain", origins[v->object].domain);
    put_int(m, "load_time_ms", load_ms);
    put_int(m, "pages_in_session", v->step + 1);
    put_page(m, v);
    if (!first)
        put_url(m, "referrer", pages[v->before]);
    else if (origins[v->object].url)
        put_text(m, "referrer", origins[v->object].url);
    if (first && origins[v->object].utm_source) {
        put_text(m, "utm_source", origins[v->object].utm_source);
        put_text(m, "utm_medium", origins[v->object].utm_medium);
        if (origins[v->object].utm_campaign)
            put_text(m, "utm_campaign", origins[v->object].utm_campaign);
    }
    put_close(m);
}

/* Something else than a view, on the page shown. */
static void put_other(struct maker *m, const struct visit *v)
{
    enum { SHARE, SEARCH, OUTBOUND, MISSING, IMAGE, TEST, TEST_NOTE };
    static const struct {
        unsigned below; /* of 100 */
        const char *name, *note;
    } what[] = {
        [SHARE] = {47, "socialClick", NULL},
        [SEARCH] = {85, "searchTermIntercepted", NULL},
        [OUTBOUND] = {90, "link.outbound", NULL},
        [MISSING] = {92, "page.not_found", NULL},
        [IMAGE] = {94, "page.counted", NULL},
        [TEST] = {97, "bentest", ""},
        [TEST_NOTE] = {100, "bentest2", "a note to try things out"},
    };
    unsigned at = (unsigned)rng_below(&m->rng, 100), kind = 0;

    while (at >= what[kind].below)
        kind++;
    put_open(m, v, what[kind].name);
    if (kind != IMAGE) /* no script, no session */
        put_session(m, v);
    put_properties(m);
    if (kind == SHARE)
        put_text(m, "note", pick(m, networks));
    else if (kind == SEARCH)
        put_text(m, "note", pick(m, searches));
    else if (kind == OUTBOUND)
        put_text(m, "note", pick(m, links));
    else if (what[kind].note)
        put_text(m, "note", what[kind].note);
    put_page(m, v);
    put_close(m);
}

static void step(struct traffic *t, struct visit *v)
{
    struct maker *m = traffic_maker(t);
    bool robot = v->agent >= agent_count;

    if (v->state == 1) {
        put_other(m, v);
    } else {
        put_view(m, v);
        v->before = v->page;
        v->step++;
        v->left--;
    }
    v->state = !robot && v->state == 0 && rng_chance(&m->rng, 90);
    if (v->state == 0 && v->left == 0)
        v->over = true;
    if (v->state == 0)
        v->page = (uint32_t)rng_long_tail(&m->rng, ARRAY_LEN(pages));
    v->at_us += rng_pause_us(&m->rng, 3, 420);
}

const struct visit_kind site_kinds[] = {
    {TRAFFIC_SITE, 125, PACE_LEISURE, true, start, step},
};
const size_t site_kind_count = ARRAY_LEN(site_kinds);
