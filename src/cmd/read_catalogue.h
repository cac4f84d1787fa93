/* SPDX-License-Identifier: Apache-2.0 */
/* read_catalogue.h: the catalogue for a process that runs: problems go to the log. */
#pragma once
#include "catalogue/catalogue.h"
#include "settings/settings.h"

/* Logs each error with its place, and how many warnings there are. The caller owns *out. */
int read_catalogue(const struct settings *s, struct catalogue **out, struct err *err);
