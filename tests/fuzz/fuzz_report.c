/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_report.c: any parameters of any report are taken or refused with a word, and what is taken makes a
 * statement, or says why not.
 *
 * The first byte chooses the report; then lines, `name=value`, as a query string would bring them. */
#include "base/check.h"
#include "base/mem.h"
#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char known[] =
    "{\"rows\":[[\"column\",\"events\",\"x\",1],[\"column\",\"flows_data\",\"y\",1],"
    "[\"model\",\"flows\",\"abc\",7],[\"store\",null,null,9]]}";

static void build(struct report_asked *asked)
{
    struct err err = {0};
    AUTO_BUF sql;

    buf_init(&sql, REPORT_SQL_MAX);
    report_put_about(asked, &sql);
    CHECK(!buf_failed(&sql));
    buf_reset(&sql, REPORT_SQL_MAX);
    CHECK(report_know(asked, str_from(known), &err) == 0);
    if (report_build(asked, true, &sql, &err) == 0)
        CHECK(sql.len > 0 && !memchr(sql.ptr, '\0', sql.len));
    else
        CHECK(err.code == ERR_USAGE || err.code == ERR_LIMIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct report_asked *asked;
    struct err err = {0};
    struct str rest;
    size_t count = 0;

    if (size < 1)
        return 0;
    while (reports[count])
        count++;
    asked = report_asked_new(reports[data[0] % count]);
    rest = str_of((const char *)data + 1, size - 1);
    while (rest.ptr) {
        struct str value = str_split(&rest, '\n'), name = str_split(&value, '=');

        if (report_set(asked, name, value, &err) < 0)
            CHECK(err.code && err.text[0]);
    }
    if (report_check(asked, &err) == 0)
        build(asked);
    else
        CHECK(err.code && err.text[0]);
    report_asked_free(asked);
    return 0;
}
