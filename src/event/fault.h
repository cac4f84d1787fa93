/* SPDX-License-Identifier: Apache-2.0 */
/* fault.h: what is wrong with one event, in words that a sender can act on.
 *
 * A fault names a code, the place as a JSON pointer (RFC 6901) into the event, and what was
 * expected. It never quotes the value that was sent: faults reach answers, logs and the quarantine. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum fault_code {
    /* the envelope */
    FAULT_NOT_AN_OBJECT,
    FAULT_EVENT_TOO_LARGE,
    FAULT_UNKNOWN_FIELD, /* a key that neither the envelope nor `context` has */
    FAULT_MISSING_FIELD,
    FAULT_WRONG_FIELD, /* an envelope field of the wrong type, form or length */
    FAULT_TOO_MANY_PROPERTIES,
    FAULT_FLOW_INVALID, /* no flow id, or no begin that one could be made with */
    FAULT_FLOW_BAD_SIGNATURE,
    FAULT_FLOW_EXPIRED,
    FAULT_FLOW_IN_FUTURE,
    /* the catalogue, about the event */
    FAULT_UNKNOWN_EVENT,
    FAULT_EVENT_DRAFT,
    FAULT_EVENT_RETIRED,
    FAULT_EVENT_EXPIRED,
    FAULT_SOURCE_NOT_ALLOWED, /* the event's entry lists its sources, this is none of them */
    FAULT_BAD_PARAMETER, /* a part of the name does not match its parameter's pattern */
    /* the catalogue, about a property */
    FAULT_MISSING_PROPERTY,
    FAULT_UNDECLARED_PROPERTY,
    FAULT_WRONG_TYPE,
    FAULT_NOT_IN_VALUES,
    FAULT_PATTERN_MISMATCH,
    FAULT_TOO_SMALL,
    FAULT_TOO_LARGE,
    FAULT_TOO_LONG,
    FAULT_TOO_MANY_ITEMS,
    /* admission */
    FAULT_EVENT_NOT_ALLOWED, /* the source's settings do not list this event: refused, not kept */
    FAULT_TIME_OUT_OF_RANGE,
    FAULT_QUARANTINE_FULL, /* the source has had kept aside what it may: refused, not kept */
    FAULT_DOMAIN_NOT_PERMITTED, /* the source's settings do not list its host: refused, not kept */
    FAULT_DOMAIN_SKIPPED, /* the settings say to leave out its host: refused, not kept */
    FAULT_CODE_COUNT
};

/* "wrong_type" and so on: part of the HTTP interface. */
const char *fault_code_name(enum fault_code code);
/* -1 for a name that is none. */
int fault_code_find(struct str name);

enum { FAULTS_MAX = 16 }; /* kept of one event; further ones are counted in `more` */

struct fault {
    enum fault_code code;
    struct str path; /* JSON pointer, "" for the event itself */
    struct str expected; /* "integer", "one of low, medium, high" ... may be empty */
    struct str message; /* a sentence */
};

struct faults {
    struct fault list[FAULTS_MAX];
    size_t count, more;
};

/* Adds one, or counts it in `more`. The texts are kept: they live at least as long as *f. */
void faults_add(struct faults *f, enum fault_code code, struct str path, struct str expected,
                struct str message);
/* The same for what must be said: with a full list it takes the place of the last one. */
void faults_insist(struct faults *f, enum fault_code code, struct str path, struct str expected,
                   struct str message);
