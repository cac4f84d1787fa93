/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_accesslog.c: any bytes as a line of an access log. What is read lies in the line or the reader, and
 * its event is JSON whose texts a collector takes. */
#include <stdint.h>
#include <stdlib.h>
#include <yyjson.h>

#include "accesslog/page_event.h"
#include "base/check.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_text(yyjson_val *object, const char *name)
{
    yyjson_val *v = yyjson_obj_get(object, name);

    CHECK(!v || (yyjson_is_str(v) && yyjson_get_len(v) <= PAGE_TEXT_MAX));
}

static void check_event(struct buf *out)
{
    static const char *const texts[] = {"method",       "path", "query",      "referrer",
                                        "content_type", "ip",   "user_agent", "host"};
    yyjson_doc *doc = yyjson_read(out->ptr, out->len, 0);
    yyjson_val *context = yyjson_obj_get(yyjson_doc_get_root(doc), "context");

    CHECK(yyjson_is_obj(context));
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        check_text(context, texts[i]);
    CHECK(yyjson_is_str(yyjson_obj_get(context, "path")));
    yyjson_doc_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const api[] = {"/api/", "~v[0-9]+$"}, *const paths[] = {"~health|\\xff"};
    static struct access_reader *reader;
    static struct access_rules *rules[2];
    static struct page_stamp stamp;
    AUTO_FREE char *line = malloc(len ? len : 1);
    struct access a;

    if (!reader) {
        struct access_rules_opts opts = {.api = {api, 2}, .paths = {paths, 1}, .query = "q,page"};

        reader = access_reader_new(ACCESS_ANY);
        CHECK(access_rules_new(&rules[0], &opts, NULL) == 0);
        opts.query = "keep";
        CHECK(access_rules_new(&rules[1], &opts, NULL) == 0);
    }
    CHECK(line);
    memcpy(line, bytes, len);
    if (access_read(reader, line, len, &a) != ACCESS_FINE)
        return 0;
    CHECK(a.path.ptr && a.method.len > 0 && a.method.len <= ACCESS_METHOD_MAX);
    CHECK(!a.ip.ptr || access_judge(rules[0], &a) < ACCESS_VERDICTS);
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        AUTO_BUF out;

        buf_init(&out, 1 << 20);
        access_judge(rules[i], &a);
        page_event_write(&out, &a, i ? ACCESS_API : ACCESS_PAGE, NULL, rules[i], &stamp);
        CHECK(!buf_failed(&out));
        check_event(&out);
    }
    return 0;
}
