/* SPDX-License-Identifier: Apache-2.0 */
/* ship_state.c: the state's file.
 *
 *   {"version":1,"log":"/var/log/nginx/access.log","scanned_us":1795363200000000,"parts":[
 *    {"inode":131,"origin":131,"generation":0,"seeded":true,"seed":"8f…","ended":false,"closed":false,"offset":5120,"lines":24,"skipping":false,
 *     "head":{"len":1024,"sha256":"…"},"tail":{"len":256,"sha256":"…"}}]}
 *
 * A reader must reject any other version, a mark longer than it can be, and a tail longer than its offset. */
#include "cmd/ship_state.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yyjson.h>

#include "base/check.h"
#include "base/io.h"
#include "base/mem.h"

enum { STATE_MAX = 1024 * 1024, NAME_HASH = 8 };

char *ship_state_file(const char *dir, const char *log)
{
    const char *slash = strrchr(log, '/'), *name = slash ? slash + 1 : log;
    char hex[2 * NAME_HASH + 1] = "";
    uint8_t digest[SHIP_HASH];
    AUTO_FREE char *file = NULL;

    CHECK(EVP_Digest(log, strlen(log), digest, NULL, EVP_sha256(), NULL) == 1);
    hex_encode(hex, digest, NAME_HASH);
    file = xasprintf("%s-%s.json", name, hex);
    return io_join(dir, file);
}

static void write_mark(struct buf *out, const char *name, const struct ship_mark *m)
{
    char hex[2 * SHIP_HASH + 1] = "";

    hex_encode(hex, m->hash, SHIP_HASH);
    buf_printf(out, ",\"%s\":{\"len\":%zu,\"sha256\":\"%s\"}", name, m->len, hex);
}

static void write_part(struct buf *out, const struct ship_part *p)
{
    buf_printf(out,
               "{\"inode\":%" PRIu64 ",\"origin\":%" PRIu64 ",\"generation\":%" PRIu64
               ",\"seeded\":%s,\"seed\":\"%016" PRIx64
               "\",\"ended\":%s,\"closed\":%s,\"offset\":%" PRIu64 ",\"lines\":%" PRIu64
               ",\"skipping\":%s",
               p->inode, p->origin, p->generation, p->seeded ? "true" : "false", p->seed,
               p->ended ? "true" : "false", p->closed ? "true" : "false", p->done.offset,
               p->done.lines, p->done.skipping ? "true" : "false");
    write_mark(out, "head", &p->head);
    write_mark(out, "tail", &p->done.tail);
    buf_char(out, '}');
}

int ship_state_save(const struct ship_state *s, const char *file, const char *log, struct err *err)
{
    AUTO_BUF out;

    buf_init(&out, STATE_MAX);
    buf_append(&out, "{\"version\":1,\"log\":", 19);
    buf_json(&out, str_from(log));
    buf_printf(&out, ",\"scanned_us\":%" PRId64 ",\"parts\":[", s->scanned_us);
    for (size_t i = 0; i < s->count; i++) {
        buf_str(&out, i ? STR(",\n") : STR("\n"));
        write_part(&out, s->parts[i]);
    }
    buf_append(&out, "]}\n", 3);
    CHECK(!buf_failed(&out));
    return io_replace_file(io_system(), file, 0600, buf_as_str(&out), err);
}

static int read_mark(struct ship_mark *m, yyjson_val *v, size_t max)
{
    yyjson_val *hash = yyjson_obj_get(v, "sha256");

    m->len = (size_t)yyjson_get_uint(yyjson_obj_get(v, "len"));
    if (!yyjson_is_uint(yyjson_obj_get(v, "len")) || m->len > max || !yyjson_is_str(hash))
        return -1;
    return hex_decode(m->hash, SHIP_HASH, str_of(yyjson_get_str(hash), yyjson_get_len(hash)));
}

static int read_part(struct ship_part *p, yyjson_val *v)
{
    yyjson_val *seed = yyjson_obj_get(v, "seed");
    uint8_t bytes[8];

    if (!yyjson_is_uint(yyjson_obj_get(v, "inode")) ||
        !yyjson_is_uint(yyjson_obj_get(v, "offset")) || !yyjson_is_str(seed) ||
        hex_decode(bytes, 8, str_of(yyjson_get_str(seed), yyjson_get_len(seed))) < 0)
        return -1;
    for (int i = 0; i < 8; i++)
        p->seed = p->seed << 8 | bytes[i];
    p->inode = yyjson_get_uint(yyjson_obj_get(v, "inode"));
    p->origin = yyjson_get_uint(yyjson_obj_get(v, "origin"));
    p->generation = yyjson_get_uint(yyjson_obj_get(v, "generation"));
    p->seeded = yyjson_get_bool(yyjson_obj_get(v, "seeded"));
    p->ended = yyjson_get_bool(yyjson_obj_get(v, "ended"));
    p->closed = yyjson_get_bool(yyjson_obj_get(v, "closed"));
    p->done.offset = yyjson_get_uint(yyjson_obj_get(v, "offset"));
    p->done.lines = yyjson_get_uint(yyjson_obj_get(v, "lines"));
    p->done.skipping = yyjson_get_bool(yyjson_obj_get(v, "skipping"));
    if (read_mark(&p->head, yyjson_obj_get(v, "head"), SHIP_HEAD_MAX) < 0 ||
        read_mark(&p->done.tail, yyjson_obj_get(v, "tail"), SHIP_TAIL_MAX) < 0 ||
        p->done.tail.len > p->done.offset)
        return -1;
    p->read = p->done;
    return 0;
}

static int read_parts(struct ship_state *s, yyjson_val *root)
{
    yyjson_val *parts = yyjson_obj_get(root, "parts"), *v;
    size_t i, max;

    if (yyjson_get_uint(yyjson_obj_get(root, "version")) != 1 || !yyjson_is_arr(parts) ||
        yyjson_arr_size(parts) > SHIP_PARTS_MAX)
        return -1;
    s->scanned_us = yyjson_get_sint(yyjson_obj_get(root, "scanned_us"));
    s->known = true;
    yyjson_arr_foreach(parts, i, max, v)
    {
        if (read_part(ship_state_add(s), v) < 0)
            return -1;
    }
    return 0;
}

int ship_state_load(struct ship_state *s, const char *file, struct err *err)
{
    struct str bytes;
    yyjson_doc *doc;
    int result;

    *s = (struct ship_state){0};
    if (access(file, F_OK) < 0 && errno == ENOENT)
        return 0;
    if (io_read_file(io_system(), file, STATE_MAX, &bytes, err) < 0)
        return -1;
    doc = yyjson_read(bytes.ptr, bytes.len, 0);
    result = read_parts(s, yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    free((char *)(uintptr_t)bytes.ptr);
    if (result == 0)
        return 0;
    ship_state_free(s);
    return err_set(
        err, ERR_CORRUPT,
        "%s is not a state of this program: remove it to begin anew; what is sent again within "
        "24 hours is counted once",
        file);
}

void ship_state_remove(struct ship_state *s, struct ship_part *p)
{
    size_t at = 0;

    while (at < s->count && s->parts[at] != p)
        at++;
    CHECK(at < s->count);
    ship_part_close(p);
    free(p);
    memmove(s->parts + at, s->parts + at + 1, (s->count - at - 1) * sizeof *s->parts);
    s->count--;
}

struct ship_part *ship_state_add(struct ship_state *s)
{
    struct ship_part *p;

    for (size_t i = 0; s->count == SHIP_PARTS_MAX && i < s->count; i++)
        if (s->parts[i]->closed)
            ship_state_remove(s, s->parts[i]);
    if (s->count == SHIP_PARTS_MAX)
        return NULL;
    p = xcalloc(1, sizeof *p);
    p->fd = -1;
    s->parts[s->count++] = p;
    return p;
}

void ship_state_free(struct ship_state *s)
{
    while (s->count)
        ship_state_remove(s, s->parts[s->count - 1]);
}
