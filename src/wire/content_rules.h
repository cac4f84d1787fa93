/* SPDX-License-Identifier: Apache-2.0 */
/* content_rules.h: the rules of a batch's schema; for content_schema.c alone, which holds a batch to them. */
#pragma once
#include "wire/content_tree.h"

#define CONTENT_WHOLE_MAX INT64_C(9007199254740991) /* what a client's numbers hold exactly */

enum rule_type { TEXT, WHOLE, NUMBER, BOOLEAN, OBJECT, LIST };
enum rule_flag { REQUIRED = 1, OR_NONE = 2, OR_NULL = 4 };

struct rule {
    struct str key;
    enum rule_type type;
    unsigned flags;
    int64_t min, max; /* of a number; of a text's bytes, where max 0 is 1024 */
    const char *set; /* a text's bytes */
    bool (*fits)(struct str s); /* a text, beside that */
    const struct shape *inside; /* of an object, or of each item of a list; NULL: anything */
    const char *expected;
};

struct shape {
    const struct rule *rules;
    size_t count;
    size_t at; /* where its values go in content_batch's lists; NOWHERE */
};
#define NOWHERE SIZE_MAX
enum { TEXT_MAX = 1024, DEPTH_MAX = 3 /* keys and numbers of a path */ };

extern const struct shape content_shape;
