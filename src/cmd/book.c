/* SPDX-License-Identifier: Apache-2.0 */
/* book.c: the engine's own copy of the catalogue, read again when the collector has reloaded it.
 *
 * The JSON is made once for each catalogue, by whoever reads it; who asks copies it. A copy of its own,
 * since the models own the other one and end it when they like. */
#include "cmd/book.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/mem.h"
#include "base/str.h"
#include "catalogue/describe.h"
#include "cmd/read_catalogue.h"
#include "event/fault.h"

enum { TEXT_MAX = 60 << 20, ARENA_KEPT = 4096, ARENA_MAX = 1 << 20 };

struct book {
    const struct settings *settings;
    struct console_catalogue callbacks;
    pthread_rwlock_t lock;
    /* guarded by lock */
    struct catalogue *catalogue; /* NULL: none has loaded yet */
    struct buf text;
    struct console_catalogue_hash hash;
    struct err why_none;
};

static int busy(struct err *err, const struct err *why)
{
    return err_set(err, ERR_BUSY, "the engine has no catalogue yet; weir check says more: %s",
                   why->text);
}

static int put(void *ctx, struct console_catalogue_hash *hash, struct buf *out, struct err *err)
{
    struct book *b = ctx;
    int status = 0;

    pthread_rwlock_rdlock(&b->lock);
    if (!b->catalogue)
        status = busy(err, &b->why_none);
    else if (buf_failed(&b->text))
        status = err_set(err, ERR_LIMIT, "the catalogue's description takes more than %d MiB",
                         TEXT_MAX >> 20);
    else
        buf_str(out, buf_as_str(&b->text));
    *hash = b->hash;
    pthread_rwlock_unlock(&b->lock);
    return status;
}

static int hash(void *ctx, struct console_catalogue_hash *out)
{
    struct book *b = ctx;
    int status;

    pthread_rwlock_rdlock(&b->lock);
    status = b->catalogue ? 0 : -1;
    *out = b->hash;
    pthread_rwlock_unlock(&b->lock);
    return status;
}

static void put_or_null(struct buf *out, const char *key, struct str value)
{
    buf_printf(out, ",\"%s\":", key);
    if (value.ptr)
        buf_json(out, value);
    else
        buf_str(out, STR("null"));
}

/* The entry of a name; NULL: none takes it. */
static const struct catalogue_event *find(const struct catalogue *c, struct str name)
{
    struct arena *a = arena_new(ARENA_KEPT, ARENA_MAX);
    struct catalogue_match match = {0};
    bool found = catalogue_match_stored(c, name, a, &match) == 0;

    arena_free(a);
    return found ? match.event : NULL;
}

static int match(void *ctx, struct str name, struct str property, struct buf *out, struct err *err)
{
    const struct catalogue_event *ev;
    struct book *b = ctx;

    pthread_rwlock_rdlock(&b->lock);
    if (!b->catalogue) {
        busy(err, &b->why_none);
        pthread_rwlock_unlock(&b->lock);
        return -1;
    }
    ev = find(b->catalogue, name);
    buf_str(out, STR("{\"name\":"));
    buf_json(out, name);
    put_or_null(out, "event", ev ? catalogue_event_name(ev) : STR_NONE);
    put_or_null(out, "nearest", ev ? STR_NONE : catalogue_suggest_event(b->catalogue, name));
    put_or_null(out, "nearest_property",
                ev && property.ptr ? catalogue_suggest_property(ev, property) : STR_NONE);
    buf_char(out, '}');
    pthread_rwlock_unlock(&b->lock);
    return 0;
}

/* What the settings say of who sends: the catalogue's `sources` name them. */
static void put_sources(struct buf *out, const struct settings *s)
{
    static const char *const kinds[] = {
        [SOURCE_SERVER] = "server", [SOURCE_BROWSER] = "browser", [SOURCE_GATEWAY] = "gateway"};

    buf_str(out, STR(",\"sources\":["));
    for (size_t i = 0; i < s->source_count; i++) {
        buf_str(out, i ? STR(",{\"name\":") : STR("{\"name\":"));
        buf_json(out, str_from(s->sources[i].name));
        buf_printf(out, ",\"kind\":\"%s\",\"strict\":%s}", kinds[s->sources[i].kind],
                   s->sources[i].strict ? "true" : "false");
    }
    buf_char(out, ']');
}

static void describe(struct buf *out, const struct console_catalogue_hash *hex,
                     const struct settings *s, const struct catalogue *c)
{
    buf_printf(out, "\"hash\":\"%.*s\",\"folder\":", (int)sizeof hex->hex, hex->hex);
    buf_json(out, str_from(s->catalogue));
    put_sources(out, s);
    buf_str(out, STR(",\"events\":"));
    catalogue_put_json(out, c);
}

/* By all that is told, so that another version or other settings make another tag. */
static void tag(struct console_catalogue_hash *out, struct str text)
{
    unsigned char digest[CATALOGUE_HASH_BYTES];

    CHECK(EVP_Digest(text.ptr, text.len, digest, NULL, EVP_sha256(), NULL) == 1);
    hex_encode(out->hex, digest, sizeof digest);
}

struct book *book_new(const struct settings *s)
{
    struct book *b = xcalloc(1, sizeof *b);

    b->settings = s;
    b->callbacks = (struct console_catalogue){put, hash, match, b};
    buf_init(&b->text, TEXT_MAX);
    CHECK(pthread_rwlock_init(&b->lock, NULL) == 0);
    err_set(&b->why_none, ERR_BUSY, "it is not read yet");
    return b;
}

void book_free(struct book *b)
{
    if (!b)
        return;
    catalogue_free(b->catalogue);
    buf_free(&b->text);
    pthread_rwlock_destroy(&b->lock);
    free(b);
}

void book_read(struct book *b)
{
    struct catalogue *next = NULL, *before;
    struct console_catalogue_hash hex;
    struct err err = {0};
    struct buf text;

    if (read_catalogue(b->settings, READ_SAY_NOTHING, &next, &err) < 0) {
        pthread_rwlock_wrlock(&b->lock);
        b->why_none = err;
        pthread_rwlock_unlock(&b->lock);
        return;
    }
    buf_init(&text, TEXT_MAX);
    hex_encode(hex.hex, catalogue_hash(next), CATALOGUE_HASH_BYTES);
    describe(&text, &hex, b->settings, next);
    tag(&hex, buf_as_str(&text));
    pthread_rwlock_wrlock(&b->lock);
    before = b->catalogue;
    buf_free(&b->text);
    b->catalogue = next;
    b->text = text;
    b->hash = hex;
    pthread_rwlock_unlock(&b->lock);
    catalogue_free(before);
}

const struct console_catalogue *book_callbacks(const struct book *b)
{
    return &b->callbacks;
}
