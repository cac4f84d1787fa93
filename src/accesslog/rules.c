/* SPDX-License-Identifier: Apache-2.0 */
/* rules.c: the questions in their order: agent, path, API, method, status, content type, extension.
 *
 * Where the log has no content type, or the answer had none (as a 304 has), an asset is told by its
 * extension. An API call counts with every method but HEAD and OPTIONS, where it succeeded and where it
 * found nothing. */
#include "accesslog/rules.h"

#include "base/check.h"
#include "base/mem.h"
#include "catalogue/pattern.h"

enum { STATUSES = 1000, EXTENSION_MAX = 16, ASSETS_SIZE = 256 };

struct place {
    struct str prefix;
    struct pattern *expression; /* NULL: a prefix */
};

struct places {
    struct place *items;
    size_t count;
};

struct access_rules {
    struct access_rules_opts words;
    struct places api, paths, targets;
    bool statuses[STATUSES];
    struct str assets[ASSETS_SIZE]; /* open addressing */
    size_t asset_count;
    enum access_query query;
    struct str query_names;
};

static const char *const default_methods[] = {"GET"};
static const char *const default_statuses[] = {"2xx", "304"};
static const char *const default_types[] = {"text/html", "application/xhtml+xml"};
/* Health checks by what platforms send. */
static const char *const default_agents[] = {"diego-healthcheck", "ELB-HealthChecker/2.0",
                                             "GoogleHC/1.0", "Consul Health Check", "Envoy/HC"};
static const char *const default_assets[] = {
    "css",  "js",   "mjs",  "map",  "json", "xml",  "txt",  "ico",   "png",  "jpg",        "jpeg",
    "gif",  "webp", "avif", "svg",  "bmp",  "tif",  "tiff", "mp3",   "mp4",  "m4a",        "m4v",
    "ogg",  "oga",  "ogv",  "wav",  "webm", "flac", "woff", "woff2", "ttf",  "otf",        "eot",
    "wasm", "pdf",  "zip",  "gz",   "tgz",  "bz2",  "xz",   "zst",   "7z",   "rar",        "tar",
    "iso",  "dmg",  "deb",  "rpm",  "exe",  "msi",  "apk",  "jar",   "rss",  "atom",       "csv",
    "doc",  "docx", "xls",  "xlsx", "ppt",  "pptx", "odt",  "ods",   "epub", "webmanifest"};

#define WORDS(list)                                                                                \
    (struct access_words)                                                                          \
    {                                                                                              \
        (list), ARRAY_LEN(list)                                                                    \
    }

const char *access_verdict_name(enum access_verdict v)
{
    static const char *const names[ACCESS_VERDICTS] = {
        "page", "API call", "agent", "path", "method", "status", "content type", "asset"};

    return names[v];
}

/* --- the lists ------------------------------------------------------------------------------------ */

static bool has_word(struct access_words words, struct str word)
{
    for (size_t i = 0; i < words.count; i++)
        if (str_is(word, words.items[i]))
            return true;
    return false;
}

static int read_places(struct places *out, struct access_words words, const char *option,
                       struct err *err)
{
    out->items = xcalloc(words.count + 1, sizeof *out->items);
    for (size_t i = 0; i < words.count; i++) {
        struct str word = str_from(words.items[i]), rest = str_slice(word, 1, word.len);
        struct place *place = &out->items[out->count++];

        place->prefix = word;
        if (word.len == 0)
            return err_set(err, ERR_USAGE, "%s: an empty prefix is all there is", option);
        if (word.ptr[0] != '~')
            continue;
        if (pattern_is_risky(rest))
            return err_set(err, ERR_USAGE,
                           "%s: a repeated group whose parts may repeat, such as (a+)+, can take "
                           "for ever",
                           option);
        place->expression = pattern_new_search(rest, err);
        if (!place->expression) {
            err->code = ERR_USAGE;
            return err_prefix(err, "%s: the expression", option);
        }
    }
    return 0;
}

static void free_places(struct places *p)
{
    for (size_t i = 0; i < p->count; i++)
        pattern_free(p->items[i].expression);
    free(p->items);
}

static bool is_in(const struct places *p, struct str text)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct place *place = &p->items[i];

        if (place->expression ? pattern_matches(place->expression, text)
                              : str_starts(text, place->prefix))
            return true;
    }
    return false;
}

/* 200, 2xx or 200-299. */
static int read_status(struct access_rules *r, struct str word)
{
    struct str rest = word, low = str_split(&rest, '-');
    uint64_t from, to;

    if (word.len == 3 && str_ends(word, STR("xx")) && word.ptr[0] >= '1' && word.ptr[0] <= '9') {
        from = (uint64_t)(word.ptr[0] - '0') * 100;
        to = from + 99;
    } else if (str_to_u64(low, &from) < 0 || (rest.ptr && str_to_u64(rest, &to) < 0)) {
        return -1;
    } else if (!rest.ptr) {
        to = from;
    }
    if (from < 100 || to >= STATUSES || from > to)
        return -1;
    for (uint64_t s = from; s <= to; s++)
        r->statuses[s] = true;
    return 0;
}

static int read_statuses(struct access_rules *r, struct err *err)
{
    struct access_words words = r->words.statuses;

    for (size_t i = 0; i < words.count; i++) {
        struct str rest = str_from(words.items[i]);

        while (rest.ptr)
            if (read_status(r, str_trim(str_split(&rest, ','))) < 0)
                return err_set(err, ERR_USAGE, "--status takes 200, 2xx or 200-299, with commas");
    }
    return 0;
}

/* Up to 16 small letters; no hash needs to be better for some hundred words. */
static struct str *asset_place(struct access_rules *r, struct str extension)
{
    unsigned h = 0;

    for (size_t i = 0; i < extension.len; i++)
        h = h * 31 + (unsigned char)extension.ptr[i];
    for (;; h++) {
        struct str *place = &r->assets[h % ASSETS_SIZE];

        if (!place->ptr || str_eq(*place, extension))
            return place;
    }
}

static int read_assets(struct access_rules *r, struct access_words words, struct err *err)
{
    for (size_t i = 0; i < words.count; i++) {
        struct str word = str_from(words.items[i]);
        bool fits = word.len > 0 && word.len <= EXTENSION_MAX;

        for (size_t k = 0; k < word.len; k++)
            fits = fits && word.ptr[k] != '.' && ascii_lower(word.ptr[k]) == word.ptr[k];
        if (!fits)
            return err_set(err, ERR_USAGE, "--asset takes an extension in small letters, as: ics");
        *asset_place(r, word) = word;
    }
    return 0;
}

static bool is_asset(const struct access_rules *r, struct str path)
{
    char text[EXTENSION_MAX];
    size_t at = path.len, len;

    while (at > 0 && path.ptr[at - 1] != '.' && path.ptr[at - 1] != '/' &&
           path.len - at <= EXTENSION_MAX)
        at--;
    len = path.len - at;
    if (at == 0 || len == 0 || len > EXTENSION_MAX || path.ptr[at - 1] != '.')
        return false;
    for (size_t i = 0; i < len; i++)
        text[i] = ascii_lower(path.ptr[at + i]);
    return asset_place((struct access_rules *)(uintptr_t)r, str_of(text, len))->ptr;
}

/* --- making --------------------------------------------------------------------------------------- */

static int read_query(struct access_rules *r, struct err *err)
{
    struct str word = str_from(r->words.query ? r->words.query : "drop");

    r->query = ACCESS_QUERY_NAMED;
    r->query_names = word;
    if (str_is(word, "drop"))
        r->query = ACCESS_QUERY_DROP;
    else if (str_is(word, "keep"))
        r->query = ACCESS_QUERY_KEEP;
    else if (word.len == 0)
        return err_set(err, ERR_USAGE, "--query is drop, keep, or names of parameters with commas");
    return 0;
}

static struct access_words or_default(struct access_words given, struct access_words standard)
{
    return given.count ? given : standard;
}

int access_rules_new(struct access_rules **out, const struct access_rules_opts *opts,
                     struct err *err)
{
    struct access_rules *r = xcalloc(1, sizeof *r);

    r->words = *opts;
    r->words.methods = or_default(opts->methods, WORDS(default_methods));
    r->words.statuses = or_default(opts->statuses, WORDS(default_statuses));
    r->words.types = or_default(opts->types, WORDS(default_types));
    if (read_statuses(r, err) < 0 || read_assets(r, WORDS(default_assets), err) < 0 ||
        read_assets(r, opts->assets, err) < 0 || read_query(r, err) < 0 ||
        read_places(&r->api, opts->api, "--api", err) < 0 ||
        read_places(&r->paths, opts->paths, "--exclude-path", err) < 0 ||
        read_places(&r->targets, opts->targets, "--exclude-target", err) < 0) {
        access_rules_free(r);
        return -1;
    }
    *out = r;
    return 0;
}

void access_rules_free(struct access_rules *r)
{
    if (!r)
        return;
    free_places(&r->api);
    free_places(&r->paths);
    free_places(&r->targets);
    free(r);
}

/* --- judging -------------------------------------------------------------------------------------- */

static bool is_excluded_agent(const struct access_rules *r, struct str agent)
{
    if (!agent.ptr)
        return false;
    return (!r->words.no_agents && has_word(WORDS(default_agents), agent)) ||
           has_word(r->words.agents, agent);
}

/* Path and query lie behind one another in the log; where they do not, they are joined. */
static bool is_excluded_target(const struct access_rules *r, const struct access *a)
{
    AUTO_FREE char *joined = NULL;

    if (r->targets.count == 0)
        return false;
    if (!a->query.ptr)
        return is_in(&r->targets, a->path);
    joined = xmalloc(a->path.len + 1 + a->query.len);
    memcpy(joined, a->path.ptr, a->path.len);
    joined[a->path.len] = '?';
    memcpy(joined + a->path.len + 1, a->query.ptr, a->query.len);
    return is_in(&r->targets, str_of(joined, a->path.len + 1 + a->query.len));
}

static bool is_page_type(const struct access_rules *r, struct str type)
{
    type = str_trim(str_slice(type, 0, str_find(type, ';')));
    for (size_t i = 0; i < r->words.types.count; i++)
        if (str_eq_nocase(type, str_from(r->words.types.items[i])))
            return true;
    return false;
}

static enum access_verdict judge_api(const struct access_rules *r, const struct access *a)
{
    if (str_is(a->method, "HEAD") || str_is(a->method, "OPTIONS"))
        return ACCESS_SKIP_METHOD;
    return r->statuses[a->status] || a->status == 404 ? ACCESS_API : ACCESS_SKIP_STATUS;
}

enum access_verdict access_judge(const struct access_rules *r, const struct access *a)
{
    CHECK(a->path.ptr && a->method.ptr && a->status >= 0 && a->status < STATUSES);
    if (is_excluded_agent(r, a->user_agent))
        return ACCESS_SKIP_AGENT;
    if (is_in(&r->paths, a->path) || is_excluded_target(r, a))
        return ACCESS_SKIP_PATH;
    if (is_in(&r->api, a->path))
        return judge_api(r, a);
    if (!has_word(r->words.methods, a->method))
        return ACCESS_SKIP_METHOD;
    if (!r->statuses[a->status])
        return ACCESS_SKIP_STATUS;
    if (a->content_type.ptr)
        return is_page_type(r, a->content_type) ? ACCESS_PAGE : ACCESS_SKIP_TYPE;
    return is_asset(r, a->path) ? ACCESS_SKIP_ASSET : ACCESS_PAGE;
}

enum access_query access_rules_query(const struct access_rules *r)
{
    return r->query;
}

bool access_rules_keeps(const struct access_rules *r, struct str name)
{
    struct str rest = r->query_names;

    while (rest.ptr)
        if (str_eq(str_trim(str_split(&rest, ',')), name))
            return true;
    return false;
}
