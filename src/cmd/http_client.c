/* SPDX-License-Identifier: Apache-2.0 */
/* http_client.c: libcurl's easy interface behind http_client.h. */
#include "cmd/http_client.h"

#include <curl/curl.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"

enum { RETRY_AFTER_MAX_S = 86400 };

struct http_client {
    CURL *curl;
    struct buf body;
    const volatile sig_atomic_t *stop;
    const struct http_request *now; /* the request under way */
    char detail[CURL_ERROR_SIZE];
};

static size_t on_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct http_client *c = ctx;
    struct str piece = str_of(bytes, size * count);
    long status = 0;

    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    if (c->now->on_body && status >= 200 && status < 300)
        return c->now->on_body(c->now->ctx, piece) < 0 ? 0 : piece.len;
    buf_str(&c->body, piece);
    return buf_failed(&c->body) ? 0 : piece.len;
}

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t x, curl_off_t y)
{
    const struct http_client *c = ctx;

    (void)a, (void)b, (void)x, (void)y;
    return c->stop && *c->stop;
}

int http_client_new(struct http_client **out, size_t body_max, const volatile sig_atomic_t *stop,
                    struct err *err)
{
    struct http_client *c = xcalloc(1, sizeof *c);

    buf_init(&c->body, body_max);
    c->stop = stop;
    c->curl = curl_easy_init();
    if (!c->curl) {
        http_client_free(c);
        return err_set(err, ERR_INTERNAL, "libcurl does not start");
    }
    *out = c;
    return 0;
}

void http_client_free(struct http_client *c)
{
    if (!c)
        return;
    if (c->curl)
        curl_easy_cleanup(c->curl);
    buf_free(&c->body);
    free(c);
}

static bool is_loopback(const char *url)
{
    struct str rest = str_from(url);
    static const char *const hosts[] = {"http://127.", "http://localhost:", "http://localhost/",
                                        "http://[::1]"};

    for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
        if (str_starts_nocase(rest, str_from(hosts[i])))
            return true;
    return false;
}

/* Options are set anew for each request; connections outlive curl_easy_reset. */
static CURLcode prepare(struct http_client *c, const struct http_request *req,
                        struct curl_slist *headers)
{
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_NOPROGRESS, 0},
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_TCP_NODELAY, 1},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
        {CURLOPT_TIMEOUT_MS, (long)(req->timeout_us / 1000)},
        {CURLOPT_CONNECTTIMEOUT_MS, (long)(req->timeout_us / 1000)},
    };
    const struct {
        CURLoption option;
        const void *value;
    } pointers[] = {
        {CURLOPT_URL, req->url},
        {CURLOPT_PROTOCOLS_STR, "http,https"},
        {CURLOPT_USERAGENT, "weir/" WEIR_VERSION},
        {CURLOPT_HTTPHEADER, headers},
        {CURLOPT_ERRORBUFFER, c->detail},
        {CURLOPT_WRITEDATA, c},
        {CURLOPT_XFERINFODATA, c},
        {CURLOPT_PROXY, is_loopback(req->url) ? "" : NULL},
    };
    CURLcode code = CURLE_OK;

    curl_easy_reset(c->curl);
    for (size_t i = 0; !code && i < ARRAY_LEN(numbers); i++)
        code = curl_easy_setopt(c->curl, numbers[i].option, numbers[i].value);
    for (size_t i = 0; !code && i < ARRAY_LEN(pointers); i++)
        code = curl_easy_setopt(c->curl, pointers[i].option, pointers[i].value);
    if (!code)
        code = curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_body);
    if (!code)
        code = curl_easy_setopt(c->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    if (!code && strcmp(req->method, "POST") == 0) {
        code = curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body.len);
        if (!code)
            code =
                curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, req->body.ptr ? req->body.ptr : "");
    }
    return code;
}

static int explain(const struct http_client *c, CURLcode code, const char *url, struct err *err)
{
    const char *detail = c->detail[0] ? c->detail : curl_easy_strerror(code);

    switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
        return err_set(err, ERR_DENIED, "%s: stopped while waiting", url);
    case CURLE_WRITE_ERROR:
        return err_set(err, ERR_LIMIT, "%s: the answer is longer than can be taken", url);
    case CURLE_OPERATION_TIMEDOUT: return err_set(err, ERR_BUSY, "%s: %s", url, detail);
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return err_set(err, ERR_USAGE, "%s: %s", url, detail);
    case CURLE_OUT_OF_MEMORY: return err_set(err, ERR_INTERNAL, "%s: no memory", url);
    default: return err_set(err, ERR_IO, "%s: %s", url, detail);
    }
}

static struct curl_slist *header_list(const struct http_request *req)
{
    /* Without it, libcurl waits for a "100 Continue" before it sends a large body. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:"), *longer;

    for (size_t i = 0; list && req->headers && req->headers[i]; i++) {
        longer = curl_slist_append(list, req->headers[i]);
        if (!longer)
            curl_slist_free_all(list);
        list = longer;
    }
    CHECK(list); /* out of memory ends the process, as in xmalloc */
    return list;
}

int http_client_send(struct http_client *c, const struct http_request *req,
                     struct http_response *out, struct err *err)
{
    struct curl_slist *headers = header_list(req);
    curl_off_t retry_after_s = 0;
    CURLcode code;
    long status = 0;

    CHECK(req->timeout_us > 0);
    c->now = req;
    c->detail[0] = '\0';
    buf_reset(&c->body, 1 << 20);
    code = prepare(c, req, headers);
    if (code == CURLE_OK)
        code = curl_easy_perform(c->curl);
    c->now = NULL;
    curl_slist_free_all(headers);
    if (code != CURLE_OK)
        return explain(c, code, req->url, err);
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(c->curl, CURLINFO_RETRY_AFTER, &retry_after_s);
    if (retry_after_s > RETRY_AFTER_MAX_S)
        retry_after_s = RETRY_AFTER_MAX_S;
    *out = (struct http_response){
        .status = (int)status,
        .body = buf_as_str(&c->body),
        .retry_after_us = retry_after_s > 0 ? (int64_t)retry_after_s * 1000000 : -1,
    };
    return 0;
}
