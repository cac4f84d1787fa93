/* SPDX-License-Identifier: Apache-2.0 */
/* agent.h: the browser agent, which is part of the program (agent/ has its source).
 *
 * Threads: pure functions. */
#pragma once
#include "base/str.h"

struct request;

enum { AGENT_TAG_LEN = 10 }; /* "1a2b3c4d", with the quotes */

/* The script, and the same compressed by gzip. Both live forever. */
struct str agent_script(void);
struct str agent_script_packed(void);
/* Its entity tag, quoted: another script has another. No NUL. */
void agent_tag(char out[AGENT_TAG_LEN], struct str script);
/* The answer's body, or that there is none. */
void agent_answer(struct request *req);
/* Does the client of this If-None-Match have the script in either form? */
bool agent_is_known(struct str if_none_match);
