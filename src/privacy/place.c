/* SPDX-License-Identifier: Apache-2.0 */
/* place.c: looks addresses up in a MaxMind DB file, which libmaxminddb maps into memory.
 *
 * The country is where the address is used; where the file does not know it, where it is
 * registered. To change the file of a running process, put a new one in its place by rename: a
 * mapped file must not shrink. Leaves reopening to the caller. */
#include "privacy/place.h"

#include <arpa/inet.h>
#include <errno.h>
#include <maxminddb.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/mem.h"

struct places {
    MMDB_s db; /* only read after open */
};

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

int places_open(struct places **out, const char *file, struct err *err)
{
    struct places *p = xcalloc(1, sizeof *p);
    int status = MMDB_open(file, MMDB_MODE_MMAP, &p->db);

    if (status != MMDB_SUCCESS) {
        int why = errno;

        free(p);
        if (status == MMDB_FILE_OPEN_ERROR || status == MMDB_IO_ERROR)
            return err_set(err, ERR_IO, "open %s: %s", file, strerror(why));
        return err_set(err, ERR_PARSE, "open %s as a MaxMind DB file: %s", file,
                       MMDB_strerror(status));
    }
    *out = p;
    return 0;
}

void places_close(struct places *p)
{
    if (!p)
        return;
    MMDB_close(&p->db);
    free(p);
}

/* IPv4 inside IPv6 (::ffff:1.2.3.4) becomes IPv4, which files of both kinds know. */
static int parse_address(struct str ip, union address *out)
{
    char text[INET6_ADDRSTRLEN];
    const unsigned char *mapped;

    if (ip.len == 0 || ip.len >= sizeof text || memchr(ip.ptr, 0, ip.len))
        return -1;
    memcpy(text, ip.ptr, ip.len);
    text[ip.len] = '\0';
    *out = (union address){.v6 = {.sin6_family = AF_UNSPEC}};
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        return 0;
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) != 1)
        return -1;
    out->v6.sin6_family = AF_INET6;
    if (IN6_IS_ADDR_V4MAPPED(&out->v6.sin6_addr)) {
        struct in_addr v4;

        mapped = out->v6.sin6_addr.s6_addr + 12;
        memcpy(&v4, mapped, sizeof v4);
        *out = (union address){.v4 = {.sin_family = AF_INET, .sin_addr = v4}};
    }
    return 0;
}

/* entry.NAME.iso_code where it is two capital letters. */
static bool read_code(MMDB_entry_s *entry, const char *name, char out[2])
{
    MMDB_entry_data_s data;

    if (MMDB_get_value(entry, &data, name, "iso_code", NULL) != MMDB_SUCCESS || !data.has_data ||
        data.type != MMDB_DATA_TYPE_UTF8_STRING || data.data_size != 2)
        return false;
    for (int i = 0; i < 2; i++)
        if (data.utf8_string[i] < 'A' || data.utf8_string[i] > 'Z')
            return false;
    memcpy(out, data.utf8_string, 2);
    return true;
}

bool place_country(struct places *p, struct str ip, char out[2])
{
    union address address;
    MMDB_lookup_result_s found;
    int status;

    if (!p || parse_address(ip, &address) < 0)
        return false;
    found = MMDB_lookup_sockaddr(&p->db, &address.any, &status);
    if (status != MMDB_SUCCESS || !found.found_entry)
        return false;
    return read_code(&found.entry, "country", out) ||
           read_code(&found.entry, "registered_country", out);
}
