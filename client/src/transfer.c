/* SPDX-License-Identifier: Apache-2.0 */
/* transfer.c: libcurl's multi interface, driven step by step, so that between two steps the process
 * may fork. Its header gives the types; its code is found by dlopen. */
#define CURL_DISABLE_TYPECHECK
#include "transfer.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MAX = 8 * 1024 * 1024, WAIT_MS = 50, RETRY_AFTER_MAX_S = 86400 };

const char *weir_transfer_libraries[3] = {"libcurl.so.4", "libcurl-gnutls.so.4", NULL};

#define FUNCTIONS(each)                                                                            \
    each(curl_global_init) each(curl_easy_init) each(curl_easy_cleanup) each(curl_easy_setopt)     \
        each(curl_easy_getinfo) each(curl_easy_strerror) each(curl_slist_append)                   \
            each(curl_slist_free_all) each(curl_multi_init) each(curl_multi_cleanup)               \
                each(curl_multi_add_handle) each(curl_multi_remove_handle)                         \
                    each(curl_multi_perform) each(curl_multi_poll) each(curl_multi_info_read)

struct library {
#define MEMBER(name) __typeof__(name) *name;
    FUNCTIONS(MEMBER)
#undef MEMBER
};

struct weir_transfer {
    struct weir_transfer_opts opts;
    struct library lib;
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    int fd; /* the connection's, or -1 */
    char *body;
    size_t len, capacity;
    char detail[CURL_ERROR_SIZE];
    struct weir_transfer *next; /* of the abandoned ones */
};

/* What a child of a fork got from its parent and can neither use nor free. */
static struct weir_transfer *abandoned;

static int load(struct library *lib, char *why, size_t why_size)
{
    void *handle = NULL;

    for (size_t i = 0; !handle && weir_transfer_libraries[i]; i++)
        handle = dlopen(weir_transfer_libraries[i], RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        snprintf(why, why_size, "libcurl cannot be loaded: %s", dlerror());
        return -1;
    }
    /* A function is no object in C99; POSIX says that its address fits into one. */
#define FIND(name)                                                                                 \
    do {                                                                                           \
        void *found = dlsym(handle, #name);                                                        \
        if (!found) {                                                                              \
            snprintf(why, why_size, "libcurl is too old: it has no %s", #name);                    \
            return -1;                                                                             \
        }                                                                                          \
        memcpy(&lib->name, &found, sizeof found);                                                  \
    } while (0);
    FUNCTIONS(FIND)
#undef FIND
    return 0; /* it stays loaded: others may use it, and what it started may run on */
}

static size_t on_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct weir_transfer *t = ctx;
    size_t more = size * count;

    if (t->len + more > t->capacity) {
        size_t capacity = (t->len + more) * 2;
        char *body = capacity <= ANSWER_MAX ? realloc(t->body, capacity) : NULL;

        if (!body)
            return 0;
        t->body = body;
        t->capacity = capacity;
    }
    memcpy(t->body + t->len, bytes, more);
    t->len += more;
    return more;
}

static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct weir_transfer *t = ctx;

    (void)purpose;
    t->fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    return t->fd;
}

/* Forgotten before it is closed: a child must not close what has become another file. */
static int on_close(void *ctx, curl_socket_t fd)
{
    struct weir_transfer *t = ctx;

    if (t->fd == fd)
        t->fd = -1;
    return close(fd);
}

static bool is_loopback(const char *url)
{
    static const char *const hosts[] = {"http://127.", "http://localhost:", "http://localhost/",
                                        "http://[::1]"};

    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        if (strncmp(url, hosts[i], strlen(hosts[i])) == 0)
            return true;
    return false;
}

static bool add_header(struct weir_transfer *t, const char *line)
{
    struct curl_slist *longer = t->lib.curl_slist_append(t->headers, line);

    if (longer)
        t->headers = longer;
    return longer;
}

static bool add_headers(struct weir_transfer *t)
{
    size_t size = strlen(t->opts.key) + 32;
    char *authorization = malloc(size);
    bool done;

    if (!authorization)
        return false;
    snprintf(authorization, size, "Authorization: Bearer %s", t->opts.key);
    /* Without the last, libcurl waits for a "100 Continue" before it sends a large body. */
    done = add_header(t, authorization) && add_header(t, "Content-Type: application/x-ndjson") &&
           add_header(t, "Expect:");
    free(authorization);
    return done;
}

static CURLcode set_options(struct weir_transfer *t)
{
    CURLcode code = CURLE_OK;

#define SET(option, value)                                                                         \
    if (code == CURLE_OK)                                                                          \
    code = t->lib.curl_easy_setopt(t->easy, option, value)
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_TCP_NODELAY, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)t->opts.connect_timeout_ms);
    SET(CURLOPT_TIMEOUT_MS, (long)t->opts.timeout_ms);
    SET(CURLOPT_URL, t->opts.url);
    SET(CURLOPT_USERAGENT, t->opts.user_agent);
    SET(CURLOPT_HTTPHEADER, t->headers);
    SET(CURLOPT_ERRORBUFFER, t->detail);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
    SET(CURLOPT_OPENSOCKETDATA, t);
    SET(CURLOPT_CLOSESOCKETFUNCTION, on_close);
    SET(CURLOPT_CLOSESOCKETDATA, t);
    if (is_loopback(t->opts.url))
        SET(CURLOPT_PROXY, "");
#undef SET
    return code;
}

struct weir_transfer *weir_transfer_new(const struct weir_transfer_opts *opts, char *why,
                                        size_t why_size)
{
    struct weir_transfer *t = calloc(1, sizeof *t);
    CURLcode code;

    if (!t) {
        snprintf(why, why_size, "no memory");
        return NULL;
    }
    t->opts = *opts;
    t->fd = -1;
    if (load(&t->lib, why, why_size) < 0) {
        free(t);
        return NULL;
    }
    code = t->lib.curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code == CURLE_OK) {
        t->easy = t->lib.curl_easy_init();
        t->multi = t->lib.curl_multi_init();
        code = t->easy && t->multi && add_headers(t) ? set_options(t) : CURLE_OUT_OF_MEMORY;
    }
    if (code == CURLE_OK)
        return t;
    snprintf(why, why_size, "libcurl does not start: %s", t->lib.curl_easy_strerror(code));
    weir_transfer_free(t);
    return NULL;
}

void weir_transfer_free(struct weir_transfer *t)
{
    if (!t)
        return;
    if (t->easy)
        t->lib.curl_easy_cleanup(t->easy);
    if (t->multi)
        t->lib.curl_multi_cleanup(t->multi);
    t->lib.curl_slist_free_all(t->headers);
    free(t->body);
    free(t);
}

void weir_transfer_abandon(struct weir_transfer *t)
{
    if (!t)
        return;
    if (t->fd >= 0)
        close(t->fd);
    t->next = abandoned;
    abandoned = t;
}

static void wait_a_little(struct weir_transfer *t)
{
    t->lib.curl_multi_poll(t->multi, NULL, 0, WAIT_MS, NULL);
}

/* The end of the only request there is, or -1 where it was stopped before. */
static int run(struct weir_transfer *t, CURLcode *code)
{
    int running = 1, left;
    CURLMsg *message;

    for (;;) {
        if (t->lib.curl_multi_perform(t->multi, &running) != CURLM_OK)
            return -1;
        if (!running)
            break;
        if (!t->opts.idle(t->opts.ctx, wait_a_little, t))
            return -1;
    }
    message = t->lib.curl_multi_info_read(t->multi, &left);
    if (!message || message->msg != CURLMSG_DONE)
        return -1;
    *code = message->data.result;
    return 0;
}

int weir_transfer_post(struct weir_transfer *t, const char *body, size_t len,
                       struct weir_answer *out, char *why, size_t why_size)
{
    CURLcode code = CURLE_OK;
    curl_off_t retry_after_s = 0;
    long status = 0;
    int ended;

    t->len = 0;
    t->detail[0] = '\0';
    t->lib.curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, body);
    t->lib.curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    if (t->lib.curl_multi_add_handle(t->multi, t->easy) != CURLM_OK) {
        snprintf(why, why_size, "libcurl does not take the request");
        return -1;
    }
    ended = run(t, &code);
    t->lib.curl_multi_remove_handle(t->multi, t->easy);
    if (ended < 0 || code != CURLE_OK) {
        snprintf(why, why_size, "%s: %s", t->opts.url,
                 ended < 0      ? "stopped while waiting"
                 : t->detail[0] ? t->detail
                                : t->lib.curl_easy_strerror(code));
        return -1;
    }
    t->lib.curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    t->lib.curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    out->status = (int)status;
    out->body = t->len ? t->body : "";
    out->len = t->len;
    if (retry_after_s > RETRY_AFTER_MAX_S)
        retry_after_s = RETRY_AFTER_MAX_S;
    out->retry_after_ms = retry_after_s > 0 ? (int64_t)retry_after_s * 1000 : -1;
    return 0;
}
