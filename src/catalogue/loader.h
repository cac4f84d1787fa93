/* SPDX-License-Identifier: Apache-2.0 */
/* loader.h: shared by the files that read YAML into definitions. */
#pragma once
#include "base/yaml.h"
#include "catalogue/definition.h"

enum loader_naming { NAMING_ANY, NAMING_RESOURCE_ACTION, NAMING_SNAKE_CASE };

struct loader_defaults { /* of one file */
    struct str owner;
    enum loader_naming naming;
    unsigned kinds; /* 0: not said */
    enum catalogue_status status;
    struct str *sources;
    size_t source_count;
    struct definition_role roles[ROLE_COUNT];
};

/* An entry that stands in for one of the same name, or is new. */
struct loader_instead {
    const struct yaml *node;
    bool used;
};

struct loader {
    struct catalogue *c;
    struct problems *problems;
    const char *file; /* lives in the catalogue */
    struct str bytes; /* of it; the same */
    size_t bytes_at; /* where line bytes_line begins */
    int bytes_line;
    int events_before; /* the line of what follows the list of events; 0: nothing does */
    struct evp_md_ctx_st *hash; /* of all that was read */
    struct loader_defaults defaults;
    struct catalogue_event *ev; /* the one that is being read, or NULL */
    struct definition_property *prop; /* the same */
    struct str event_name, field_name; /* for messages; may be STR_NONE */
    const struct yaml *event_node; /* its map, for keys that another key depends on */
    struct loader_instead *instead;
    size_t instead_count;
};

/* Each key of a map and what reads it. */
struct loader_key {
    const char *name;
    void (*read)(struct loader *l, const struct yaml *node);
};

/* Adds an error or a warning at a line, with the event and the field that are being read. */
void loader_error(struct loader *l, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void loader_warning(struct loader *l, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Calls the reader of each key; an unknown key is an error with a suggestion. `what` as in "an
 * event". Something else than a map is an error. */
void loader_read_map(struct loader *l, const struct yaml *map, const struct loader_key *keys,
                     size_t count, const char *what);
/* A text that is not empty, copied; or an error that says what the key takes. */
bool loader_text(struct loader *l, const struct yaml *node, struct str *out);
bool loader_bool(struct loader *l, const struct yaml *node, bool *out);
/* A whole number within the bounds. */
bool loader_size(struct loader *l, const struct yaml *node, size_t min, size_t max, size_t *out);
/* One of the words, as its index; or an error with all of them and a suggestion. -1 or index. */
int loader_word(struct loader *l, const struct yaml *node, const struct str *words, size_t count);
/* A list of texts without repetition, one text being a list of one; false after an error. */
bool loader_texts(struct loader *l, const struct yaml *node, struct str **out, size_t *count);
/* A property's or parameter's name: a letter or _, then letters, digits, _, - and dots. */
bool loader_is_property_name(struct str name);
/* Of a map's entry; or an error. */
bool loader_property_name(struct loader *l, const struct yaml *node);

/* An error: `key` names no property of the event that is read; with one that was probably meant. */
void loader_unknown_property(struct loader *l, int line, const char *key, struct str name);

/* load_dimensions.c: the properties by which an event is counted. The check needs all of the event. */
void loader_read_dimensions(struct loader *l, const struct yaml *node);
void loader_check_dimensions(struct loader *l);

/* load_defaults.c: keys that `defaults` and an event have in common, and `defaults` itself. */
void loader_read_kind(struct loader *l, const struct yaml *node, unsigned *out);
void loader_read_status(struct loader *l, const struct yaml *node, enum catalogue_status *out);
void loader_read_role(struct loader *l, const struct yaml *node, struct definition_role *out);
void loader_read_defaults(struct loader *l, const struct yaml *node);
/* load_event.c */
/* One that stands in, in the midst of a file of others. */
void loader_read_instead(struct loader *l, struct loader_instead *e);
void loader_read_events(struct loader *l, const struct yaml *node);
/* load.c: NULL after an error with its line. */
struct yaml *loader_parse(struct loader *l, struct str bytes);
/* load_trial.c: entries that stand in for others: what they are read from, which the caller frees, or NULL
 * after an error; then, once all files are read, those that stood in for none. */
struct yaml *loader_parse_instead(struct loader *l, struct str yaml);
void loader_read_new(struct loader *l);
/* The entry that stands in for this one, or NULL. */
struct loader_instead *loader_find_instead(const struct loader *l, const struct yaml *node);
/* load_property.c */
void loader_read_properties(struct loader *l, const struct yaml *node);
void loader_read_parameters(struct loader *l, const struct yaml *node);
/* template.c: takes the name apart, and puts its parameters, which `parameters` may describe
 * further, into their order; checks the name against `naming`. */
bool loader_read_name(struct loader *l, const struct yaml *node);
