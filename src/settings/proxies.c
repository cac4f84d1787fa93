/* SPDX-License-Identifier: Apache-2.0 */
/* proxies.c: trusted proxies and the client's address behind them.
 *
 * Promise: a client cannot choose its own address: what it writes into X-Forwarded-For stands left
 * of what the first trusted proxy adds, and the walk goes from right to left. */
#include "settings/proxies.h"

#include <arpa/inet.h>

#include "base/mem.h"

struct block {
    struct address net;
    unsigned bits; /* of 128 */
};

struct proxies {
    struct block *blocks;
    size_t count;
};

static void map_v4(struct address *out, const void *v4)
{
    memset(out->b, 0, 10);
    memset(out->b + 10, 0xff, 2);
    memcpy(out->b + 12, v4, 4);
}

static bool is_v4(const struct address *a)
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

    return memcmp(a->b, prefix, sizeof prefix) == 0;
}

int address_of(const struct sockaddr *from, struct address *out)
{
    if (from->sa_family == AF_INET) {
        struct sockaddr_in in;

        memcpy(&in, from, sizeof in);
        map_v4(out, &in.sin_addr);
        return 0;
    }
    if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;

        memcpy(&in6, from, sizeof in6);
        memcpy(out->b, &in6.sin6_addr, sizeof out->b);
        return 0;
    }
    return -1;
}

/* Without the port, and without the brackets around an IPv6 address. */
static struct str bare(struct str s)
{
    size_t colon;

    s = str_trim(s);
    if (s.len > 1 && s.ptr[0] == '[') {
        size_t end = str_find(s, ']');

        return end < s.len ? str_slice(s, 1, end - 1) : STR_NONE;
    }
    colon = str_find(s, ':');
    if (colon < s.len && str_find(str_slice(s, colon + 1, SIZE_MAX), ':') == s.len - colon - 1)
        return str_slice(s, 0, colon);
    return s;
}

int address_parse(struct str s, struct address *out)
{
    char text[ADDRESS_TEXT_SIZE];
    struct in_addr v4;

    s = bare(s);
    if (s.len == 0 || s.len >= sizeof text || memchr(s.ptr, '\0', s.len))
        return -1;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    if (inet_pton(AF_INET, text, &v4) == 1) {
        map_v4(out, &v4);
        return 0;
    }
    return inet_pton(AF_INET6, text, out->b) == 1 ? 0 : -1;
}

bool address_is_loopback(const struct address *a)
{
    static const struct address v6 = {.b = {[15] = 1}};

    return is_v4(a) ? a->b[12] == 127 : memcmp(a, &v6, sizeof v6) == 0;
}

struct str address_format(const struct address *a, char out[ADDRESS_TEXT_SIZE])
{
    if (is_v4(a))
        inet_ntop(AF_INET, a->b + 12, out, ADDRESS_TEXT_SIZE);
    else
        inet_ntop(AF_INET6, a->b, out, ADDRESS_TEXT_SIZE);
    return str_from(out);
}

static int parse_block(const char *text, struct block *out, const char *what, struct err *err)
{
    struct str s = str_from(text), net = str_slice(s, 0, str_find(s, '/'));
    uint64_t bits = 0, most;

    if (net.len == 0 || address_parse(net, &out->net) < 0)
        goto bad;
    most = is_v4(&out->net) ? 32 : 128;
    bits = most;
    if (net.len < s.len &&
        (str_to_u64(str_slice(s, net.len + 1, SIZE_MAX), &bits) < 0 || bits > most))
        goto bad;
    out->bits = (unsigned)(128 - most + bits);
    return 0;

bad:
    return err_set(err, ERR_USAGE, "%s: `%s` is neither an address nor a CIDR block", what, text);
}

int proxies_new(struct proxies **out, const struct settings_list *items, const char *what,
                struct err *err)
{
    struct proxies *p = xcalloc(1, sizeof *p);

    p->blocks = xcalloc(items->count + 1, sizeof *p->blocks);
    for (; p->count < items->count; p->count++)
        if (parse_block(items->items[p->count], &p->blocks[p->count], what, err) < 0)
            goto fail;
    *out = p;
    return 0;

fail:
    proxies_free(p);
    return -1;
}

void proxies_free(struct proxies *p)
{
    if (!p)
        return;
    free(p->blocks);
    free(p);
}

static bool block_has(const struct block *block, const struct address *a)
{
    unsigned bytes = block->bits / 8, rest = block->bits % 8;
    unsigned mask = 0xffu & ~(0xffu >> rest);

    if (memcmp(block->net.b, a->b, bytes) != 0)
        return false;
    return rest == 0 || ((block->net.b[bytes] ^ a->b[bytes]) & mask) == 0;
}

bool proxies_trust(const struct proxies *p, const struct address *a)
{
    for (size_t i = 0; i < p->count; i++)
        if (block_has(&p->blocks[i], a))
            return true;
    return false;
}

/* Cuts the last item off *rest. */
static struct str last_item(struct str *rest)
{
    size_t from = rest->len;
    struct str item;

    while (from > 0 && rest->ptr[from - 1] != ',')
        from--;
    item = str_slice(*rest, from, SIZE_MAX);
    *rest = from > 0 ? str_slice(*rest, 0, from - 1) : STR_NONE;
    return item;
}

void proxies_client(const struct proxies *p, const struct address *peer, const struct str *fields,
                    size_t field_count, struct address *out)
{
    *out = *peer;
    for (size_t i = field_count; i-- > 0;) {
        struct str rest = fields[i];

        while (rest.ptr) {
            struct address next;

            if (!proxies_trust(p, out) || address_parse(last_item(&rest), &next) < 0)
                return;
            *out = next;
        }
    }
}
