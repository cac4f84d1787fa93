/* SPDX-License-Identifier: Apache-2.0 */
/* fault.c: the codes' names, and the list. */
#include "event/fault.h"

#include "base/check.h"

static const char *const names[FAULT_CODE_COUNT] = {
    [FAULT_NOT_AN_OBJECT] = "not_an_object",
    [FAULT_EVENT_TOO_LARGE] = "event_too_large",
    [FAULT_UNKNOWN_FIELD] = "unknown_field",
    [FAULT_MISSING_FIELD] = "missing_field",
    [FAULT_WRONG_FIELD] = "wrong_field",
    [FAULT_TOO_MANY_PROPERTIES] = "too_many_properties",
    [FAULT_FLOW_INVALID] = "flow_invalid",
    [FAULT_FLOW_BAD_SIGNATURE] = "flow_bad_signature",
    [FAULT_FLOW_EXPIRED] = "flow_expired",
    [FAULT_FLOW_IN_FUTURE] = "flow_in_future",
    [FAULT_UNKNOWN_EVENT] = "unknown_event",
    [FAULT_EVENT_DRAFT] = "event_draft",
    [FAULT_EVENT_RETIRED] = "event_retired",
    [FAULT_EVENT_EXPIRED] = "event_expired",
    [FAULT_SOURCE_NOT_ALLOWED] = "source_not_allowed",
    [FAULT_BAD_PARAMETER] = "bad_parameter",
    [FAULT_MISSING_PROPERTY] = "missing_property",
    [FAULT_UNDECLARED_PROPERTY] = "undeclared_property",
    [FAULT_WRONG_TYPE] = "wrong_type",
    [FAULT_NOT_IN_VALUES] = "not_in_values",
    [FAULT_PATTERN_MISMATCH] = "pattern_mismatch",
    [FAULT_TOO_SMALL] = "too_small",
    [FAULT_TOO_LARGE] = "too_large",
    [FAULT_TOO_LONG] = "too_long",
    [FAULT_TOO_MANY_ITEMS] = "too_many_items",
    [FAULT_EVENT_NOT_ALLOWED] = "event_not_allowed",
    [FAULT_TIME_OUT_OF_RANGE] = "time_out_of_range",
    [FAULT_QUARANTINE_FULL] = "quarantine_full",
    [FAULT_DOMAIN_NOT_PERMITTED] = "domain_not_permitted",
    [FAULT_DOMAIN_SKIPPED] = "domain_skipped",
};

const char *fault_code_name(enum fault_code code)
{
    CHECK(code < FAULT_CODE_COUNT);
    return names[code];
}

int fault_code_find(struct str name)
{
    for (int i = 0; i < FAULT_CODE_COUNT; i++)
        if (str_is(name, names[i]))
            return i;
    return -1;
}

void faults_add(struct faults *f, enum fault_code code, struct str path, struct str expected,
                struct str message)
{
    CHECK(code < FAULT_CODE_COUNT);
    if (f->count == FAULTS_MAX) {
        f->more++;
        return;
    }
    f->list[f->count++] = (struct fault){code, path, expected, message};
}

void faults_insist(struct faults *f, enum fault_code code, struct str path, struct str expected,
                   struct str message)
{
    if (f->count == FAULTS_MAX) {
        f->count--;
        f->more++;
    }
    faults_add(f, code, path, expected, message);
}
