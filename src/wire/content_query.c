/* SPDX-License-Identifier: Apache-2.0 */
/* content_query.c: the parameters, by the rules of a batch's fields. */
#include "wire/content_query.h"

#include "base/mem.h"
#include "wire/content_tree.h"

enum { LANGUAGE_MAX = 35 /* what RFC 5646 asks everybody to take */ };

static const struct {
    struct str name;
    enum content_field field; /* whose rule it follows; FIELDS: a rule of its own */
} parameters[QUERY_PARAMETERS] = {
    [QUERY_CONTEXT] = {{"context", 7}, FIELD_CONTEXT},
    [QUERY_ENTRYPOINT] = {{"entrypoint", 10}, FIELD_ENTRYPOINT},
    [QUERY_FORM_TYPE] = {{"form_type", 9}, FIELDS},
    [QUERY_SERVICE] = {{"service", 7}, FIELD_SERVICE},
    [QUERY_UTM_CAMPAIGN] = {{"utm_campaign", 12}, FIELD_UTM_CAMPAIGN},
    [QUERY_UTM_CONTENT] = {{"utm_content", 11}, FIELD_UTM_CONTENT},
    [QUERY_UTM_MEDIUM] = {{"utm_medium", 10}, FIELD_UTM_MEDIUM},
    [QUERY_UTM_SOURCE] = {{"utm_source", 10}, FIELD_UTM_SOURCE},
    [QUERY_UTM_TERM] = {{"utm_term", 8}, FIELD_UTM_TERM},
};

static const char *form_type_expected(struct str s)
{
    static const char *const known[] = {"email", "button", "subscribe", "other", "none"};

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_is(s, known[i]))
            return NULL;
    return "one of email, button, subscribe, other, none";
}

/* In a query a plus sign is a blank, unless it is written as %2B. */
static const char *expected(enum content_parameter which, struct str s)
{
    if (which == QUERY_FORM_TYPE)
        return form_type_expected(s);
    if (which == QUERY_UTM_CAMPAIGN && str_is(s, "page referral - not part of a campaign"))
        return NULL;
    return content_text_expected(parameters[which].field, s);
}

int content_query_add(struct content_query *q, struct str name, struct str value, struct err *err)
{
    size_t which = 0;
    const char *wanted;

    while (which < QUERY_PARAMETERS && !str_eq(parameters[which].name, name))
        which++;
    if (which == QUERY_PARAMETERS)
        return err_set(err, ERR_USAGE,
                       "the query has a parameter that is none of key, context, entrypoint, "
                       "form_type, service, utm_campaign, utm_content, utm_medium, utm_source and "
                       "utm_term");
    if (q->seen[which])
        return err_set(err, ERR_USAGE, "`%s` stands in the query twice",
                       parameters[which].name.ptr);
    q->seen[which] = true;
    wanted = value.len ? expected((enum content_parameter)which, value) : NULL;
    if (wanted)
        return err_set(err, ERR_USAGE, "`%s` must be %s", parameters[which].name.ptr, wanted);
    q->values[which] = str_is(value, "none") ? STR_NONE : value;
    return 0;
}

void content_query_fill(struct content_query *q, bool do_not_track, struct event *out)
{
    static const enum content_parameter named[] = {QUERY_CONTEXT, QUERY_ENTRYPOINT, QUERY_SERVICE};
    static const struct {
        enum content_parameter from;
        enum event_context to;
    } campaign[] = {{QUERY_UTM_CAMPAIGN, EVENT_UTM_CAMPAIGN},
                    {QUERY_UTM_CONTENT, EVENT_UTM_CONTENT},
                    {QUERY_UTM_MEDIUM, EVENT_UTM_MEDIUM},
                    {QUERY_UTM_SOURCE, EVENT_UTM_SOURCE},
                    {QUERY_UTM_TERM, EVENT_UTM_TERM}};

    out->if_declared = true;
    out->properties = q->properties;
    out->property_count = 0;
    for (size_t i = 0; i < ARRAY_LEN(named); i++)
        if (q->values[named[i]].len)
            q->properties[out->property_count++] = (struct event_property){
                .name = parameters[named[i]].name,
                .value = {.kind = EVENT_TEXT,
                          .text = str_slice(q->values[named[i]], 0, CONTENT_TEXT_MAX)}};
    for (size_t i = 0; i < ARRAY_LEN(campaign) && !do_not_track; i++)
        out->context[campaign[i].to] = content_kept_campaign(q->values[campaign[i].from]);
}

struct str content_query_language(struct str accept)
{
    struct str first = str_slice(accept, 0, str_find(accept, ','));
    struct str tag = str_trim(str_slice(first, 0, str_find(first, ';')));

    return tag.len > 0 && tag.len <= LANGUAGE_MAX && tag.ptr[0] != '-' &&
                   content_has_only(tag, "A-Za-z0-9-")
               ? tag
               : STR_NONE;
}

struct str content_query_view(const struct content_query *q)
{
    return str_is(q->values[QUERY_FORM_TYPE], "email") ? STR("enter-email") : STR_NONE;
}
