/* SPDX-License-Identifier: Apache-2.0 */
/* json.h: finding one's way in JSON text. No tree, no memory; text that is no JSON yields nothing. */
#ifndef WEIR_JSON_H
#define WEIR_JSON_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_span {
    const char *ptr; /* NULL: absent */
    size_t len;
};

/* The value at the beginning of the text, without blanks around it. */
struct weir_span weir_json_value(const char *text, size_t len);
/* The member of this name of an object. */
struct weir_span weir_json_member(struct weir_span object, const char *name, size_t name_len);
/* The items of an array, one at a time: *at begins as NULL. Absent at the end, or where it is none. */
struct weir_span weir_json_item(struct weir_span array, const char **at);
/* A string without quotes and escapes, anything else as it is, with an end; cut to `capacity`. Returns
 * how many bytes all of it has. */
size_t weir_json_text(struct weir_span value, char *out, size_t capacity);

#endif
