/* SPDX-License-Identifier: Apache-2.0 */
/* read_catalogue.h: the catalogue for a process that runs: problems go to the log. */
#pragma once
#include "catalogue/catalogue.h"
#include "settings/settings.h"

struct problems;

/* Logs each error with its place, and how many warnings there are. */
void say_problems(const struct problems *problems);
/* Logs `what` of the problems. The caller owns *out. */
enum read_what { READ_SAY_ALL, READ_SAY_ERRORS, READ_SAY_NOTHING };
int read_catalogue(const struct settings *s, enum read_what what, struct catalogue **out,
                   struct err *err);
