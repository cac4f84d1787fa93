/* SPDX-License-Identifier: Apache-2.0 */
/* flow_id.h: flow ids that whoever shares the key can make and check, without asking anybody.
 *
 * A flow is one journey of a user; its id says that a server of ours began it, and when. The form
 * stands at the top of flow_id.c. Who leaks an id leaks one flow, for as long as `expiry` says.
 *
 * Promise: minting and verifying allocate nothing; signatures are compared in constant time; what
 * keys were made of is wiped with them.
 * Threads: flow_keys_new and flow_keys_free from the owner, the rest from any thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { FLOW_ID_LEN = 64 };

struct flow_keys; /* opaque */

struct flow_keys_opts {
    const struct str *keys; /* at least one; the first mints, all verify; may be wiped afterwards */
    size_t count;
    int64_t expiry_ms;
    bool user_agent; /* ids of the older recipe verify, too */
};

/* The caller owns what is returned. */
struct flow_keys *flow_keys_new(const struct flow_keys_opts *opts);
/* NULL is fine. */
void flow_keys_free(struct flow_keys *k);
int64_t flow_keys_expiry_ms(const struct flow_keys *k);
bool flow_keys_take_user_agent(const struct flow_keys *k);

enum flow_id_verdict {
    FLOW_ID_VALID,
    FLOW_ID_INVALID, /* not 64 lower-case hex digits */
    FLOW_ID_BAD_BEGIN, /* before 1970 */
    FLOW_ID_BAD_SIGNATURE, /* of none of the keys, or for another begin */
    FLOW_ID_EXPIRED,
    FLOW_ID_IN_FUTURE,
};

/* Writes a new id of FLOW_ID_LEN characters, without NUL. begin_ms: Unix milliseconds, not negative. */
void flow_id_mint(const struct flow_keys *k, int64_t begin_ms, char *out);
/* Form and signature, in that order. The user agent counts for the older recipe only. */
enum flow_id_verdict flow_id_verify(const struct flow_keys *k, struct str id, int64_t begin_ms,
                                    struct str user_agent);
/* Is a flow that began then good for something at now_ms? Its age must be 0 to the expiry. */
enum flow_id_verdict flow_id_age(const struct flow_keys *k, int64_t begin_ms, int64_t now_ms);
/* Exactly 64 lower-case hex digits? */
bool flow_id_is_one(struct str id);
