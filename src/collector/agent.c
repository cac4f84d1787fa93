/* SPDX-License-Identifier: Apache-2.0 */
/* agent.c: GET /agent.js, or what the settings call it: the script for web pages.
 *
 * Promises: a page of any origin may load it, also one that checks its integrity or is isolated; what a
 * browser has already is not sent again; it is the same for everybody, so that any cache may keep it.
 * Leaves to send.c the fields that say so. */
#include "collector/agent.h"

#include <stdio.h>

#include "base/check.h"
#include "base/coding.h"
#include "base/crc32c.h"
#include "base/embed.h"
#include "collector/request.h"

extern const struct embedded agent_files[];

struct str agent_script(void)
{
    return embedded_find(agent_files, STR("agent.js"));
}

struct str agent_script_packed(void)
{
    return embedded_find(agent_files, STR("agent.js.gz"));
}

void agent_tag(char out[AGENT_TAG_LEN], struct str script)
{
    char text[AGENT_TAG_LEN + 1];

    snprintf(text, sizeof text, "\"%08x\"", crc32c(0, script.ptr, script.len));
    memcpy(out, text, AGENT_TAG_LEN);
}

bool agent_is_known(struct str if_none_match)
{
    char plain[AGENT_TAG_LEN], packed[AGENT_TAG_LEN];

    agent_tag(plain, agent_script());
    agent_tag(packed, agent_script_packed());
    while (if_none_match.ptr) {
        struct str tag = str_trim(str_split(&if_none_match, ','));

        if (str_starts(tag, STR("W/"))) /* a proxy that compresses weakens them */
            tag = str_slice(tag, 2, SIZE_MAX);
        if (str_is(tag, "*") || str_eq(tag, str_of(plain, sizeof plain)) ||
            str_eq(tag, str_of(packed, sizeof packed)))
            return true;
    }
    return false;
}

void agent_answer(struct request *req)
{
    struct str script =
        coding_takes_gzip(req->head.accept_encoding) ? agent_script_packed() : agent_script();

    CHECK(script.ptr);
    req->content_type = "text/javascript; charset=utf-8";
    if (agent_is_known(req->head.if_none_match)) {
        req->status = MHD_HTTP_NOT_MODIFIED;
        return;
    }
    req->status = MHD_HTTP_OK;
    buf_str(&req->answer, script);
}
