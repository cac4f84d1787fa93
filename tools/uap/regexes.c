/* SPDX-License-Identifier: Apache-2.0 */
/* regexes.c: reads regexes.yaml: three lists of maps with `regex`, replacements and `regex_flag`.
 *
 * Any other key ends the tool: a new version of the file may say something that the parser would
 * have to follow. What brands and models are called is of no use here and left out. */
#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "uap.h"

static const char *const list_names[LISTS] = {"user_agent_parsers", "os_parsers", "device_parsers"};
static const char *const part_names[LISTS][PARTS] = {
    {"family_replacement", "v1_replacement", "v2_replacement", "v3_replacement", "v4_replacement"},
    {"os_replacement", "os_v1_replacement", "os_v2_replacement", "os_v3_replacement",
     "os_v4_replacement"},
    {"device_replacement", NULL, NULL, NULL, NULL},
};
static const char *const ignored[] = {"brand_replacement", "model_replacement"};

struct reader {
    yaml_parser_t parser;
    yaml_event_t event;
    const char *path;
};

static yaml_event_type_t next(struct reader *r)
{
    yaml_event_delete(&r->event);
    if (!yaml_parser_parse(&r->parser, &r->event))
        die("%s:%zu: %s", r->path, r->parser.problem_mark.line + 1, r->parser.problem);
    return r->event.type;
}

static _Noreturn void refuse(struct reader *r, const char *what)
{
    die("%s:%zu: %s", r->path, r->event.start_mark.line + 1, what);
}

static char *scalar(struct reader *r)
{
    if (r->event.type != YAML_SCALAR_EVENT)
        refuse(r, "a text was expected");
    return keep_text((char *)r->event.data.scalar.value, r->event.data.scalar.length);
}

static void set_key(struct reader *r, int list, struct expression *e, const char *key, char *value)
{
    if (strcmp(key, "regex") == 0) {
        e->pattern = value;
        return;
    }
    if (strcmp(key, "regex_flag") == 0) {
        if (strcmp(value, "i") != 0)
            refuse(r, "the only flag that is known is i");
        e->nocase = true;
        return;
    }
    for (int i = 0; i < PARTS && part_names[list][i]; i++)
        if (strcmp(key, part_names[list][i]) == 0) {
            e->replacement[i] = value;
            return;
        }
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        if (list == 2 && strcmp(key, ignored[i]) == 0)
            return;
    refuse(r, "a key that is not known");
}

static void read_expression(struct reader *r, int list, struct expression *e)
{
    while (next(r) != YAML_MAPPING_END_EVENT) {
        char *key = scalar(r);

        next(r);
        set_key(r, list, e, key, scalar(r));
    }
    if (!e->pattern)
        refuse(r, "an entry without regex");
}

static void read_list(struct reader *r, int list, struct list *out)
{
    out->at = keep(EXPRESSIONS_MAX * sizeof *out->at);
    if (next(r) != YAML_SEQUENCE_START_EVENT)
        refuse(r, "a list was expected");
    while (next(r) != YAML_SEQUENCE_END_EVENT) {
        if (r->event.type != YAML_MAPPING_START_EVENT)
            refuse(r, "a map was expected");
        if (out->count == EXPRESSIONS_MAX)
            refuse(r, "too many expressions");
        read_expression(r, list, &out->at[out->count++]);
    }
}

static int list_index(struct reader *r, const char *name)
{
    for (int i = 0; i < LISTS; i++)
        if (strcmp(name, list_names[i]) == 0)
            return i;
    refuse(r, "a list that is not known");
}

void regexes_read(const char *path, struct list out[LISTS])
{
    struct reader r = {.path = path};
    FILE *in = fopen(path, "rb");

    if (!in)
        die("open %s: %s", path, strerror(errno));
    if (!yaml_parser_initialize(&r.parser))
        die("out of memory");
    yaml_parser_set_input_file(&r.parser, in);
    while (next(&r) != YAML_MAPPING_START_EVENT)
        if (r.event.type == YAML_STREAM_END_EVENT)
            refuse(&r, "a map was expected");
    while (next(&r) != YAML_MAPPING_END_EVENT) {
        int list = list_index(&r, scalar(&r));

        read_list(&r, list, &out[list]);
    }
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    fclose(in);
    for (int i = 0; i < LISTS; i++)
        if (out[i].count == 0)
            die("%s: has no %s", path, list_names[i]);
}
