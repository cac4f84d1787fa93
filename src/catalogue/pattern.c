/* SPDX-License-Identifier: Apache-2.0 */
/* pattern.c: compiles with PCRE2 and its JIT, and matches with scratch memory of the thread.
 *
 * Promises that a match allocates nothing once a thread has matched before (PCRE2's interpreter,
 * used where a system forbids the JIT its memory, may grow its frames), and that it ends soon. */
#include "catalogue/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <pthread.h>

#include "base/check.h"
#include "base/mem.h"

enum { JIT_STACK_FIRST = 32 * 1024, JIT_STACK_MAX = 256 * 1024, HEAP_MAX_KIB = 1024 };

struct pattern {
    struct pattern_simple simple;
    pcre2_code *code; /* NULL where `simple` is used */
    bool jit, search;
};

struct scratch {
    pcre2_match_data *data;
    pcre2_match_context *limits;
    pcre2_jit_stack *stack;
};

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static _Thread_local struct scratch *scratch;

static void scratch_free(void *ptr)
{
    struct scratch *s = ptr;

    pcre2_match_context_free(s->limits);
    pcre2_match_data_free(s->data);
    pcre2_jit_stack_free(s->stack);
    free(s);
    scratch = NULL;
}

/* Thread destructors do not run for the thread that ends the process. */
static void scratch_free_of_main(void)
{
    if (scratch)
        scratch_free(scratch);
}

static void scratch_make_key(void)
{
    CHECK(pthread_key_create(&scratch_key, scratch_free) == 0);
    CHECK(atexit(scratch_free_of_main) == 0);
}

static struct scratch *scratch_get(void)
{
    struct scratch *s = scratch;

    if (s)
        return s;
    pthread_once(&scratch_once, scratch_make_key);
    s = xcalloc(1, sizeof *s);
    s->data = pcre2_match_data_create(1, NULL);
    s->limits = pcre2_match_context_create(NULL);
    CHECK(s->data && s->limits);
    pcre2_set_match_limit(s->limits, PATTERN_STEPS_MAX);
    pcre2_set_depth_limit(s->limits, PATTERN_STEPS_MAX);
    pcre2_set_heap_limit(s->limits, HEAP_MAX_KIB);
    s->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MAX, NULL);
    if (s->stack) /* without one the JIT uses 32 KiB of the thread's own */
        pcre2_jit_stack_assign(s->limits, NULL, s->stack);
    CHECK(pthread_setspecific(scratch_key, s) == 0);
    scratch = s;
    return s;
}

static int compile(struct pattern *p, struct str text, struct err *err)
{
    uint32_t extent = p->search ? PCRE2_MATCH_INVALID_UTF : PCRE2_ANCHORED | PCRE2_ENDANCHORED;
    uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C | extent;
    PCRE2_SIZE at;
    int code;

    p->code = pcre2_compile((PCRE2_SPTR)text.ptr, text.len, options, &code, &at, NULL);
    if (!p->code) {
        PCRE2_UCHAR why[160];

        pcre2_get_error_message(code, why, sizeof why);
        return err_set_at(err, ERR_PARSE, at, "%s, at character %zu", (const char *)why, at + 1);
    }
    p->jit = pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE) == 0;
    return 0;
}

static struct pattern *new_pattern(struct str text, bool search, struct err *err)
{
    struct pattern *p;

    if (text.len > PATTERN_BYTES_MAX) {
        err_set(err, ERR_LIMIT, "a pattern has at most %d bytes", PATTERN_BYTES_MAX);
        return NULL;
    }
    p = xcalloc(1, sizeof *p);
    p->search = search;
    /* Also where PCRE2 will not be used: what is simple for us must be valid for it. */
    if (compile(p, text, err) < 0) {
        pattern_free(p);
        return NULL;
    }
    if (!search)
        pattern_simple_compile(&p->simple, text);
    if (p->simple.count) {
        pcre2_code_free(p->code);
        p->code = NULL;
    }
    return p;
}

struct pattern *pattern_new(struct str text, struct err *err)
{
    return new_pattern(text, false, err);
}

struct pattern *pattern_new_search(struct str text, struct err *err)
{
    return new_pattern(text, true, err);
}

void pattern_free(struct pattern *p)
{
    if (!p)
        return;
    pcre2_code_free(p->code);
    free(p);
}

bool pattern_matches(const struct pattern *p, struct str text)
{
    PCRE2_SPTR bytes;
    struct scratch *s;

    if (!text.ptr)
        text = STR("");
    bytes = (PCRE2_SPTR)text.ptr;
    if (p->simple.count)
        return pattern_simple_matches(&p->simple, text);
    if (!p->search && !str_is_utf8(text))
        return false;
    s = scratch_get();
    if (p->jit)
        return pcre2_jit_match(p->code, bytes, text.len, 0, 0, s->data, s->limits) >= 0;
    return pcre2_match(p->code, bytes, text.len, 0, p->search ? 0 : PCRE2_NO_UTF_CHECK, s->data,
                       s->limits) >= 0;
}

/* How an item ends: with a quantifier without end, one that is bounded, or none. Moves *at on. */
static bool open_ended(struct str t, size_t *at)
{
    bool open = false;

    if (*at < t.len && (t.ptr[*at] == '*' || t.ptr[*at] == '+')) {
        open = true;
        ++*at;
    } else if (*at < t.len && t.ptr[*at] == '{') {
        size_t close = *at + str_find(str_slice(t, *at, t.len), '}');

        if (close < t.len) {
            open = t.ptr[close - 1] == ',';
            *at = close + 1;
        }
    }
    return open;
}

static void skip_class(struct str t, size_t *at)
{
    ++*at; /* '[' */
    if (*at < t.len && t.ptr[*at] == '^')
        ++*at;
    if (*at < t.len && t.ptr[*at] == ']')
        ++*at;
    while (*at < t.len && t.ptr[*at] != ']')
        *at += t.ptr[*at] == '\\' ? 2 : 1;
    ++*at;
}

/* A stack of open groups: `open` says that an open-ended item was seen, `fixed` that one stands that
 * must match exactly once, which is what keeps a repetition from being ambiguous. */
bool pattern_is_risky(struct str t)
{
    struct {
        bool open, fixed;
    } groups[64] = {0};
    size_t depth = 0;

    for (size_t at = 0; at < t.len;) {
        bool inner_open = false, group = false, open;

        if (t.ptr[at] == '(') {
            if (depth + 1 == ARRAY_LEN(groups))
                return true;
            depth++;
            groups[depth].open = groups[depth].fixed = false;
            at++;
            if (at + 1 < t.len && t.ptr[at] == '?' && t.ptr[at + 1] == ':')
                at += 2;
            continue;
        }
        if (t.ptr[at] == '|' || t.ptr[at] == '?') {
            at++;
            continue;
        }
        if (t.ptr[at] == ')') {
            inner_open = groups[depth].open && !groups[depth].fixed;
            group = true;
            depth -= depth > 0;
            at++;
        } else if (t.ptr[at] == '[') {
            skip_class(t, &at);
        } else {
            at += t.ptr[at] == '\\' ? 2 : 1;
        }
        open = open_ended(t, &at);
        if (open && inner_open)
            return true;
        groups[depth].open |= open || inner_open;
        groups[depth].fixed |= !open && !group && !(at < t.len && t.ptr[at] == '?');
    }
    return false;
}
