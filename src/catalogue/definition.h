/* SPDX-License-Identifier: Apache-2.0 */
/* definition.h: the inside of a catalogue, shared by the files of this folder only.
 *
 * Everything lives in the catalogue's own arena but the patterns, which belong to PCRE2, and is
 * written by load and compile alone. */
#pragma once
#include <stdatomic.h>

#include "base/arena.h"
#include "catalogue/budget.h"
#include "catalogue/catalogue.h"
#include "catalogue/describe.h"
#include "catalogue/keyset.h"
#include "catalogue/pattern.h"
#include "catalogue/problem.h"

enum {
    CATALOGUE_EVENTS_MAX = 10000,
    CATALOGUE_FILES_MAX = 10000,
    PARAMETERS_MAX = 8, /* as many as catalogue_match holds */
    PARTS_MAX = 64,
    LENGTH_DEFAULT = 1024, /* characters of a string */
    LENGTH_DEFAULT_URL = 2048,
    LENGTH_DEFAULT_OBJECT = 4096, /* of its JSON text */
    LENGTH_MAX = 65536,
    ITEMS_DEFAULT = 256,
    ITEMS_MAX = 10000,
    PROPERTY_NAME_MAX = 64, /* bytes */
};

enum definition_type {
    TYPE_STRING,
    TYPE_INTEGER,
    TYPE_NUMBER,
    TYPE_BOOLEAN,
    TYPE_DATETIME,
    TYPE_UUID,
    TYPE_URL,
    TYPE_OBJECT, /* kept as its JSON text */
    TYPE_COUNT
};

struct definition_place {
    const char *file;
    int line;
};

struct definition_property {
    struct catalogue_property pub; /* first: its address is the property's */
    enum definition_type type;
    bool has_type, has_privacy, has_min, has_max, has_length, has_items, multiple;
    int64_t min_integer, max_integer; /* TYPE_INTEGER */
    double min, max; /* TYPE_NUMBER */
    size_t max_length, max_items, max_values;
    struct str *values; /* as written, for strings */
    double *numbers; /* the same, for number */
    int64_t *integers; /* and for integer */
    size_t value_count;
    struct keyset value_set;
    const struct pattern *pattern;
    struct str pattern_text;
    struct str expected_type, expected_values; /* for faults */
    struct budget *budget; /* of a parameter */
    struct definition_place at;
};

struct definition_part { /* of a template, between dots */
    struct str text; /* fixed text; of a parameter, its name */
    int parameter; /* index, or -1 */
    bool multiple;
};

struct definition_role {
    struct str property;
    int line;
    bool own; /* said by the event itself, not by `defaults` */
};
struct catalogue_event {
    struct catalogue_description about;
    struct definition_place at;
    struct str *sources;
    size_t source_count;
    struct definition_property *properties;
    size_t property_count;
    struct keyset property_set;
    uint64_t required[EVENT_PROPERTIES_MAX / 64]; /* bits over properties */
    struct definition_property *parameters; /* in the order of the name; NULL where none */
    size_t parameter_count;
    struct definition_part *parts; /* of a template; NULL for an exact name */
    size_t part_count, fixed_count;
    struct definition_role roles[ROLE_COUNT];
    const struct catalogue_property *role_properties[ROLE_COUNT];
    int64_t expires_us; /* the first moment past it; INT64_MAX: never */
    int64_t keep_ip_us, keep_user_agent_us;
    int kind_line, dimensions_line, replaced_line;
    _Atomic uint64_t *deprecated_uses; /* the one thing that changes */
};

/* Templates with one fixed first part; those that begin with a parameter are apart. */
struct definition_bucket {
    uint32_t from, count; /* in `by_first` */
};

struct catalogue {
    struct arena *memory;
    uint8_t hash[CATALOGUE_HASH_BYTES];
    struct catalogue_event **events;
    size_t event_count, event_cap;
    struct pattern **patterns;
    size_t pattern_count, pattern_cap;
    struct catalogue_property *columns;
    size_t column_count;
    struct str *guarded; /* see catalogue_name_is_guarded; in the columns' order */
    size_t guarded_count;
    struct str *scopes;
    size_t scope_count, scope_cap;
    struct keyset names; /* of all events, without regard to case */
    struct catalogue_event **templates; /* in the order in which they are tried */
    size_t template_count;
    struct keyset first_parts;
    struct definition_bucket *buckets; /* by number in first_parts */
    uint32_t *by_first; /* indexes into templates, ascending within a bucket */
    uint32_t *open_first; /* those that begin with a parameter, ascending */
    size_t open_first_count;
    struct budgets *budgets, *own_budgets;
    const struct catalogue_event **flow_entries; /* by role, see flow_from */
    size_t flow_from[FLOW_ROLES + 1];
};

/* Zeroed; never NULL, since a catalogue's files are bounded. */
void *definition_alloc(struct catalogue *c, size_t count, size_t size);
struct str definition_copy(struct catalogue *c, struct str s);

struct definition_type_text { /* type.c: what `type:` says */
    enum definition_type item;
    bool list, nullable;
};
int type_parse(struct str text, struct definition_type_text *out, struct err *err);
const char *type_name(enum definition_type t);
enum record_type type_record(enum definition_type t);
/* Fills expected_type and expected_values. */
void type_describe(struct catalogue *c, struct definition_property *p);

/* match.c: parameters past their budgets become "(other)", in the name too. -1: the arena is full. */
int match_fold(struct catalogue_match *m, struct arena *a);
/* compile.c, after all files: what concerns more than one event. Adds to problems. */
void catalogue_compile(struct catalogue *c, struct problems *problems);
/* columns.c, flows.c */
void catalogue_compile_columns(struct catalogue *c, struct problems *problems);
void catalogue_compile_flows(struct catalogue *c);
