/* SPDX-License-Identifier: Apache-2.0 */
/* agent.c: `weir agent`: the tag that puts the browser agent on a page, and the script itself.
 *
 * Needs no running collector: the settings have the key and the paths, and the program has the script.
 * The tag is HTML, so all that comes from settings and options is escaped. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/listen_url.h"
#include "collector/agent.h"

enum { TAG_MAX = 16 * 1024 * 1024 }; /* what fits a command line, and a file of settings, is less */

struct asked {
    const char *config, *source, *url, *write;
};

static void put_escaped(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        switch (s.ptr[i]) {
        case '&': buf_str(out, STR("&amp;")); break;
        case '<': buf_str(out, STR("&lt;")); break;
        case '"': buf_str(out, STR("&quot;")); break;
        default: buf_char(out, s.ptr[i]);
        }
    }
}

static void put_attribute(struct buf *out, const char *name, struct str value)
{
    buf_printf(out, " %s=\"", name);
    put_escaped(out, value);
    buf_char(out, '"');
}

static void put_integrity(struct buf *out)
{
    struct str script = agent_script();
    unsigned char digest[EVP_MAX_MD_SIZE], text[4 * (EVP_MAX_MD_SIZE / 3 + 1) + 1];
    unsigned len = 0;

    CHECK(EVP_Digest(script.ptr, script.len, digest, &len, EVP_sha384(), NULL) == 1);
    EVP_EncodeBlock(text, digest, (int)len);
    buf_printf(out, " integrity=\"sha384-%s\" crossorigin=\"anonymous\"", (const char *)text);
}

/* The agent finds events as `e` beside the script; everywhere else it has to be told. */
static bool is_beside(const char *agent, const char *events)
{
    size_t folder = (size_t)(strrchr(agent, '/') + 1 - agent);

    return strncmp(agent, events, folder) == 0 && strcmp(events + folder, "e") == 0;
}

static struct str base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return str_from(slash ? slash + 1 : path);
}

static void put_domains(struct buf *out, const struct settings_list *domains)
{
    if (domains->count == 0)
        return;
    buf_str(out, STR(" data-domains=\""));
    for (size_t i = 0; i < domains->count; i++) {
        if (i > 0)
            buf_char(out, ',');
        put_escaped(out, str_from(domains->items[i]));
    }
    buf_char(out, '"');
}

/* `url` has no / at its end. */
static void put_tag(struct buf *out, const struct settings *s, const struct settings_source *source,
                    const struct asked *o, struct str url)
{
    char *agent = xasprintf("%.*s%s", STR_ARG(url), s->pages.agent);
    char *events = xasprintf("%.*s%s", STR_ARG(url), s->pages.events);
    char *own = xasprintf("/%.*s", STR_ARG(base_name(o->write ? o->write : "")));

    buf_str(out, STR("<script defer"));
    put_attribute(out, "src", str_from(o->write ? own : agent));
    put_attribute(out, "data-key", str_from(source->key));
    if (o->write || !is_beside(s->pages.agent, s->pages.events))
        put_attribute(out, "data-to", str_from(events));
    put_domains(out, &source->domains);
    put_integrity(out);
    buf_str(out, STR("></script>\n"));
    free(agent);
    free(events);
    free(own);
}

/* The one asked for, else that of the section `pages`. */
static const struct settings_source *find_source(const struct settings *s, const char *asked,
                                                 struct err *err)
{
    const char *name = asked ? asked : s->pages.source;

    for (size_t i = 0; name && i < s->source_count; i++) {
        if (strcmp(s->sources[i].name, name) != 0)
            continue;
        if (s->sources[i].kind == SOURCE_BROWSER)
            return &s->sources[i];
        err_set(err, ERR_USAGE,
                "source %s is for servers: its key is a secret, and a page is public", name);
        return NULL;
    }
    if (name)
        err_set(err, ERR_USAGE, "%s has no source `%s`", s->file, name);
    else
        err_set(err, ERR_USAGE,
                "which source? Name one of the browser sources in %s by --source, or as "
                "`pages: {source: NAME}`",
                s->file);
    return NULL;
}

static int write_script(const char *path, struct err *err)
{
    struct str script = agent_script();
    FILE *out = fopen(path, "we");
    bool is_written;

    if (!out)
        return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
    is_written = fwrite(script.ptr, 1, script.len, out) == script.len;
    if (fclose(out) == 0 && is_written)
        return 0;
    return err_set(err, ERR_IO, "write %s: %s", path, strerror(errno));
}

static int print_tag(const struct command *self, const struct settings *s, const struct asked *o)
{
    struct err err = {0};
    const struct settings_source *source = find_source(s, o->source, &err);
    char *listened = listen_url(&s->collector.listen);
    struct str url = str_from(o->url ? o->url : listened);
    struct buf tag;
    int code = EXIT_DONE;

    while (str_ends(url, STR("/")))
        url.len--;
    buf_init(&tag, TAG_MAX);
    if (!source || (o->write && write_script(o->write, &err) < 0)) {
        code = failed(self, &err);
    } else {
        put_tag(&tag, s, source, o, url);
        CHECK(!buf_failed(&tag));
        fwrite(tag.ptr, 1, tag.len, stdout);
        if (!o->url)
            fprintf(stderr,
                    "weir agent: %.*s is where the collector listens; say by --url how pages "
                    "reach it\n",
                    STR_ARG(url));
        code = printed(self, EXIT_DONE);
    }
    buf_free(&tag);
    free(listened);
    return code;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct asked o = {0};
    const struct option_spec options[] = {
        OPTION_CONFIG(o.config),
        {OPTION_TEXT, "source", "NAME",
         "the browser source that pages send as (default: `pages.source`,|else the only one)",
         &o.source},
        {OPTION_TEXT, "url", "URL", "how pages reach the collector: https://events.example.org",
         &o.url},
        {OPTION_TEXT, "write", "FILE",
         "writes the script, to be served by your own site; - for standard|output, without a tag",
         &o.write},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse_alone(self, options, argc, argv);
    struct settings *settings = NULL;
    struct err err = {0};

    if (code >= 0)
        return code;
    if (o.write && strcmp(o.write, "-") == 0) {
        fwrite(agent_script().ptr, 1, agent_script().len, stdout);
        return printed(self, EXIT_DONE);
    }
    if (o.url && !str_starts(str_from(o.url), STR("https://")) &&
        !str_starts(str_from(o.url), STR("http://")))
        return misused(self, "--url is an address such as https://events.example.org, not `%s`",
                       o.url);
    if (load_settings(&settings, o.config, &err) < 0)
        return failed(self, &err);
    code = print_tag(self, settings, &o);
    settings_free(settings);
    return code;
}

const struct command command_agent = {
    .name = "agent",
    .summary = "the script tag that counts a site's pages",
    .arguments = "",
    .description =
        "Prints what to paste into every page: a tag that loads the browser agent from the "
        "collector,\n"
        "with the source's key and an integrity hash, so that the browser runs this script and no\n"
        "other. The hash is that of this release: print the tag anew after an update, or leave\n"
        "`integrity` and `crossorigin` out. With --write the site serves the script itself, and "
        "the\n"
        "tag says where events go; put the script's path on your site in `src`. docs/agent.md has "
        "all\n"
        "options of the tag.\n\n"
        "  weir agent --url https://events.example.org\n"
        "  weir agent --source shop --url https://events.example.org --write public/stats.js\n"
        "  weir agent --write - | sha256sum",
    .run = run,
};
