/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine_show.c: `weir quarantine show`: one event, with its errors in it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/marked.h"
#include "cmd/quarantine.h"
#include "cmd/shown.h"

enum { SHOWN_MAX = 64 << 20 };

struct showing {
    struct buf *out;
    bool hidden, terminal;
    uint64_t found;
};

/* In its place stands what kind of value it was: there is nothing to hide. */
static bool is_withheld(yyjson_mut_val *value)
{
    static const char *const kinds[] = {"null", "boolean", "integer", "number",
                                        "text", "list",    "object"};
    char text[40];

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        snprintf(text, sizeof text, "(withheld: %s)", kinds[i]);
        if (yyjson_mut_equals_str(value, text))
            return true;
    }
    return false;
}

/* Puts a word in the place of object's member `name`, if it is there and says anything. */
static void hide(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *name, size_t len)
{
    yyjson_mut_val *value = yyjson_mut_obj_getn(object, name, len);

    if (value && !is_withheld(value))
        yyjson_mut_obj_replace(object, yyjson_mut_strn(doc, name, len),
                               yyjson_mut_str(doc, "(hidden)"));
}

/* The same event without what only some may see. */
static yyjson_doc *mask(yyjson_doc *event, yyjson_val *names)
{
    yyjson_mut_doc *doc = yyjson_doc_mut_copy(event, NULL);
    yyjson_mut_val *root = yyjson_mut_doc_get_root(doc);
    yyjson_doc *masked;
    size_t i, max;
    yyjson_val *name;

    yyjson_arr_foreach(names, i, max, name)
    {
        hide(doc, yyjson_mut_obj_get(root, "properties"), yyjson_get_str(name),
             yyjson_get_len(name));
    }
    hide(doc, root, "ip", 2);
    hide(doc, root, "user_agent", 10);
    masked = yyjson_mut_doc_imut_copy(doc, NULL);
    yyjson_mut_doc_free(doc);
    return masked;
}

/* NULL: it is not there any more. */
static yyjson_doc *read_event(yyjson_val *row, bool hidden)
{
    yyjson_val *text = yyjson_obj_get(row, "event");
    yyjson_doc *event, *masked;

    if (!yyjson_is_str(text))
        return NULL;
    event = yyjson_read(yyjson_get_str(text), yyjson_get_len(text), YYJSON_READ_NUMBER_AS_RAW);
    if (!event || hidden)
        return event;
    masked = mask(event, yyjson_obj_get(row, "hidden"));
    yyjson_doc_free(event);
    return masked;
}

static void put_json(struct buf *out, yyjson_val *val)
{
    size_t len;
    char *text = val ? yyjson_val_write(val, 0, &len) : NULL;

    if (text)
        buf_append(out, text, len);
    else
        buf_str(out, STR("null"));
    free(text);
}

/* One line: the row's members, with `errors` and `event` as JSON. */
static void put_line(struct buf *out, yyjson_val *row, yyjson_val *errors, yyjson_val *event)
{
    size_t i, max;
    yyjson_val *key, *value;

    buf_char(out, '{');
    yyjson_obj_foreach(row, i, max, key, value)
    {
        if (yyjson_is_null(value) && !yyjson_equals_str(key, "event"))
            continue;
        if (i > 0)
            buf_char(out, ',');
        put_json(out, key);
        buf_char(out, ':');
        put_json(out, yyjson_equals_str(key, "errors")  ? errors
                      : yyjson_equals_str(key, "event") ? event
                                                        : value);
    }
    buf_str(out, STR("}\n"));
}

static const char *text_of(yyjson_val *row, const char *key)
{
    const char *text = yyjson_get_str(yyjson_obj_get(row, key));

    return text ? text : "";
}

/* For a person: what it is, what was decided, and the event with its errors. */
static void put_page(struct buf *out, yyjson_val *row, yyjson_val *errors, yyjson_val *event)
{
    yyjson_val *as = yyjson_obj_get(row, "replayed_as");
    const char *state = text_of(row, "state"), *by = text_of(row, "decided_by");
    size_t i, max;
    yyjson_val *error;

    buf_printf(out, "position %" PRIu64 ", received %s from %s: %s",
               yyjson_get_uint(yyjson_obj_get(row, "position")), text_of(row, "received"),
               text_of(row, "source"), state);
    if (strcmp(state, "waiting") != 0)
        buf_printf(out, " %s%s%s", text_of(row, "decided"), *by ? " by " : "", by);
    if (strcmp(state, "dropped") == 0)
        buf_printf(out, ": %s", text_of(row, "why"));
    if (yyjson_is_uint(as))
        buf_printf(out, " as position %" PRIu64, yyjson_get_uint(as));
    buf_char(out, '\n');
    if (event) {
        marked_write(out, event, errors);
        return;
    }
    buf_printf(out, "%s %s; its contents are not here any more\n", text_of(row, "name"),
               text_of(row, "id"));
    yyjson_arr_foreach(errors, i, max, error)
    {
        buf_printf(out, "%s at %s: %s\n", text_of(error, "code"), text_of(error, "path"),
                   text_of(error, "message"));
    }
}

static int show_one(void *ctx, yyjson_val *row)
{
    struct showing *s = ctx;
    yyjson_val *text = yyjson_obj_get(row, "errors");
    yyjson_doc *errors = yyjson_read(text_of(row, "errors"), yyjson_get_len(text), 0);
    yyjson_doc *event = read_event(row, s->hidden);

    if (s->terminal && s->found)
        buf_char(s->out, '\n');
    (s->terminal ? put_page : put_line)(s->out, row, yyjson_doc_get_root(errors),
                                        yyjson_doc_get_root(event));
    s->found++;
    yyjson_doc_free(errors);
    yyjson_doc_free(event);
    return 0;
}

static int show(const struct command *self, const struct settings *s,
                const struct quarantine_filter *f, bool hidden)
{
    struct err err = {0};
    AUTO_BUF out;
    struct showing to = {.out = &out, .hidden = hidden, .terminal = isatty(STDOUT_FILENO)};

    buf_init(&out, SHOWN_MAX);
    if (quarantine_rows(s, QUARANTINE_WHOLE, f, show_one, &to, &err) < 0)
        return failed(self, &err);
    if (buf_failed(&out)) {
        err_set(&err, ERR_LIMIT, "these events take more than %d MiB: name fewer", SHOWN_MAX >> 20);
        return failed(self, &err);
    }
    ask_to_stdout(NULL, buf_as_str(&out));
    if (printed(self, EXIT_DONE) != EXIT_DONE)
        return EXIT_FAILED;
    if (to.found >= f->position_count + f->id_count)
        return EXIT_DONE;
    fprintf(stderr,
            "weir %s: %" PRIu64 " of the %zu that were named are not in the quarantine, or not any "
            "more (retention.quarantine), or not in the store yet\n",
            self->name, f->position_count + f->id_count - to.found,
            f->position_count + f->id_count);
    return EXIT_FAILED;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *config = NULL;
    struct quarantine_filter filter = {0};
    bool hidden = false;
    const struct option_spec options[] = {
        OPTION_CONFIG(config),
        {OPTION_FLAG, "hidden", NULL, "show hidden values instead of \"(hidden)\"", &hidden},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse(self, options, &argc, argv);
    struct settings *settings;
    struct err err = {0};

    if (code >= 0)
        return code;
    if (argc == 0)
        return misused(self, "name a position or an event's id; weir quarantine list has some");
    code = quarantine_read_arguments(self, argc, argv, &filter);
    if (code < 0 && load_settings(&settings, config, &err) < 0) {
        code = failed(self, &err);
    } else if (code < 0) {
        ask_catch_signals();
        code = show(self, settings, &filter, hidden);
        settings_free(settings);
    }
    quarantine_filter_free(&filter);
    return code;
}

const struct command command_quarantine_show = {
    .name = "quarantine show",
    .summary = "one event that was kept aside, with its errors in it",
    .arguments = "POSITION|ID...",
    .description =
        "Shows the event as it was kept: identities are pseudonyms, what must not be kept is not\n"
        "there. On a terminal each error stands under the line that it is about; elsewhere there\n"
        "is a JSON object a line, with `errors` and `event`.\n\n"
        "  weir quarantine show 4711\n"
        "  weir quarantine show 4711 | jq .errors",
    .filter = true,
    .run = run,
};
