/* SPDX-License-Identifier: Apache-2.0 */
/* pseudonym.c: scopes, daily keys and their files.
 *
 * Files in the folder, each 32 random bytes, mode 0600:
 *   pseudonym.key           the master of the lasting scopes; the key of a scope is
 *                           HMAC(master, "scope:" + name), so that one file is all there is to keep
 *   visitor-2026-11-22.key  the key of that day, UTC; also session-...
 * A daily key is destroyed by zeros over its bytes, synced, then unlinked, folder synced, and by
 * zeros over its slot in memory. A file system or a disk that writes zeros elsewhere keeps the old
 * bytes until it reuses them; docs/privacy.md says what to do about that.
 *
 * Readers take no lock: a daily key stands in the slot of its day's number modulo four, under a
 * sequence number that is odd while the rotation writes (a seqlock). The key is copied out, so that
 * nothing refers to a slot that is wiped. */
#include "privacy/pseudonym.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/datetime.h"
#include "base/mem.h"
#include "base/random.h"
#include "privacy/hmac.h"

#define HOUR_US INT64_C(3600000000)

enum {
    KEY_BYTES = 32,
    SCOPES_MAX = 256,
    SLOTS = 4, /* yesterday, today, tomorrow, and one to spare */
    WORDS = sizeof(struct hmac_key) / sizeof(uint64_t),
    NAME_SIZE = 32, /* visitor-2026-11-22.key */
    DAY_MAX = 2932896, /* 9999-12-31 */
};

struct slot {
    atomic_uint sequence;
    atomic_uint day; /* since 1970; 0 is an empty slot */
    _Atomic uint64_t words[WORDS]; /* a struct hmac_key */
};

struct scope {
    char *name;
    struct hmac_key key;
};

struct pseudonyms {
    const struct io *io;
    char *dir;
    struct hmac_key master;
    struct scope scopes[SCOPES_MAX]; /* written by the owner before it gives out their number */
    unsigned scope_count;
    struct slot daily[PSEUDONYM_DAILY_COUNT][SLOTS];
    atomic_uint generation;
    uint32_t first_day, last_day; /* whose keys are in use; 0: none yet */
};

static const char *const daily_names[PSEUDONYM_DAILY_COUNT] = {"visitor", "session"};
static const char master_name[] = "pseudonym.key";

/* Day 0 would look like "not rotating", and a clock may say anything. */
static uint32_t day_of(int64_t us)
{
    int64_t day = us / DATETIME_DAY_US;

    return day < 1 ? 1 : day > DAY_MAX ? DAY_MAX : (uint32_t)day;
}

static void daily_name(char *out, enum pseudonym_daily which, uint32_t day)
{
    char date[16];

    datetime_format_date(date, (int64_t)day * DATETIME_DAY_US);
    snprintf(out, NAME_SIZE, "%s-%s.key", daily_names[which], date);
}

static int check_permissions(const struct pseudonyms *p, int fd, const char *path, struct err *err)
{
    int bits = p->io->permissions(p->io, fd);

    if (bits < 0)
        return err_set(err, ERR_IO, "read %s: %s", path, strerror(errno));
    if (bits & 077)
        return err_set(err, ERR_DENIED,
                       "read %s: others than its owner may use it (mode %04o); it must be 0600",
                       path, (unsigned)bits);
    return 0;
}

/* 1 with the key, 0 where there is no such file, or -1. */
static int read_key(const struct pseudonyms *p, const char *path, uint8_t key[KEY_BYTES],
                    struct err *err)
{
    int fd = p->io->open(p->io, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0), rc = -1;
    uint8_t bytes[KEY_BYTES + 1];
    ssize_t n;

    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
    n = io_read_full(p->io, fd, bytes, sizeof bytes, 0);
    if (n < 0) {
        err_set(err, ERR_IO, "read %s: %s", path, strerror(errno));
    } else if (n != KEY_BYTES) {
        err_set(err, ERR_CORRUPT, "read %s: a key has 32 bytes", path);
    } else if (check_permissions(p, fd, path, err) == 0) {
        memcpy(key, bytes, KEY_BYTES);
        rc = 1;
    }
    p->io->close(p->io, fd);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return rc;
}

/* The key of that file, made where there is none. */
static int load_key(const struct pseudonyms *p, const char *name, struct hmac_key *out,
                    struct err *err)
{
    AUTO_FREE char *path = io_join(p->dir, name);
    uint8_t key[KEY_BYTES];
    int rc = read_key(p, path, key, err);

    if (rc == 0) {
        random_key(key, sizeof key);
        if (io_replace_file(p->io, path, 0600, str_of(key, sizeof key), err) < 0)
            rc = -1;
    }
    /* A kill or a failure may have come between its rename and that sync: what is hashed under a key
     * rests on its name. */
    if (rc == 1 && p->io->fsync_dir(p->io, p->dir) < 0)
        rc = err_set(err, ERR_IO, "sync folder %s: %s", p->dir, strerror(errno));
    if (rc >= 0)
        hmac_prepare(out, key, sizeof key);
    OPENSSL_cleanse(key, sizeof key);
    return rc < 0 ? -1 : 0;
}

/* Zeros over the bytes, then away with the file. */
static int destroy_file(const struct pseudonyms *p, const char *name, struct err *err)
{
    static const uint8_t zeros[KEY_BYTES];
    AUTO_FREE char *path = io_join(p->dir, name);
    struct iovec iov = {(void *)zeros, sizeof zeros};
    int fd = p->io->open(p->io, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0), rc = 0;

    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd >= 0) {
        if (io_write_all(p->io, fd, &iov, 1, 0) < 0 || p->io->fdatasync(p->io, fd) < 0)
            rc = -1;
        p->io->close(p->io, fd);
    }
    if (fd < 0 || rc < 0 || p->io->unlink(p->io, path) < 0 || p->io->fsync_dir(p->io, p->dir) < 0)
        return err_set(err, ERR_IO, "destroy %s: %s", path, strerror(errno));
    return 0;
}

/* A daily key's day, from its file's name; 0 for other names. What a crash left of writing one
 * (".tmp" behind it) counts as a day that is never wanted. */
static uint32_t day_in_name(struct str name)
{
    for (int i = 0; i < PSEUDONYM_DAILY_COUNT; i++) {
        struct str kind = str_from(daily_names[i]), rest;
        int64_t us;

        if (!str_starts(name, kind) || name.len < kind.len + 15 || name.ptr[kind.len] != '-')
            continue;
        rest = str_slice(name, kind.len + 11, name.len);
        if (datetime_parse_date(str_slice(name, kind.len + 1, 10), &us) < 0)
            continue;
        if (str_is(rest, ".key"))
            return day_of(us);
        if (str_is(rest, ".key.tmp"))
            return UINT32_MAX;
    }
    return 0;
}

struct names {
    char **list;
    size_t count;
};

static int remember_name(void *ctx, const char *name)
{
    struct names *n = ctx;

    if (day_in_name(str_from(name)) == 0)
        return 0;
    n->list = xrealloc(n->list, n->count + 1, sizeof *n->list);
    n->list[n->count++] = xstrdup(name);
    return 0;
}

static void names_free(struct names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->list[i]);
    free(n->list);
}

/* The files of daily keys. */
static int list_names(const struct pseudonyms *p, struct names *out, struct err *err)
{
    if (p->io->list(p->io, p->dir, remember_name, out) < 0)
        return err_set(err, ERR_IO, "list %s: %s", p->dir, strerror(errno));
    return 0;
}

/* Destroys every daily key of another day; goes on after a failure, and says the first. */
static int destroy_others(const struct pseudonyms *p, uint32_t first, uint32_t last,
                          struct err *err)
{
    CLEANUP(names_free) struct names names = {0};
    int rc = 0;

    if (list_names(p, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.count; i++) {
        uint32_t day = day_in_name(str_from(names.list[i]));

        if ((day < first || day > last) && destroy_file(p, names.list[i], rc < 0 ? NULL : err) < 0)
            rc = -1;
    }
    return rc;
}

static void slot_write(struct slot *s, uint32_t day, const struct hmac_key *key)
{
    unsigned sequence = atomic_load_explicit(&s->sequence, memory_order_relaxed);
    uint64_t words[WORDS];

    memcpy(words, key, sizeof words);
    atomic_store_explicit(&s->sequence, sequence + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&s->day, day, memory_order_relaxed);
    for (int i = 0; i < WORDS; i++)
        atomic_store_explicit(&s->words[i], words[i], memory_order_relaxed);
    atomic_store_explicit(&s->sequence, sequence + 2, memory_order_release);
    OPENSSL_cleanse(words, sizeof words);
}

/* The day of the slot's key, which is copied to *out; 0 for an empty slot. */
static uint32_t slot_read(struct slot *s, struct hmac_key *out)
{
    uint64_t words[WORDS];
    unsigned before, after;
    uint32_t day;

    do {
        before = atomic_load_explicit(&s->sequence, memory_order_acquire);
        day = atomic_load_explicit(&s->day, memory_order_relaxed);
        for (int i = 0; i < WORDS; i++)
            words[i] = atomic_load_explicit(&s->words[i], memory_order_relaxed);
        atomic_thread_fence(memory_order_acquire);
        after = atomic_load_explicit(&s->sequence, memory_order_relaxed);
    } while (before != after || before % 2);
    memcpy(out, words, sizeof words);
    return day;
}

static void wipe_slots(struct pseudonyms *p, uint32_t first, uint32_t last)
{
    const struct hmac_key none = {{0}, {0}};

    for (int which = 0; which < PSEUDONYM_DAILY_COUNT; which++) {
        for (int i = 0; i < SLOTS; i++) {
            struct slot *s = &p->daily[which][i];
            uint32_t day = atomic_load_explicit(&s->day, memory_order_relaxed);

            if (day && (day < first || day > last))
                slot_write(s, 0, &none);
        }
    }
}

static int load_day(struct pseudonyms *p, uint32_t day, struct err *err)
{
    for (int which = 0; which < PSEUDONYM_DAILY_COUNT; which++) {
        struct slot *s = &p->daily[which][day % SLOTS];
        struct hmac_key key;
        char name[NAME_SIZE];
        int rc;

        if (atomic_load_explicit(&s->day, memory_order_relaxed) == day)
            continue;
        daily_name(name, (enum pseudonym_daily)which, day);
        rc = load_key(p, name, &key, err);
        if (rc == 0)
            slot_write(s, day, &key);
        OPENSSL_cleanse(&key, sizeof key);
        if (rc < 0)
            return -1;
    }
    return 0;
}

int pseudonyms_rotate(struct pseudonyms *p, int64_t now_us, struct err *err)
{
    uint32_t first = day_of(now_us - HOUR_US), today = day_of(now_us);
    uint32_t last = day_of(now_us + 12 * HOUR_US);

    if (first == p->first_day && last == p->last_day)
        return 0;
    /* Yesterday's key is kept for an hour where there is one, never made. */
    for (uint32_t day = today; day <= last; day++)
        if (load_day(p, day, err) < 0)
            return -1;
    wipe_slots(p, first, last);
    atomic_fetch_add_explicit(&p->generation, 1, memory_order_release);
    if (destroy_others(p, first, last, err) < 0)
        return -1;
    p->first_day = first;
    p->last_day = last;
    return 0;
}

/* Yesterday's keys, where a start within the first hour finds them. */
static int load_yesterday(struct pseudonyms *p, int64_t now_us, struct err *err)
{
    uint32_t day = day_of(now_us - HOUR_US);

    for (int which = 0; which < PSEUDONYM_DAILY_COUNT && day != day_of(now_us); which++) {
        char name[NAME_SIZE];
        AUTO_FREE char *path = NULL;
        uint8_t key[KEY_BYTES];
        struct hmac_key prepared;
        int rc;

        daily_name(name, (enum pseudonym_daily)which, day);
        path = io_join(p->dir, name);
        rc = read_key(p, path, key, err);
        if (rc < 0)
            return -1;
        if (rc == 0)
            continue;
        hmac_prepare(&prepared, key, sizeof key);
        slot_write(&p->daily[which][day % SLOTS], day, &prepared);
        OPENSSL_cleanse(key, sizeof key);
        OPENSSL_cleanse(&prepared, sizeof prepared);
    }
    return 0;
}

/* A new master would break every cohort in silence: only a folder without keys gets one. */
static int load_master(struct pseudonyms *p, struct err *err)
{
    CLEANUP(names_free) struct names names = {0};
    AUTO_FREE char *path = io_join(p->dir, master_name);
    int fd = p->io->open(p->io, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);

    if (fd >= 0) {
        p->io->close(p->io, fd);
    } else if (errno == ENOENT) {
        if (list_names(p, &names, err) < 0)
            return -1;
        if (names.count)
            return err_set(err, ERR_CORRUPT,
                           "open %s: it is missing beside other keys: put it back, or remove "
                           "them all to begin with new pseudonyms",
                           path);
    }
    return load_key(p, master_name, &p->master, err);
}

int pseudonyms_open(struct pseudonyms **out, const struct io *io, const char *dir, struct err *err)
{
    struct pseudonyms *p = xcalloc(1, sizeof *p);
    int64_t now_us = clock_now_us();

    p->io = io;
    p->dir = xstrdup(dir);
    if (io_make_dir(io, dir, 0700, err) < 0 || load_master(p, err) < 0)
        goto fail;
    if (load_yesterday(p, now_us, err) < 0 || pseudonyms_rotate(p, now_us, err) < 0)
        goto fail;
    *out = p;
    return 0;

fail:
    pseudonyms_close(p);
    return -1;
}

void pseudonyms_close(struct pseudonyms *p)
{
    if (!p)
        return;
    for (unsigned i = 0; i < p->scope_count; i++)
        free(p->scopes[i].name);
    free(p->dir);
    OPENSSL_cleanse(p, sizeof *p);
    free(p);
}

int pseudonyms_scope(struct pseudonyms *p, struct str name, unsigned *out, struct err *err)
{
    struct scope *s = p->scopes + p->scope_count;
    uint8_t key[HMAC_BYTES];

    for (unsigned i = 0; i < p->scope_count; i++) {
        if (str_is(name, p->scopes[i].name)) {
            *out = i;
            return 0;
        }
    }
    if (p->scope_count == SCOPES_MAX)
        return err_set(err, ERR_LIMIT, "add a pseudonym scope: there are %d", SCOPES_MAX);
    hmac_sha256(&p->master, STR("scope:"), name, key);
    hmac_prepare(&s->key, key, sizeof key);
    OPENSSL_cleanse(key, sizeof key);
    s->name = xmemdup(name.ptr, name.len);
    *out = p->scope_count++;
    return 0;
}

void pseudonym_make(struct pseudonyms *p, unsigned scope, struct str text, struct pseudonym *out)
{
    uint8_t mac[HMAC_BYTES];

    CHECK(scope < SCOPES_MAX && p->scopes[scope].name && text.len > 0);
    hmac_sha256(&p->scopes[scope].key, text, STR_NONE, mac);
    memcpy(out->b, mac, PSEUDONYM_BYTES);
}

/* The key of the day nearest to `day`; 0 where a look over all slots found none. */
static uint32_t find_nearest(struct pseudonyms *p, enum pseudonym_daily which, uint32_t day,
                             struct hmac_key *out)
{
    uint32_t best = 0, best_away = UINT32_MAX;

    for (int i = 0; i < SLOTS; i++) {
        struct hmac_key key;
        uint32_t found = slot_read(&p->daily[which][i], &key);
        uint32_t away = found > day ? found - day : day - found;

        if (found && away < best_away) {
            best = found;
            best_away = away;
            *out = key;
        }
    }
    return best;
}

/* The key of `day`, or of the day nearest to it that has one. There is one at any moment, but a look
 * that goes from slot to slot may miss it while a rotation writes here and wipes there: then it looks
 * again. */
static uint32_t find_key(struct pseudonyms *p, enum pseudonym_daily which, uint32_t day,
                         struct hmac_key *out)
{
    uint32_t found = slot_read(&p->daily[which][day % SLOTS], out);

    if (found == day)
        return day;
    do
        found = find_nearest(p, which, day, out);
    while (found == 0);
    return found;
}

void pseudonym_make_daily(struct pseudonyms *p, enum pseudonym_daily which, int64_t now_us,
                          struct str first, struct str second, struct pseudonym *out,
                          uint32_t *epoch)
{
    char text[256];
    uint32_t len = (uint32_t)first.len;
    uint8_t mac[HMAC_BYTES];
    struct hmac_key key;

    CHECK(which < PSEUDONYM_DAILY_COUNT && first.len + second.len > 0);
    *epoch = find_key(p, which, day_of(now_us), &key);
    if (first.len + sizeof len <= sizeof text) {
        memcpy(text, &len, sizeof len);
        if (len)
            memcpy(text + sizeof len, first.ptr, len);
        hmac_sha256(&key, str_of(text, sizeof len + len), second, mac);
    } else { /* a long first text is hashed for itself, under the same key and a length of its own */
        len = UINT32_MAX;
        memcpy(text, &len, sizeof len);
        hmac_sha256(&key, first, STR_NONE, (uint8_t *)text + sizeof len);
        hmac_sha256(&key, str_of(text, sizeof len + HMAC_BYTES), second, mac);
    }
    memcpy(out->b, mac, PSEUDONYM_BYTES);
}

unsigned pseudonyms_generation(const struct pseudonyms *p)
{
    return atomic_load_explicit((atomic_uint *)&p->generation, memory_order_acquire);
}

bool pseudonym_is_blank(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != ' ' && !(text.ptr[i] >= '\t' && text.ptr[i] <= '\r'))
            return false;
    return true;
}
