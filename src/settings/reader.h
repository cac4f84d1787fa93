/* SPDX-License-Identifier: Apache-2.0 */
/* reader.h: typed values out of a settings file, with the place of what is wrong.
 *
 * Internal to src/settings. A reader keeps the first error; readings after it change nothing, so a
 * section can be read straight through and the error be tested once.
 * Threads: one owner. */
#pragma once
#include "base/yaml.h"
#include "settings/settings.h"

struct reader {
    const char *file;
    const char *folder; /* of the file, for relative paths */
    struct err *err;
    bool failed;
};

/* Says what is wrong with the value at `line`. */
void reader_complain(struct reader *r, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Complains about the first key of `map` that is none of `known` (ended by NULL). `what` names the
 * section. A NULL map is fine. */
void reader_keys(struct reader *r, const struct yaml *map, const char *what,
                 const char *const *known);
/* The entry, checked to be a map or list; NULL where absent. */
const struct yaml *reader_section(struct reader *r, const struct yaml *map, const char *key,
                                  enum yaml_kind kind);

/* Each reads map[key] where it is there and leaves *out alone otherwise. Strings are heap copies
 * that replace *out. */
void reader_text(struct reader *r, const struct yaml *map, const char *key, char **out);
void reader_path(struct reader *r, const struct yaml *map, const char *key, char **out);
/* Text, file:PATH or env:NAME. */
void reader_secret(struct reader *r, const struct yaml *map, const char *key, char **out);
/* The same for a list. */
void reader_secrets(struct reader *r, const struct yaml *map, const char *key,
                    struct settings_list *out);
void reader_bool(struct reader *r, const struct yaml *map, const char *key, bool *out);
void reader_count(struct reader *r, const struct yaml *map, const char *key, uint64_t max,
                  uint64_t *out);
/* Bytes with KiB, MiB, GiB, between min and max. */
void reader_size(struct reader *r, const struct yaml *map, const char *key, uint64_t min,
                 uint64_t max, uint64_t *out);
/* A duration; `forever` as -1 where allowed. */
void reader_duration(struct reader *r, const struct yaml *map, const char *key, bool forever,
                     int64_t *out_us);
/* `100/s`, `6000/m`, `10000/h`; `unlimited` is 0. */
void reader_rate(struct reader *r, const struct yaml *map, const char *key, double *out_per_s);
/* ADDRESS:PORT, [ADDRESS]:PORT for IPv6. */
void reader_listen(struct reader *r, const struct yaml *map, const char *key,
                   struct settings_listen *out);
void reader_list(struct reader *r, const struct yaml *map, const char *key,
                 struct settings_list *out);
void settings_list_free(struct settings_list *l);
