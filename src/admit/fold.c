/* SPDX-License-Identifier: Apache-2.0 */
/* fold.c: values past their budgets become "(other)", in the record of an event that is accepted.
 *
 * After all checks, so that no pattern and no type has to know the word, and with the record's own visitor for
 * whoever sent them. Numbers, times, UUIDs and pseudonyms are no text: they stay. So do the event's ids, which
 * are its own. */
#include "admit/cardinality.h"
#include "admit/protect.h"

static const struct str other = {"(other)", 7};

static struct str *text_of(struct record *rec, enum budget_field field)
{
    static const uint8_t contexts[] = {
        [BUDGET_PAGE] = EVENT_PATH,
        [BUDGET_REFERRER] = EVENT_REFERRER,
        [BUDGET_TITLE] = EVENT_TITLE,
        [BUDGET_QUERY] = EVENT_QUERY,
        [BUDGET_HOST] = EVENT_HOST,
        [BUDGET_LOCALE] = EVENT_LOCALE,
        [BUDGET_TIMEZONE] = EVENT_TIMEZONE,
        [BUDGET_PLATFORM] = EVENT_PLATFORM,
        [BUDGET_SCREEN] = EVENT_SCREEN,
        [BUDGET_METHOD] = EVENT_METHOD,
        [BUDGET_CONTENT_TYPE] = EVENT_CONTENT_TYPE,
        [BUDGET_UTM_SOURCE] = EVENT_UTM_SOURCE,
        [BUDGET_UTM_MEDIUM] = EVENT_UTM_MEDIUM,
        [BUDGET_UTM_CAMPAIGN] = EVENT_UTM_CAMPAIGN,
        [BUDGET_UTM_CONTENT] = EVENT_UTM_CONTENT,
        [BUDGET_UTM_TERM] = EVENT_UTM_TERM,
        [BUDGET_APP_VERSION] = EVENT_APP_VERSION,
        [BUDGET_ENVIRONMENT] = EVENT_ENVIRONMENT,
    };

    switch (field) {
    case BUDGET_UA_BROWSER: return &rec->ua_browser;
    case BUDGET_UA_VERSION: return &rec->ua_version;
    case BUDGET_UA_OS: return &rec->ua_os;
    default: return &rec->context[contexts[field]];
    }
}

void fold_context(const struct protection *p, struct record *rec)
{
    struct cardinality *c = p->parts->cardinality;
    struct value_budget *const *budgets =
        c ? cardinality_fields(c, source_number(p->req->source)) : NULL;

    for (size_t i = 0; budgets && i < BUDGET_FIELDS; i++) {
        struct str *text = text_of(rec, (enum budget_field)i);

        if (text->len == 0 || !budgets[i] || cardinality_take(budgets[i], p->counted_us, *text))
            continue;
        cardinality_folded(budgets[i], p->counted_us, rec);
        *text = other;
    }
}

/* The items past the budget, in a copy of the list. 1: there are any; -1: the arena is full. */
static int fold_list(const struct protection *p, struct value_budget *b, struct record_value *v)
{
    struct record_value *items = NULL;

    for (size_t i = 0; i < v->list.count; i++) {
        const struct record_value *item = &v->list.items[i];

        if (item->type != RECORD_TEXT || item->text.len == 0 ||
            cardinality_take(b, p->counted_us, item->text))
            continue;
        if (!items) {
            items = arena_alloc_raw(p->a, v->list.count * sizeof *items);
            if (!items)
                return -1;
            memcpy(items, v->list.items, v->list.count * sizeof *items);
        }
        items[i].text = other;
    }
    if (items)
        v->list.items = items;
    return items != NULL;
}

int fold_property(const struct protection *p, const struct record *rec, struct str name,
                  struct record_value *v)
{
    struct cardinality *c = p->parts->cardinality;
    struct value_budget *b =
        c && (v->type == RECORD_TEXT || v->type == RECORD_JSON || v->type == RECORD_LIST)
            ? cardinality_property(c, source_number(p->req->source), name)
            : NULL;
    int folded = 0;

    if (!b)
        return 0;
    if (v->type == RECORD_LIST) {
        folded = fold_list(p, b, v);
    } else if (v->text.len > 0 && !cardinality_take(b, p->counted_us, v->text)) {
        *v = (struct record_value){.type = RECORD_TEXT, .text = other};
        folded = 1;
    }
    if (folded > 0)
        cardinality_folded(b, p->counted_us, rec);
    return folded < 0 ? -1 : 0;
}
