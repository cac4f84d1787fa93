/* SPDX-License-Identifier: Apache-2.0 */
/* door.c: the thread that tries passwords and writes sessions down.
 *
 * Promises: at most one password is looked at at a time, and DOOR_WAITING_MAX wait, so that a flood
 * takes one core for a tenth of a second a piece and 32 MiB; an address that has to wait does not get
 * that far. What is written is a copy: files are never touched under the lock. */
#include "console/door.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "console/lockout.h"

enum { SAVE_AGAIN_S = 5 };

/* Which file of that name it is. */
struct mark {
    ino_t inode;
    off_t size;
    struct timespec changed;
};

/* An attempt; it lives on the stack of whoever waits for it. */
struct attempt {
    struct address from;
    struct str password;
    struct door_in *out;
    struct err *err;
    enum door_answer answer;
    bool done;
    struct attempt *next;
};

struct door {
    struct door_opts opts;
    pthread_t thread;
    bool started;
    char made[PASSWORD_MADE_SIZE];

    /* The thread's own. */
    struct password password;
    bool usable; /* the password could be read */
    struct err why_not;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* guarded by lock */
    struct mark mark; /* of the file that `password` was read from */
    bool stale; /* it is another by now */
    bool stopping;
    struct sessions sessions;
    struct lockout lockout;
    struct attempt *first, *last;
    unsigned waiting;
    uint64_t version, written; /* of the sessions; written: tried to, with save_err if it failed */
    struct err save_err;
    uint64_t opened, wrong, waits, locks, busy;
};

static struct mark mark_of(const char *file)
{
    struct stat st;

    if (stat(file, &st) < 0)
        return (struct mark){0};
    return (struct mark){.inode = st.st_ino, .size = st.st_size, .changed = st.st_mtim};
}

static bool same_mark(const struct mark *a, const struct mark *b)
{
    return a->inode == b->inode && a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

static void say(const struct door *d, const char *text)
{
    if (d->opts.say)
        d->opts.say(d->opts.ctx, text);
}

/* Something about the sessions is to be written; with the lock. */
static void touch(struct door *d)
{
    d->version++;
    pthread_cond_broadcast(&d->changed);
}

/* With the lock. A password file that is another one ends all sessions. */
static void compare_mark(struct door *d, const struct mark *mark)
{
    if (same_mark(mark, &d->mark))
        return;
    d->stale = true;
    sessions_end_all(&d->sessions);
    touch(d);
}

/* The thread. */

static void read_password(struct door *d)
{
    struct mark mark = mark_of(d->opts.password_file);

    d->why_not = (struct err){0};
    d->usable = password_load(&d->password, d->opts.password_file, &d->why_not) == 0;
    pthread_mutex_lock(&d->lock);
    d->mark = mark;
    d->stale = false;
    sessions_end_all(&d->sessions); /* also one that was opened with the old one meanwhile */
    pthread_mutex_unlock(&d->lock);
}

static void reread_password(struct door *d)
{
    char text[300];

    read_password(d);
    if (d->usable) {
        say(d, "the password was changed: everybody has to sign in again");
        return;
    }
    snprintf(text, sizeof text, "nobody can sign in: %s", d->why_not.text);
    say(d, text);
}

/* With the lock; the attempt's answer is known by then. */
static void finish(struct door *d, struct attempt *a)
{
    a->done = true;
    d->waiting--;
    pthread_cond_broadcast(&d->changed);
}

/* With the lock. */
static void count_wrong(struct door *d, struct attempt *a)
{
    a->answer = DOOR_WRONG;
    a->out->wait_us = lockout_failed(&d->lockout, &a->from, clock_monotonic_us());
    d->wrong++;
    d->locks += a->out->wait_us > 0;
}

static void say_wait(const struct door *d, int64_t wait_us)
{
    char text[120];

    snprintf(text, sizeof text,
             "signing in: after several wrong passwords an address has to wait %lld s",
             (long long)(wait_us / 1000000));
    say(d, text);
}

/* Where the address may try now; else its answer is set. */
static bool may_try(struct door *d, struct attempt *a)
{
    int64_t wait_us;

    pthread_mutex_lock(&d->lock);
    wait_us = lockout_wait(&d->lockout, &a->from, clock_monotonic_us());
    if (wait_us > 0) {
        a->answer = DOOR_WAIT;
        a->out->wait_us = wait_us;
        d->waits++;
        finish(d, a);
    }
    pthread_mutex_unlock(&d->lock);
    return wait_us == 0;
}

static void try_password(struct door *d, struct attempt *a)
{
    int64_t wait_us = 0;
    int fits = -1;

    if (!may_try(d, a))
        return;
    if (d->usable)
        fits = password_fits(&d->password, a->password, a->err);
    else if (a->err)
        *a->err = d->why_not;
    pthread_mutex_lock(&d->lock);
    a->answer = DOOR_FAILED;
    if (fits == 1) {
        a->answer = DOOR_OPENED;
        lockout_passed(&d->lockout, &a->from);
        sessions_begin(&d->sessions, clock_now_us(), a->out->token);
        touch(d);
        d->opened++;
    } else if (fits == 0) {
        count_wrong(d, a);
        wait_us = a->out->wait_us;
    }
    finish(d, a);
    pthread_mutex_unlock(&d->lock);
    if (wait_us > 0)
        say_wait(d, wait_us);
}

static void save(struct door *d)
{
    struct err err = {0};
    uint64_t version;
    AUTO_BUF text;
    bool failed;

    buf_init(&text, SESSIONS_FILE_MAX);
    pthread_mutex_lock(&d->lock);
    sessions_write(&d->sessions, d->password.salt, &text);
    d->sessions.changed = false;
    version = d->version;
    pthread_mutex_unlock(&d->lock);
    CHECK(!buf_failed(&text));
    failed = io_replace_file(io_system(), d->opts.sessions_file, 0600, buf_as_str(&text), &err) < 0;
    pthread_mutex_lock(&d->lock);
    d->sessions.changed |= failed;
    d->save_err = err;
    d->written = version;
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
}

/* With the lock: until there is something to do, or it is time to write again what could not be. */
static void wait_for_work(struct door *d)
{
    struct timespec until;

    if (!d->sessions.changed) {
        pthread_cond_wait(&d->changed, &d->lock);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += SAVE_AGAIN_S;
    if (pthread_cond_timedwait(&d->changed, &d->lock, &until) == ETIMEDOUT)
        d->version++;
}

/* With the lock. */
static struct attempt *take_first(struct door *d)
{
    struct attempt *a = d->first;

    if (a)
        d->first = a->next;
    if (!d->first)
        d->last = NULL;
    return a;
}

static void *work(void *ctx)
{
    struct door *d = ctx;

    pthread_mutex_lock(&d->lock);
    while (!d->stopping || d->written < d->version || d->first) {
        bool stale = d->stale, unwritten = d->written < d->version;
        struct attempt *a = stale ? NULL : take_first(d);

        if (!stale && !a && !unwritten) {
            wait_for_work(d);
            continue;
        }
        pthread_mutex_unlock(&d->lock);
        if (stale)
            reread_password(d);
        else if (a)
            try_password(d, a);
        else
            save(d);
        pthread_mutex_lock(&d->lock);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

/* What others ask of it. */

static enum door_answer wait_for(struct door *d, struct attempt *a)
{
    if (d->waiting >= DOOR_WAITING_MAX || d->stopping) {
        d->busy++;
        return DOOR_BUSY;
    }
    d->waiting++;
    if (d->last)
        d->last->next = a;
    else
        d->first = a;
    d->last = a;
    pthread_cond_broadcast(&d->changed);
    while (!a->done)
        pthread_cond_wait(&d->changed, &d->lock);
    return a->answer;
}

/* With the lock: until what there was is on the disk, or could not be put there. */
static int wait_until_written(struct door *d, struct err *err)
{
    uint64_t version = d->version;

    while (d->written < version)
        pthread_cond_wait(&d->changed, &d->lock);
    if (d->save_err.code == ERR_NONE)
        return 0;
    if (err)
        *err = d->save_err;
    return -1;
}

enum door_answer door_sign_in(struct door *d, const struct address *from, struct str password,
                              struct door_in *out, struct err *err)
{
    struct attempt a = {.from = *from, .password = password, .out = out, .err = err};
    struct mark mark;
    enum door_answer answer;

    *out = (struct door_in){0};
    if (d->opts.without_password)
        return DOOR_CLOSED;
    mark = mark_of(d->opts.password_file);
    pthread_mutex_lock(&d->lock);
    compare_mark(d, &mark);
    out->wait_us = lockout_wait(&d->lockout, from, clock_monotonic_us());
    if (out->wait_us > 0) {
        answer = DOOR_WAIT; /* without a place in the queue */
        d->waits++;
    } else {
        answer = wait_for(d, &a);
    }
    if (answer == DOOR_OPENED)
        wait_until_written(d, NULL); /* it counts in any case, until the next start */
    pthread_mutex_unlock(&d->lock);
    return answer;
}

bool door_knows(struct door *d, struct str token)
{
    struct mark mark;
    bool known;

    if (d->opts.without_password)
        return false;
    mark = mark_of(d->opts.password_file);
    pthread_mutex_lock(&d->lock);
    compare_mark(d, &mark);
    known = sessions_see(&d->sessions, token, clock_now_us());
    if (d->sessions.changed && d->save_err.code == ERR_NONE && d->written == d->version)
        touch(d);
    pthread_mutex_unlock(&d->lock);
    return known;
}

int door_sign_out(struct door *d, struct str token, bool everywhere, struct err *err)
{
    int status;

    pthread_mutex_lock(&d->lock);
    if (everywhere)
        sessions_end_all(&d->sessions);
    else
        sessions_end(&d->sessions, token);
    touch(d);
    status = wait_until_written(d, err);
    pthread_mutex_unlock(&d->lock);
    return status;
}

void door_put_metrics(struct door *d, struct buf *out)
{
    pthread_mutex_lock(&d->lock);
    buf_printf(out,
               "# HELP weir_console_sign_ins_total Attempts to sign in, by what became of them.\n"
               "# TYPE weir_console_sign_ins_total counter\n"
               "weir_console_sign_ins_total{result=\"opened\"} %llu\n"
               "weir_console_sign_ins_total{result=\"wrong\"} %llu\n"
               "weir_console_sign_ins_total{result=\"too_soon\"} %llu\n"
               "weir_console_sign_ins_total{result=\"busy\"} %llu\n"
               "# HELP weir_console_locks_total Times that an address was told to wait for wrong "
               "passwords.\n"
               "# TYPE weir_console_locks_total counter\nweir_console_locks_total %llu\n"
               "# HELP weir_console_sessions Sessions that are not over.\n"
               "# TYPE weir_console_sessions gauge\nweir_console_sessions %zu\n"
               "# HELP weir_console_sessions_unwritten 1: the sessions could not be written down.\n"
               "# TYPE weir_console_sessions_unwritten gauge\nweir_console_sessions_unwritten %d\n",
               (unsigned long long)d->opened, (unsigned long long)d->wrong,
               (unsigned long long)d->waits, (unsigned long long)d->busy,
               (unsigned long long)d->locks, d->sessions.count, d->save_err.code != ERR_NONE);
    pthread_mutex_unlock(&d->lock);
}

/* Beginning and end. */

static int make_password(struct door *d, struct err *err)
{
    password_make(d->made);
    if (password_set(d->opts.password_file, str_from(d->made), err) == 0)
        return 0;
    door_forget_made(d);
    return -1;
}

static void read_sessions(struct door *d)
{
    struct err err = {0};
    struct str bytes;

    if (access(d->opts.sessions_file, F_OK) < 0)
        return;
    if (io_read_file(io_system(), d->opts.sessions_file, SESSIONS_FILE_MAX, &bytes, &err) == 0) {
        sessions_read(&d->sessions, d->password.salt, bytes, clock_now_us(), &err);
        free((char *)bytes.ptr);
    }
    if (err.code) {
        char text[400];

        snprintf(text, sizeof text, "everybody has to sign in again: %s: %s", d->opts.sessions_file,
                 err.text);
        say(d, text);
    }
}

static int prepare(struct door *d, struct err *err)
{
    if (d->opts.without_password)
        return 0;
    if (access(d->opts.password_file, F_OK) < 0 && errno == ENOENT && make_password(d, err) < 0)
        return -1;
    read_password(d);
    if (!d->usable) {
        *err = d->why_not;
        return -1;
    }
    read_sessions(d);
    d->sessions.changed = false;
    return 0;
}

int door_open(struct door **out, const struct door_opts *opts, struct err *err)
{
    struct door *d = xcalloc(1, sizeof *d);

    d->opts = *opts;
    d->sessions.life_us = opts->session_us;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->changed, NULL);
    if (prepare(d, err) < 0)
        goto fail;
    if (pthread_create(&d->thread, NULL, work, d) != 0) {
        err_set(err, ERR_IO, "start the thread that tries passwords: %s", strerror(errno));
        goto fail;
    }
    d->started = true;
    *out = d;
    return 0;

fail:
    door_close(d);
    return -1;
}

void door_close(struct door *d)
{
    if (!d)
        return;
    if (d->started) {
        pthread_mutex_lock(&d->lock);
        d->stopping = true;
        pthread_cond_broadcast(&d->changed);
        pthread_mutex_unlock(&d->lock);
        pthread_join(d->thread, NULL);
    }
    if (d->made[0]) /* nobody has seen it: the next start makes another */
        io_system()->unlink(io_system(), d->opts.password_file);
    pthread_cond_destroy(&d->changed);
    pthread_mutex_destroy(&d->lock);
    OPENSSL_cleanse(d, sizeof *d);
    free(d);
}

const char *door_made(const struct door *d)
{
    return d->made[0] ? d->made : NULL;
}

void door_forget_made(struct door *d)
{
    OPENSSL_cleanse(d->made, sizeof d->made);
}
