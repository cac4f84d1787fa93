/* SPDX-License-Identifier: Apache-2.0 */
/* step.h: the steps of a funnel, as they are written.
 *
 *   step        = alternative { "|" alternative }
 *   alternative = name [ "[" filter { "," filter } "]" ]
 *   filter      = column ( "=" | "!=" | "~" | "!~" ) value
 *
 * A name is an event's, or a template with * and {word}. A backslash takes the next character as it is;
 * [ ] | and, within brackets, commas are written so. Blanks around names and columns do not count. */
#pragma once
#include "report/build.h"

enum { STEPS_MAX = 16, STEP_ALTERNATIVES_MAX = 8, STEP_FILTERS_MAX = 8 };

struct step_filter {
    struct report_filter filter; /* `~`: its value is a template still */
    char *value; /* of = and !=, without the backslashes; NULL for templates */
};

struct step_alternative {
    struct str name; /* with its backslashes: see report_is_pattern */
    struct step_filter filters[STEP_FILTERS_MAX];
    size_t filter_count;
};

struct step {
    struct step_alternative alternatives[STEP_ALTERNATIVES_MAX];
    size_t alternative_count;
};

/* Borrows from `text`. ERR_USAGE says what is wrong, at which character of it. Free *out in any case. */
int step_parse(struct step *out, struct str text, struct err *err);
void step_free(struct step *s);
