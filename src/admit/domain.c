/* SPDX-License-Identifier: Apache-2.0 */
/* domain.c: hosts, and the rules about them. What a host is, the event or its connection says: any text
 * is safe here. */
#include "admit/domain.h"

/* Behind the host: nothing, or a colon and at most five digits. */
static bool is_port(struct str rest)
{
    for (size_t i = 0; i < rest.len; i++)
        if (i == 0 ? rest.ptr[i] != ':' : rest.ptr[i] < '0' || rest.ptr[i] > '9')
            return false;
    return rest.len <= sizeof ":65535" - 1;
}

struct str domain_without_port(struct str host)
{
    size_t end = 0;

    if (host.len > 0 && host.ptr[0] == '[')
        end = str_find(host, ']') + 1;
    else
        end = str_find(host, ':');
    if (!is_port(str_slice(host, end, host.len)))
        return host;
    host = str_slice(host, 0, end);
    if (host.len > 1 && host.ptr[host.len - 1] == '.')
        host.len--;
    return host;
}

struct str domain_of_origin(struct str origin)
{
    size_t colon = str_find(origin, ':');

    if (colon == 0 || !str_starts(str_slice(origin, colon, 3), STR("://")))
        return STR_NONE;
    return domain_without_port(str_slice(origin, colon + 3, origin.len));
}

struct str domain_of_url(struct str url)
{
    size_t colon = str_find(url, ':'), end = 0, at;
    struct str rest;

    if (colon == 0 || !str_starts(str_slice(url, colon, 3), STR("://")))
        return STR_NONE;
    rest = str_slice(url, colon + 3, url.len);
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?' && rest.ptr[end] != '#')
        end++;
    rest = str_slice(rest, 0, end);
    while ((at = str_find(rest, '@')) < rest.len)
        rest = str_slice(rest, at + 1, rest.len);
    return domain_without_port(rest);
}

static bool is_host(struct str host)
{
    if (host.len > 0 && host.ptr[0] == '[')
        return host.ptr[host.len - 1] == ']';
    return str_find(host, ':') == host.len;
}

/* `*.example.org` asks for a part before the dot. */
static bool holds(struct str rule, struct str host)
{
    if (!str_starts(rule, STR("*.")))
        return str_eq_nocase(rule, host);
    rule = str_slice(rule, 1, rule.len);
    return host.len > rule.len &&
           str_eq_nocase(rule, str_slice(host, host.len - rule.len, rule.len));
}

bool domain_is_among(struct str host, const struct str *rules, size_t count)
{
    host = domain_without_port(host);
    if (!is_host(host))
        return false; /* whatever it ends with */
    for (size_t i = 0; i < count; i++)
        if (holds(rules[i], host))
            return true;
    return false;
}
