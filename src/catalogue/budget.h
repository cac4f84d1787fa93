/* SPDX-License-Identifier: Apache-2.0 */
/* budget.h: how many distinct values each parameter of a template name may take.
 *
 * A parameter's first `max_values` distinct values are kept as they are; every other one is "(other)"
 * from then on, and counted. The seen values outlive the catalogue: one `struct budgets` serves one
 * catalogue after another (catalogue_use_budgets), and a file carries it over a restart:
 *
 *     budgets_open(&b, io_system(), "data/budgets", &err);     at start
 *     catalogue_use_budgets(c, b);                             after each catalogue_load
 *     budgets_save(b, &err);                                   every few seconds, and at the end
 *
 * What was seen since the last save is lost by a crash: a budget may then grow by that much.
 * Memory is bounded by max_values times the length of a name (128 bytes) for each parameter.
 * Threads: budget_admit and budgets_read from any; open, save and close from the owner. */
#pragma once
#include "base/err.h"
#include "base/io.h"
#include "base/str.h"

struct budgets; /* opaque: all parameters */
struct budget; /* opaque: one parameter of one event */

enum { BUDGET_DEFAULT = 1000, BUDGET_MAX = 100000 };

/* Reads the file where there is one; `path` NULL is in memory only. A file that was changed by hand
 * into something else is ERR_CORRUPT, with its line. Keeps io, copies path; the caller owns *out. */
int budgets_open(struct budgets **out, const struct io *io, const char *path, struct err *err);
void budgets_close(struct budgets *b);
/* Replaces the file (the old or the new one survives a crash) if a value was seen since the last
 * save. JSON, an array ["event", "parameter", "value"] a line. */
int budgets_save(struct budgets *b, struct err *err);

/* The budget of a parameter, made at the first call. Lives as long as b. */
struct budget *budgets_get(struct budgets *b, struct str event, struct str parameter);
/* True where value is among the first `max` distinct ones. No lock for a value that is known, nor
 * for one that is past the budget. */
bool budget_admit(struct budget *budget, struct str value, size_t max);

struct budget_use {
    struct str event, parameter; /* live as long as b */
    size_t distinct, max; /* max as it was last asked with; 0: not since start */
    uint64_t folded; /* since start: events whose value became "(other)" */
};
size_t budgets_count(struct budgets *b);
/* index < count */
void budgets_read(struct budgets *b, size_t index, struct budget_use *out);
