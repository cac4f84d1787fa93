/* SPDX-License-Identifier: Apache-2.0 */
/* weir/value.h: what an event can carry. Included by weir.h.
 *
 * WEIR_TEXT("foo", "bar") and its like make a struct by value, so the compiler checks the types; text is
 * borrowed until the call that takes it returns. A property, field or context key that is given twice counts once,
 * as it was said last; what an event says wins over what its request says.
 *
 *   property          JSON                              |  the event itself
 *   WEIR_TEXT         text; NULL is null                |  WEIR_ACTOR, WEIR_SESSION, WEIR_DEVICE, WEIR_REQUEST_ID
 *   WEIR_INT          integer of 64 bits, signed        |  WEIR_OCCURRED_AT   us since 1970, instead of now
 *   WEIR_NUMBER       double; null where not finite     |  WEIR_ID            a UUID of one's own
 *   WEIR_BOOL         true, false                       |  WEIR_CONTEXT       a text of context: "locale", "title" ...
 *   WEIR_NULL         null                              |  WEIR_STATUS        of the response, 100 to 999
 *   WEIR_TIME         us since 1970, as RFC 3339        |  WEIR_FLOW_ID, _BEGIN (ms since 1970), _TOKEN, _STASH,
 *   WEIR_TEXTS, WEIR_INTS, WEIR_NUMBERS   arrays        |      _PROPAGATE, _SIGNAL, _CLEAR
 *
 * Bytes that are no UTF-8 become U+FFFD. Text is cut, at the end of a character, to 32,768 bytes, in the context to
 * 8,192. At most 256 properties and 256 items of arrays count, keys have at most 255 bytes of UTF-8; what is
 * beyond is left out. Each cut adds to weir_stats.cut. Blank text of the event itself stands for absent. */
#ifndef WEIR_VALUE_H
#define WEIR_VALUE_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum weir_place {
    WEIR_IN_EVENT,
    WEIR_IN_FLOW,
    WEIR_IN_PROPERTIES,
    WEIR_IN_CONTEXT,
};

enum weir_kind {
    WEIR_KIND_END,
    WEIR_KIND_NULL,
    WEIR_KIND_BOOL,
    WEIR_KIND_INT,
    WEIR_KIND_NUMBER,
    WEIR_KIND_TEXT,
    WEIR_KIND_TIME,
    WEIR_KIND_TEXTS,
    WEIR_KIND_INTS,
    WEIR_KIND_NUMBERS,
};

/* Made by the functions below; its members are theirs. */
struct weir_value {
    const char *key;
    size_t key_len;
    enum weir_place place;
    enum weir_kind kind;
    size_t count; /* bytes of text, items of an array */
    union {
        int64_t integer;
        double number;
        const void *ptr;
    } as;
};

static inline struct weir_value weir_value_make(enum weir_place place, enum weir_kind kind,
                                                const char *key)
{
    struct weir_value v;

    v.key = key;
    v.key_len = key ? strlen(key) : 0;
    v.place = place;
    v.kind = kind;
    v.count = 0;
    v.as.integer = 0;
    return v;
}

static inline struct weir_value weir_value_text(enum weir_place place, const char *key,
                                                const char *text)
{
    struct weir_value v = weir_value_make(place, text ? WEIR_KIND_TEXT : WEIR_KIND_NULL, key);

    v.as.ptr = text;
    v.count = text ? strlen(text) : 0;
    return v;
}

static inline struct weir_value weir_value_int(enum weir_place place, enum weir_kind kind,
                                               const char *key, int64_t integer)
{
    struct weir_value v = weir_value_make(place, kind, key);

    v.as.integer = integer;
    return v;
}

static inline struct weir_value weir_value_number(const char *key, double number)
{
    struct weir_value v = weir_value_make(WEIR_IN_PROPERTIES, WEIR_KIND_NUMBER, key);

    v.as.number = number;
    return v;
}

static inline struct weir_value weir_value_list(enum weir_kind kind, const char *key,
                                                const void *items, size_t count)
{
    struct weir_value v = weir_value_make(WEIR_IN_PROPERTIES, kind, key);

    v.as.ptr = items;
    v.count = items ? count : 0;
    return v;
}

static inline struct weir_value weir_value_texts(const char *key, const char *const *items,
                                                 size_t count)
{
    return weir_value_list(WEIR_KIND_TEXTS, key, items, count);
}

static inline struct weir_value weir_value_ints(const char *key, const int64_t *items, size_t count)
{
    return weir_value_list(WEIR_KIND_INTS, key, items, count);
}

static inline struct weir_value weir_value_numbers(const char *key, const double *items,
                                                   size_t count)
{
    return weir_value_list(WEIR_KIND_NUMBERS, key, items, count);
}

#include <weir/value_names.h>

#ifdef __cplusplus
}
#endif
#endif
