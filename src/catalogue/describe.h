/* SPDX-License-Identifier: Apache-2.0 */
/* describe.h: what a catalogue says about its events in words, for lists, documents and counts.
 *
 * Threads: any; everything lives as long as the catalogue. */
#pragma once
#include "catalogue/catalogue.h"

enum catalogue_status {
    CATALOGUE_ACTIVE,
    CATALOGUE_DRAFT, /* not accepted yet: quarantined */
    CATALOGUE_DEPRECATED, /* accepted, and counted */
    CATALOGUE_RETIRED, /* no longer accepted: quarantined */
};

enum catalogue_flow_role {
    FLOW_NONE,
    FLOW_BEGIN,
    FLOW_COMPLETE,
    FLOW_NEW_ACCOUNT,
    FLOW_VIEW,
    FLOW_ERROR,
    FLOW_STEP,
    FLOW_EXPERIMENT, /* the flow is part of an experiment: parameters experiment and cohort */
    FLOW_CONTINUED, /* the flow goes on from an older one, whose id is the last parameter */
    FLOW_MEASURE, /* its flow_time is how long something took, not a moment of the flow */
    FLOW_ROLES
};

struct catalogue_description {
    struct str name; /* with its {parameters} */
    struct str description, trigger, owner, since, expires, replaced_by; /* or STR_NONE */
    unsigned kinds; /* bits of enum catalogue_kind; at least one */
    enum catalogue_status status;
    enum catalogue_flow_role flow_role;
    const struct str *dimensions; /* names of properties and parameters */
    const struct str *dimension_names; /* what each is called in counts; mostly the same */
    size_t dimension_count;
    const char *file;
    int line;
    struct str text; /* as it stands in the file, from this line on: */
    int text_line;
};

const struct catalogue_description *catalogue_event_describe(const struct catalogue_event *ev);
/* "product", "draft", "new_account" ...; a kind is one bit. */
const char *catalogue_kind_name(enum catalogue_kind kind);
const char *catalogue_status_name(enum catalogue_status status);
const char *catalogue_flow_role_name(enum catalogue_flow_role role);
/* The entries of a role, but for drafts and what is retired, in the order of their files; NULL past the
 * last one. */
const struct catalogue_event *catalogue_flow_entry(const struct catalogue *c,
                                                   enum catalogue_flow_role role, size_t index);
/* Its own `sources`, where it has any, name this one. */
bool catalogue_event_takes_source(const struct catalogue_event *ev, struct str source);
/* Parameters first, in the name's order, then properties in the file's; index < count. */
size_t catalogue_event_property_count(const struct catalogue_event *ev);
const struct catalogue_property *catalogue_event_property_at(const struct catalogue_event *ev,
                                                             size_t index);
/* "string", "array<integer>|null" */
struct str catalogue_property_type(const struct catalogue_property *p, char *out, size_t size);
/* Checks that a deprecated event has passed since the catalogue was loaded. */
uint64_t catalogue_event_deprecated_uses(const struct catalogue_event *ev);
/* All of it, as a JSON list of objects (docs/http.md, GET /api/catalogue). Test buf_failed. */
struct buf;
void catalogue_put_json(struct buf *out, const struct catalogue *c);
/* What was probably meant by a name that is none, or STR_NONE. */
struct str catalogue_suggest_event(const struct catalogue *c, struct str name);
struct str catalogue_suggest_property(const struct catalogue_event *ev, struct str name);
