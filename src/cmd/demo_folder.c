/* SPDX-License-Identifier: Apache-2.0 */
/* demo_folder.c: makes and finds the demo's folder.
 *
 * The marker, .weir-demo, is a text of `key value` lines: what was sent, or nothing before that. It
 * is written first, so that a half-made folder is known as ours. */
#include "cmd/demo_folder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/random.h"
#include "demo/traffic.h"

static const char marker[] = ".weir-demo";
enum { COLLECTOR_PORT = 8080 };

static int write_file(const struct demo_folder *f, const char *name, mode_t mode, struct str bytes,
                      struct err *err)
{
    AUTO_FREE char *path = io_join(f->dir, name);

    return io_replace_file(io_system(), path, mode, bytes, err);
}

int demo_folder_remember(const struct demo_folder *f, struct err *err)
{
    AUTO_BUF text;

    buf_init(&text, 1024);
    buf_printf(&text,
               "made_by weir demo\nseed %" PRIu64 "\nevents %" PRIu64 "\ndays %" PRIu64
               "\nuntil_us %" PRId64 "\n",
               f->history.seed, f->history.events, f->history.days, f->history.until_us);
    return write_file(f, marker, 0644, buf_as_str(&text), err);
}

static int read_marker(struct demo_folder *f, const char *path, struct err *err)
{
    struct str bytes, rest;
    uint64_t until_us = 0;
    const struct {
        const char *key;
        uint64_t *out;
    } fields[] = {{"seed", &f->history.seed},
                  {"events", &f->history.events},
                  {"days", &f->history.days},
                  {"until_us", &until_us}};

    if (io_read_file(io_system(), path, 4096, &bytes, err) < 0)
        return -1;
    rest = bytes;
    while (rest.ptr) {
        struct str value = str_split(&rest, '\n'), key = str_split(&value, ' ');

        for (size_t i = 0; i < ARRAY_LEN(fields); i++)
            if (str_is(key, fields[i].key) && str_to_u64(value, fields[i].out) < 0)
                err_set(err, ERR_PARSE, "%s: %s is no number", path, fields[i].key);
    }
    free((char *)(uintptr_t)bytes.ptr);
    f->history.until_us = (int64_t)until_us;
    return err->code ? -1 : 0;
}

static int stop_at_first(void *ctx, const char *name)
{
    (void)name;
    *(bool *)ctx = false;
    return 1;
}

static bool is_port_free(uint16_t port, uint16_t *out)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    AUTO_FD fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof a;
    int yes = 1;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        bind(fd, (struct sockaddr *)&a, len) < 0 || listen(fd, 1) < 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) < 0)
        return false;
    *out = ntohs(a.sin_port);
    return true;
}

static int choose_ports(uint16_t wanted, uint16_t *collector, uint16_t *console, struct err *err)
{
    uint16_t first = wanted ? wanted : COLLECTOR_PORT;

    if (first < UINT16_MAX && is_port_free(first, collector) &&
        is_port_free((uint16_t)(first + 1), console))
        return 0;
    if (wanted)
        return err_set(err, ERR_BUSY, "127.0.0.1:%u or the port behind it is taken", wanted);
    if (is_port_free(0, collector) && is_port_free(0, console))
        return 0;
    return err_set(err, ERR_IO, "find a free port on 127.0.0.1: %s", strerror(errno));
}

/* catalogues/ of a checkout with the program in build/, or share/weir/catalogues/ of an
 * installation with the program in bin/. */
static char *find_catalogues(const char *given, struct err *err)
{
    static const char *const places[] = {"/catalogues", "/share/weir/catalogues"};
    char program[4096];
    ssize_t len;

    if (given) {
        char *path = realpath(given, NULL);

        if (!path)
            err_set(err, ERR_IO, "--catalogues %s: %s", given, strerror(errno));
        return path;
    }
    len = readlink("/proc/self/exe", program, sizeof program - 1);
    for (size_t i = 0; len > 0 && i < ARRAY_LEN(places); i++) {
        AUTO_FREE char *exe = xmemdup(program, (size_t)len);
        AUTO_FREE char *bin = io_parent(exe), *top = io_parent(bin);
        AUTO_FREE char *path = xasprintf("%s%s", top, places[i]);
        AUTO_FREE char *one = io_join(path, traffic_source_name(TRAFFIC_SITE));

        if (access(one, R_OK) == 0)
            return xstrdup(path);
    }
    err_set(err, ERR_IO,
            "the example catalogues are not beside the program: name their folder "
            "with --catalogues DIR");
    return NULL;
}

static int write_key(const struct demo_folder *f, const char *of, struct err *err)
{
    AUTO_FREE char *name = xasprintf("%s.key", of);
    unsigned char random[24];
    char hex[sizeof random * 2 + 1];

    random_key(random, sizeof random);
    hex_encode(hex, random, sizeof random);
    hex[sizeof hex - 1] = '\n';
    return write_file(f, name, 0600, str_of(hex, sizeof hex), err);
}

/* One for each source, and one that signs flow ids. */
static int write_keys(const struct demo_folder *f, struct err *err)
{
    for (int i = 0; i < TRAFFIC_SOURCES; i++)
        if (write_key(f, traffic_source_name(i), err) < 0)
            return -1;
    return write_key(f, "flow", err);
}

static int write_config(const struct demo_folder *f, const char *catalogues, uint16_t collector,
                        uint16_t console, struct err *err)
{
    AUTO_BUF text;

    buf_init(&text, 16384);
    buf_printf(&text, "# Made by `weir demo`, which uses it again. To start anew, delete the "
                      "folder.\ndata: ./data\ncatalogue: ");
    buf_json(&text, str_from(catalogues));
    /* The demo stands for a proxy: it names the address of each made-up browser, and sends two weeks
     * of them at once. */
    buf_printf(
        &text,
        "\ncollector: {listen: \"127.0.0.1:%u\", trusted_proxies: [127.0.0.1]}\n"
        "console: {listen: \"127.0.0.1:%u\"}\nflows: {keys: [\"file:flow.key\"]}\nsources:\n",
        collector, console);
    for (int i = 0; i < TRAFFIC_SOURCES; i++) {
        const char *name = traffic_source_name(i);

        if (i == TRAFFIC_SITE)
            buf_printf(
                &text,
                "  - name: %s\n    kind: browser\n    key: file:%s.key\n"
                "    origins: [\"https://www.example.org\"]\n"
                "    rate: unlimited\n"
                "    events: [\"page.*\", \"link.*\", \"search*\", \"social*\", \"bentest*\"]\n",
                name, name);
        else
            buf_printf(&text, "  - {name: %s, kind: server, key: \"file:%s.key\"}\n", name, name);
    }
    if (buf_failed(&text))
        return err_set(err, ERR_LIMIT, "the path of the catalogues is too long");
    return write_file(f, "weir.yaml", 0644, buf_as_str(&text), err);
}

static int make(struct demo_folder *f, const char *catalogues, uint16_t port, struct err *err)
{
    AUTO_FREE char *found = find_catalogues(catalogues, err);
    uint16_t collector, console;

    if (!found || choose_ports(port, &collector, &console, err) < 0 ||
        demo_folder_remember(f, err) < 0 || write_keys(f, err) < 0)
        return -1;
    return write_config(f, found, collector, console, err);
}

int demo_folder_open(struct demo_folder **out, const char *dir, const char *catalogues,
                     uint16_t port, struct err *err)
{
    struct demo_folder *f = xcalloc(1, sizeof *f);
    AUTO_FREE char *mark = io_join(dir, marker);
    bool empty = true;

    f->dir = xstrdup(dir);
    f->config = io_join(dir, "weir.yaml");
    f->log = io_join(dir, "weir.log");
    *err = (struct err){0};
    if (io_make_dir(io_system(), dir, 0755, err) < 0)
        goto fail;
    if (access(mark, F_OK) == 0) {
        if (read_marker(f, mark, err) < 0)
            goto fail;
        f->found = access(f->config, F_OK) == 0; /* else its making was cut short */
        empty = true;
    } else if (io_system()->list(io_system(), dir, stop_at_first, &empty) < 0) {
        err_set(err, ERR_IO, "look into %s: %s", dir, strerror(errno));
        goto fail;
    }
    if (!empty) {
        err_set(err, ERR_DENIED,
                "%s has files in it and was not made by weir demo: choose another with --dir", dir);
        goto fail;
    }
    if (!f->found && make(f, catalogues, port, err) < 0)
        goto fail;
    *out = f;
    return 0;

fail:
    demo_folder_close(f);
    return -1;
}

void demo_folder_close(struct demo_folder *f)
{
    if (!f)
        return;
    free(f->dir);
    free(f->config);
    free(f->log);
    free(f);
}
