/* SPDX-License-Identifier: Apache-2.0 */
/* questions_route.c: GET /api/questions, and DELETE /api/questions/ID.
 *
 * Everybody sees and stops their own questions; who may change things, those of all. */
#include "base/mem.h"
#include "console/watching.h"

enum { LIST_MAX = 64 * 1024 };

enum { PREFIX_LEN = sizeof "/api/questions/" - 1 };

/* Who asks, for questions to be told apart. */
struct str console_asker(const struct console_request *r)
{
    return str_from(r->who.user);
}

bool console_is_questions(struct str path)
{
    return str_is(path, "/api/questions") || str_starts(path, STR("/api/questions/"));
}

static struct str whose(const struct console_request *r)
{
    return access_has(r, ACCESS_ADMIN) ? STR_NONE : console_asker(r);
}

enum MHD_Result console_questions(struct console *c, struct console_request *r)
{
    AUTO_BUF body;

    buf_init(&body, LIST_MAX);
    questions_put_json(&c->asked, whose(r), &body);
    return console_answer(r->connection, 200, "application/json", buf_as_str(&body));
}

enum MHD_Result console_stop_question(struct console *c, struct console_request *r, struct str path)
{
    struct str id = str_slice(path, PREFIX_LEN, path.len);

    if (id.len == 0 || !questions_stop(&c->asked, whose(r), id))
        return console_error(r->connection, 404, "not_found",
                             "no question of that name is under way: it may have ended by itself");
    return console_answer(r->connection, 200, "application/json", STR("{\"stopping\":true}\n"));
}
