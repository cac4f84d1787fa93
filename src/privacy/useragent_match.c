/* SPDX-License-Identifier: Apache-2.0 */
/* useragent_match.c: finds which expressions could match an agent, and tries these in order.
 *
 * One pass of an Aho-Corasick automaton over the lower-cased agent notes the literals in it. Every
 * expression comes with clauses (sets of literals) of which each must be met; most agents leave a
 * dozen of the 1,200 expressions to try. These are compiled when first needed, with JIT where the
 * system allows it, under a lock, and published by an atomic store: readers take no lock. Text is
 * bytes, not UTF-8, as uap-core's expressions mean ASCII.
 *
 * Promises: an expression that the filter leaves out cannot match; no agent makes
 * it try more than TRIES_MAX expressions, nor any of these go more steps than its limit: past them
 * the rest counts as not matching, which only agents made to be slow get to. Leaves caching and the
 * meaning of the parts to useragent.c. */
#include "privacy/useragent_match.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

enum {
    /* What PCRE2 counts differs with JIT and without. One of uap-core's 31,122 agents needs more
     * than 1,500 steps of one expression and none more than 2,000; interpreted, 10,000 and 20,000. */
    LIMIT_JIT = 2500,
    LIMIT_INTERPRETED = 40000,
    HEAP_LIMIT_KIB = 256, /* without JIT */
    TRIES_MAX = 40, /* uap-core's agents need at most 20, 99 in 100 of them 6 */
    GROUPS = 10, /* $0 to $9 */
};

struct uap {
    pcre2_general_context *general;
    pcre2_match_context *jit, *interpreted; /* their limits */
    bool no_jit;
    pthread_mutex_t compiling;
    _Atomic(pcre2_code *) code[UAP_EXPRESSIONS_MAX]; /* written under `compiling` */
};

static void *pcre_malloc(size_t size, void *ctx)
{
    (void)ctx;
    return xmalloc(size);
}

static void pcre_free(void *ptr, void *ctx)
{
    (void)ctx;
    free(ptr);
}

static pcre2_match_context *limits_new(struct uap *u, uint32_t limit)
{
    pcre2_match_context *context = pcre2_match_context_create(u->general);

    pcre2_set_match_limit(context, limit);
    pcre2_set_heap_limit(context, HEAP_LIMIT_KIB);
    return context;
}

struct uap *uap_new(bool no_jit)
{
    struct uap *u = xcalloc(1, sizeof *u);

    CHECK(uap_list_end[UAP_DEVICE] <= UAP_EXPRESSIONS_MAX);
    CHECK(uap_literal_count <= UAP_LITERALS_MAX);
    u->general = pcre2_general_context_create(pcre_malloc, pcre_free, NULL);
    u->jit = limits_new(u, LIMIT_JIT);
    u->interpreted = limits_new(u, LIMIT_INTERPRETED);
    u->no_jit = no_jit;
    CHECK(pthread_mutex_init(&u->compiling, NULL) == 0);
    return u;
}

void uap_free(struct uap *u)
{
    if (!u)
        return;
    for (size_t i = 0; i < UAP_EXPRESSIONS_MAX; i++)
        pcre2_code_free(atomic_load(&u->code[i]));
    pcre2_match_context_free(u->jit);
    pcre2_match_context_free(u->interpreted);
    pcre2_general_context_free(u->general);
    pthread_mutex_destroy(&u->compiling);
    free(u);
}

/* --- which expressions could match --- */

static void note_literal(struct uap_scan *scan, unsigned literal)
{
    uint64_t bit = UINT64_C(1) << literal % 64;
    size_t from = literal ? uap_posting_end[literal - 1] : 0;

    if (scan->literals[literal / 64] & bit)
        return;
    scan->literals[literal / 64] |= bit;
    for (size_t i = from; i < uap_posting_end[literal]; i++)
        scan->met[uap_postings[i].expression] |= uap_postings[i].clause;
}

static unsigned next_state(unsigned state, unsigned char c)
{
    for (;;) {
        const struct uap_state *s = &uap_states[state];
        const unsigned char *at =
            s->children ? memchr(uap_labels + s->first, c, s->children) : NULL;

        if (at)
            return (unsigned)(at - uap_labels);
        if (state == 0)
            return 0;
        state = s->fail;
    }
}

void uap_scan(struct uap_scan *scan, struct str agent)
{
    unsigned state = 0;

    CHECK(agent.len <= UAP_AGENT_MAX);
    memset(scan, 0, sizeof *scan);
    scan->agent = agent;
    for (size_t i = 0; i < agent.len; i++) {
        state = next_state(state, (unsigned char)ascii_lower(agent.ptr[i]));
        for (unsigned s = state; s; s = uap_states[s].outer)
            if (uap_states[s].text)
                note_literal(scan, uap_states[s].text - 1U);
    }
}

static bool could_match(const struct uap_scan *scan, size_t i)
{
    return scan->everything || scan->met[i] == uap_needs[i];
}

/* --- trying them --- */

static pcre2_code *compile(struct uap *u, size_t i)
{
    const struct uap_expression *e = &uap_expressions[i];
    uint32_t options = PCRE2_DOLLAR_ENDONLY | (e->flags & UAP_NOCASE ? PCRE2_CASELESS : 0);
    pcre2_compile_context *context = pcre2_compile_context_create(u->general);
    PCRE2_SIZE at;
    pcre2_code *code;
    int why;

    code = pcre2_compile((PCRE2_SPTR)uap_pool + e->pattern, PCRE2_ZERO_TERMINATED, options, &why,
                         &at, context);
    pcre2_compile_context_free(context);
    CHECK(code); /* every expression is compiled by a unit test */
    /* Where the system forbids it (no writable and executable memory), PCRE2 interprets. */
    if (!u->no_jit)
        (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    return code;
}

static pcre2_code *code_of(struct uap *u, size_t i)
{
    pcre2_code *code = atomic_load_explicit(&u->code[i], memory_order_acquire);

    if (code)
        return code;
    CHECK(pthread_mutex_lock(&u->compiling) == 0);
    code = atomic_load_explicit(&u->code[i], memory_order_relaxed);
    if (!code) {
        code = compile(u, i);
        atomic_store_explicit(&u->code[i], code, memory_order_release);
    }
    CHECK(pthread_mutex_unlock(&u->compiling) == 0);
    return code;
}

static bool is_jit(const pcre2_code *code)
{
    size_t size = 0;

    return pcre2_pattern_info(code, PCRE2_INFO_JITSIZE, &size) == 0 && size > 0;
}

/* The number of groups, 0 for no match. A limit that was hit is no match either. */
static int try(struct uap *u, struct uap_scan *scan, size_t i, pcre2_match_data *groups)
{
    pcre2_code *code;
    int found;

    if (scan->tries == TRIES_MAX && !scan->everything) {
        scan->spent = true;
        return 0;
    }
    scan->tries++;
    code = code_of(u, i);
    found = pcre2_match(code, (PCRE2_SPTR)scan->agent.ptr, scan->agent.len, 0, 0, groups,
                        is_jit(code) ? u->jit : u->interpreted);
    return found > 0 ? found : found == 0 ? GROUPS : 0;
}

/* A match and the room for another. */
struct match {
    pcre2_match_data *groups, *spare;
    int found; /* groups in `groups` that may be set */
    size_t expression;
};

static struct match match_new(struct uap *u)
{
    return (struct match){.groups = pcre2_match_data_create(GROUPS, u->general),
                          .spare = pcre2_match_data_create(GROUPS, u->general)};
}

static void match_free(struct match *m)
{
    pcre2_match_data_free(m->groups);
    pcre2_match_data_free(m->spare);
}

static size_t start_of(pcre2_match_data *groups)
{
    return pcre2_get_ovector_pointer(groups)[0];
}

static struct str group(const struct uap_scan *scan, const struct match *m, int n)
{
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->groups);

    if (n >= m->found || at[2 * n] == PCRE2_UNSET)
        return STR_NONE;
    return str_of(scan->agent.ptr + at[2 * n], at[2 * n + 1] - at[2 * n]);
}

struct expansion {
    char *at;
    size_t room;
};

static void expand_put(struct expansion *x, struct str s)
{
    size_t len = s.len < x->room ? s.len : x->room;

    if (len == 0)
        return;
    memcpy(x->at, s.ptr, len);
    x->at += len;
    x->room -= len;
}

/* A replacement with its $1 to $9 filled in; those of groups that took no part are empty. */
static struct str expand(struct expansion *x, const char *replacement, const struct uap_scan *scan,
                         const struct match *m)
{
    char *from = x->at;

    if (!strchr(replacement, '$'))
        return str_from(replacement);
    for (const char *c = replacement; *c; c++) {
        if (*c == '$' && c[1] >= '1' && c[1] <= '9')
            expand_put(x, group(scan, m, *++c - '0'));
        else
            expand_put(x, str_of(c, 1));
    }
    return str_of(from, (size_t)(x->at - from));
}

/* The first `count` parts; the others stay unknown. */
static void fill(struct uap_parts *out, int count, const struct uap_scan *scan,
                 const struct match *m)
{
    const struct uap_expression *e = &uap_expressions[m->expression];
    struct expansion x = {out->scratch, sizeof out->scratch};

    out->expression = (int)m->expression;
    for (int p = 0; p < UAP_PARTS; p++) {
        struct str s = STR_NONE;

        if (p < count && e->part[p])
            s = expand(&x, uap_pool + e->part[p], scan, m);
        else if (p < count)
            s = group(scan, m, p + 1);
        s = str_trim(s);
        out->part[p] = s.len ? s : STR_NONE;
    }
}

/* Tries i and those joined to it. The match furthest to the left counts, of equals the first: that is
 * what the one expression would have found that they were once. Sets *next behind them. */
static bool match_joined(struct uap *u, struct uap_scan *scan, size_t i, struct match *m,
                         size_t *next)
{
    bool more = true;

    m->found = 0;
    for (; more; i++) {
        more = uap_expressions[i].flags & UAP_JOINED;
        if (could_match(scan, i)) {
            int found = try(u, scan, i, m->spare);

            if (found && (m->found == 0 || start_of(m->spare) < start_of(m->groups))) {
                pcre2_match_data *groups = m->groups;

                m->groups = m->spare;
                m->spare = groups;
                m->found = found;
                m->expression = i;
            }
        }
    }
    *next = i;
    return m->found;
}

/* The first of [from, end) that matches. */
static bool first_match(struct uap *u, struct uap_scan *scan, size_t from, size_t end,
                        struct match *m)
{
    while (from < end) {
        if (!could_match(scan, from) && !(uap_expressions[from].flags & UAP_JOINED))
            from++;
        else if (match_joined(u, scan, from, m, &from))
            return true;
    }
    return false;
}

bool uap_match(struct uap *u, struct uap_scan *scan, enum uap_list list, struct uap_parts *out)
{
    CLEANUP(match_free) struct match m = match_new(u);
    size_t from = list ? uap_list_end[list - 1] : 0;

    if (!first_match(u, scan, from, uap_list_end[list], &m)) {
        out->expression = -1;
        for (int p = 0; p < UAP_PARTS; p++)
            out->part[p] = STR_NONE;
        return false;
    }
    fill(out, list == UAP_DEVICE ? 1 : UAP_PARTS, scan, &m);
    return true;
}

bool uap_is_spider(struct uap *u, struct uap_scan *scan)
{
    size_t from = uap_list_end[UAP_DEVICE - 1], last = from;
    CLEANUP(match_free) struct match m = match_new(u);

    /* Nothing behind the last Spider that could match makes a difference. */
    for (size_t i = from; i < uap_list_end[UAP_DEVICE]; i++)
        if ((uap_expressions[i].flags & UAP_SPIDER) && could_match(scan, i))
            last = i + 1;
    return last > from && first_match(u, scan, from, last, &m) &&
           (uap_expressions[m.expression].flags & UAP_SPIDER);
}

size_t uap_compile_all(struct uap *u)
{
    size_t interpreted = 0;

    for (size_t i = 0; i < uap_list_end[UAP_DEVICE]; i++)
        interpreted += !is_jit(code_of(u, i));
    return interpreted;
}
