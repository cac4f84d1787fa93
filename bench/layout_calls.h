/* SPDX-License-Identifier: Apache-2.0 */
/* layout_calls.h: times single calls of DuckDB's C API. */
#pragma once
#include "layout_schema.h"

/* Prints one line for each; leaves a table `calls` behind. */
void time_calls(duckdb_connection con);
