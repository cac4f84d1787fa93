/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.h: what may be collected, compiled from a folder of YAML files.
 *
 * Promise: a catalogue that was loaded never changes; a new one is loaded beside it and swapped in
 * whole. Matching and checking allocate nothing but from the request's arena.
 * Threads: catalogue_match and catalogue_check from any thread at once; the rest from the owner.
 * The format is documented in docs/catalogue.md. */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "event/event.h"
#include "event/fault.h"
#include "event/record.h"

struct catalogue; /* opaque */
struct catalogue_event; /* opaque: one entry */

enum privacy_class { PRIVACY_KEEP, PRIVACY_PSEUDONYM, PRIVACY_HIDDEN, PRIVACY_DROP };

enum { CATALOGUE_HASH_BYTES = 32 };

enum catalogue_kind { /* bits: an entry may be of several */
                      CATALOGUE_PRODUCT = 1,
                      CATALOGUE_ACTIVITY = 2,
                      CATALOGUE_FLOW = 4,
                      CATALOGUE_PAGE = 8,
                      CATALOGUE_AUDIT = 16,
                      CATALOGUE_EMAIL = 32,
};

/* The envelope fields that a property may stand for. */
enum catalogue_role {
    ROLE_ACTOR,
    ROLE_SESSION,
    ROLE_DEVICE,
    ROLE_REQUEST_ID,
    ROLE_TIME, /* a datetime that is kept */
    ROLE_COUNT
};

/* A declared property, or a parameter of the name. */
struct catalogue_property {
    struct str name, description;
    enum record_type type; /* of the items, for a list */
    bool list, nullable, required, parameter;
    bool open; /* text, or an object, that anybody may choose: no list of values */
    enum privacy_class privacy;
    struct str scope; /* of PRIVACY_PSEUDONYM: "actor", "device", or the catalogue's own */
    unsigned scope_number; /* index into catalogue_scope */
};

/* Loads every *.yaml and *.yml under dir, subfolders included, in the order of their names.
 * All problems go to *problems, errors and warnings; -1 where there was an error. An empty
 * catalogue is an error. The caller owns *out. */
struct problems;
int catalogue_load(struct catalogue **out, const char *dir, struct problems *problems,
                   struct err *err);
void catalogue_free(struct catalogue *c);

/* One file's text instead of a folder; `name` stands for the file in messages. */
int catalogue_load_text(struct catalogue **out, struct str yaml, const char *name,
                        struct problems *problems, struct err *err);
/* The folder with entries of `yaml` in the place of those of the same name, or beside them: a change that is
 * only tried. `yaml` is one entry, a list of them, or a file; messages call it "(entry)". */
int catalogue_load_with(struct catalogue **out, const char *dir, struct str yaml,
                        struct problems *problems, struct err *err);
/* Parameters count their distinct values in b from now on, which may have served another catalogue
 * (see budget.h); without this call a catalogue counts for itself. Keeps b. Before other threads
 * see c. */
struct budgets;
void catalogue_use_budgets(struct catalogue *c, struct budgets *b);

/* SHA-256 over each file in turn: its path below the folder, a NUL, its length in 8 bytes (least
 * first), its bytes. */
const uint8_t *catalogue_hash(const struct catalogue *c);

size_t catalogue_event_count(const struct catalogue *c);
/* Entries in the order of their files; index < count. */
const struct catalogue_event *catalogue_event_at(const struct catalogue *c, size_t index);
/* Every declared property and parameter once, over all events: the store's columns. One name has one
 * type: integer beside number is number. privacy is PRIVACY_DROP only where no event keeps it, and
 * PRIVACY_PSEUDONYM where its values are hashes whatever `type` says. */
size_t catalogue_column_count(const struct catalogue *c);
const struct catalogue_property *catalogue_column_at(const struct catalogue *c, size_t index);
/* The pseudonym scopes in use; 0 is "actor", 1 "device". */
size_t catalogue_scope_count(const struct catalogue *c);
struct str catalogue_scope_name(const struct catalogue *c, size_t index);
/* The number of a scope, added where it is new: while a catalogue is read only. */
unsigned catalogue_scope_find(struct catalogue *c, struct str name);

struct str catalogue_event_name(const struct catalogue_event *ev); /* with its {parameters} */
unsigned catalogue_event_kinds(const struct catalogue_event *ev);
/* 0, or how long the raw value of the connection is kept, in microseconds. */
int64_t catalogue_event_keep_ip_us(const struct catalogue_event *ev);
int64_t catalogue_event_keep_user_agent_us(const struct catalogue_event *ev);

/* What a name matched. */
struct catalogue_match {
    const struct catalogue_event *event;
    struct str name; /* the catalogue's spelling, parameters filled in as sent */
    size_t parameter_count;
    struct str parameters[8]; /* their values, in the order of the template */
};

/* Finds the entry of `name`, without regard to ASCII case: exact names before templates, templates
 * with more fixed parts before others. 0; or -1 with a fault (unknown_event, bad_parameter) where
 * nothing matches. Text lives in `a`, or borrows from `name` and c. -1 without a fault: the arena is
 * full. */
int catalogue_match(const struct catalogue *c, struct str name, struct arena *a,
                    struct catalogue_match *out, struct faults *faults);

/* The same for a name that is stored, where a parameter may be "(other)" whatever its pattern. */
int catalogue_match_stored(const struct catalogue *c, struct str name, struct arena *a,
                           struct catalogue_match *out);

/* One property that passed its check, in its declared type. */
struct catalogue_checked {
    const struct catalogue_property *def;
    struct record_value value;
};

struct catalogue_checks {
    struct catalogue_checked *list; /* parameters first, then properties; lives in the arena */
    size_t count;
    size_t undeclared; /* dropped on a lenient source */
};

/* Checks status, expiry (at now_us), sources and properties of `ev`. Returns the number of faults
 * it added: 0 is fit to be accepted. `out` holds what passed in any case, since the quarantine
 * protects it the same way. Of an event without any fault, those of `faults` from before included,
 * the parameters count as seen, and those past their budget of distinct values become "(other)", in
 * m too, whose name may then be longer than it was sent, by 6 bytes each. -1 when the arena is full. */
int catalogue_check(struct catalogue_match *m, const struct event *ev, struct str source,
                    bool strict, int64_t now_us, struct arena *a, struct catalogue_checks *out,
                    struct faults *faults);
/* The same for an event that is only looked at: nothing counts as seen, used or folded. */
int catalogue_try(struct catalogue_match *m, const struct event *ev, struct str source, bool strict,
                  int64_t now_us, struct arena *a, struct catalogue_checks *out,
                  struct faults *faults);
/* The declared property of that name, or NULL: for the quarantine, which protects by it. */
const struct catalogue_property *catalogue_property_find(const struct catalogue_event *ev,
                                                         struct str name);
/* True for names like "password" or "email": what is undeclared and named so is never kept. */
bool catalogue_name_is_sensitive(struct str property_name);
/* True for a name, in either case, whose value some event makes a pseudonym or drops: an event that
 * does not declare it, such as one that nobody knows, must not bring its raw value in. */
bool catalogue_name_is_guarded(const struct catalogue *c, struct str property_name);
/* The property that stands for a role, or NULL. */
const struct catalogue_property *catalogue_role_property(const struct catalogue_event *ev,
                                                         enum catalogue_role role);
