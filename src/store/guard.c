/* SPDX-License-Identifier: Apache-2.0 */
/* guard.c: the functions of guard_text.c for DuckDB, and which questions are to end.
 *
 * The first argument of each is the number of the question's guard. A number that is none, which a question could
 * write itself, only means that nothing is looked at. */
#include "store/guard.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"

enum {
    GUARDS_MAX = 64, /* more questions than ever run at once */
    ARGUMENTS_MAX = 4,
    CHUNK_TEXT_MAX = 64 << 20, /* bytes that a call of another function gets at once */
};

static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static bool taken[GUARDS_MAX]; /* guarded by mtx */
static atomic_bool stopped[GUARDS_MAX];

int guard_enter(void)
{
    int guard = -1;

    pthread_mutex_lock(&mtx);
    for (int i = 0; i < GUARDS_MAX && guard < 0; i++)
        if (!taken[i])
            guard = i;
    if (guard >= 0) {
        taken[guard] = true;
        atomic_store(&stopped[guard], false);
    }
    pthread_mutex_unlock(&mtx);
    return guard;
}

void guard_stop(int guard)
{
    CHECK(guard >= 0 && guard < GUARDS_MAX);
    atomic_store(&stopped[guard], true);
}

void guard_leave(int guard)
{
    CHECK(guard >= 0 && guard < GUARDS_MAX);
    pthread_mutex_lock(&mtx);
    taken[guard] = false;
    pthread_mutex_unlock(&mtx);
}

bool guard_is_stopped(int guard)
{
    return guard >= 0 && guard < GUARDS_MAX && atomic_load(&stopped[guard]);
}

/* One call: its arguments behind the guard's number, and where the answers go. */
struct call {
    duckdb_function_info info;
    int guard;
    duckdb_vector columns[ARGUMENTS_MAX], out;
    size_t count;
    uint64_t bytes; /* of texts that were passed on */
};

static struct str text_of(const struct call *c, size_t column, idx_t row)
{
    duckdb_string_t *texts = (duckdb_string_t *)duckdb_vector_get_data(c->columns[column]);

    return str_of(duckdb_string_t_data(texts + row), duckdb_string_t_length(texts[row]));
}

static bool is_null(const struct call *c, idx_t row)
{
    for (size_t i = 0; i < c->count; i++) {
        uint64_t *validity = duckdb_vector_get_validity(c->columns[i]);

        if (validity && !duckdb_validity_row_is_valid(validity, row))
            return true;
    }
    return false;
}

/* Constants come once for each row: whether both texts are those of the row before. */
static bool is_as_before(const struct call *c, idx_t row)
{
    for (size_t i = 0; row > 0 && i < 2; i++) {
        duckdb_string_t *texts = (duckdb_string_t *)duckdb_vector_get_data(c->columns[i]);

        if (memcmp(texts + row, texts + row - 1, sizeof *texts) != 0)
            return false;
    }
    return row > 0;
}

static void fail(const struct call *c, const char *why)
{
    duckdb_scalar_function_set_error(c->info,
                                     guard_is_stopped(c->guard) ? "the question is to end" : why);
}

/* Answers one row; false: the call has failed. */
typedef bool answer_row(struct call *c, idx_t row);

static void answer(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector out,
                   answer_row *row_of)
{
    struct call c = {.info = info, .out = out};
    idx_t columns = duckdb_data_chunk_get_column_count(input),
          rows = duckdb_data_chunk_get_size(input);
    uint64_t *validity;

    CHECK(columns > 2 && columns - 1 <= ARGUMENTS_MAX);
    if (rows == 0)
        return;
    c.guard = ((int32_t *)duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 0)))[0];
    for (idx_t i = 1; i < columns; i++)
        c.columns[c.count++] = duckdb_data_chunk_get_vector(input, i);
    duckdb_vector_ensure_validity_writable(out);
    validity = duckdb_vector_get_validity(out);
    for (idx_t row = 0; row < rows; row++) {
        if (is_null(&c, row))
            duckdb_validity_set_row_invalid(validity, row);
        else if (!row_of(&c, row))
            return;
    }
}

static bool put_distance(struct call *c, idx_t row, int64_t (*of)(struct str, struct str, int))
{
    int64_t *out = duckdb_vector_get_data(c->out);

    if (is_as_before(c, row)) {
        out[row] = out[row - 1];
        return true;
    }
    out[row] = of(text_of(c, 0, row), text_of(c, 1, row), c->guard);
    if (out[row] < 0)
        fail(c, "levenshtein takes texts of at most 67 million bytes, damerau_levenshtein such "
                "whose lengths multiply to no more");
    return out[row] >= 0;
}

static bool distance_row(struct call *c, idx_t row)
{
    return put_distance(c, row, guard_distance);
}

static bool swaps_row(struct call *c, idx_t row)
{
    return put_distance(c, row, guard_distance_with_swaps);
}

static bool like_row(struct call *c, idx_t row)
{
    bool *out = duckdb_vector_get_data(c->out);
    struct str escape = text_of(c, 2, row);
    int is;

    if (escape.len > 1) {
        fail(c, "Invalid escape string. Escape string must be empty or one character.");
        return false;
    }
    is = guard_like(text_of(c, 0, row), text_of(c, 1, row), escape.len ? escape.ptr[0] : '\0',
                    c->guard);
    if (is < 0)
        fail(c, "Like pattern must not end with escape character!");
    out[row] = is > 0;
    return is >= 0;
}

/* The text as it is, where it is not too long for what it is passed on to. */
static bool text_row(struct call *c, idx_t row)
{
    struct str text = text_of(c, 0, row), name = text_of(c, 2, row);
    int64_t most = ((int64_t *)duckdb_vector_get_data(c->columns[1]))[row];
    AUTO_FREE char *why = NULL;

    c->bytes += text.len;
    if (text.len <= (uint64_t)most && c->bytes <= CHUNK_TEXT_MAX && !guard_is_stopped(c->guard)) {
        duckdb_vector_assign_string_element_len(c->out, row, text.ptr, text.len);
        return true;
    }
    why = xasprintf("%.*s takes texts of at most %lld bytes, and %d MiB for 2,048 rows, since one "
                    "call of it cannot be stopped: cut them with left(), or leave long ones out",
                    (int)name.len, name.ptr, (long long)most, CHUNK_TEXT_MAX >> 20);
    fail(c, why);
    return false;
}

static void call_distance(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector out)
{
    answer(info, input, out, distance_row);
}

static void call_swaps(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector out)
{
    answer(info, input, out, swaps_row);
}

static void call_like(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector out)
{
    answer(info, input, out, like_row);
}

static void call_text(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector out)
{
    answer(info, input, out, text_row);
}

static const struct {
    const char *name;
    duckdb_scalar_function_t function;
    duckdb_type result, arguments[ARGUMENTS_MAX]; /* behind the number */
} functions[] = {
    {"weir_levenshtein",
     call_distance,
     DUCKDB_TYPE_BIGINT,
     {DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR}},
    {"weir_damerau_levenshtein",
     call_swaps,
     DUCKDB_TYPE_BIGINT,
     {DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR}},
    {"weir_like",
     call_like,
     DUCKDB_TYPE_BOOLEAN,
     {DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR}},
    {"weir_text",
     call_text,
     DUCKDB_TYPE_VARCHAR,
     {DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_VARCHAR}},
};

static void add_parameter(duckdb_scalar_function f, duckdb_type type)
{
    duckdb_logical_type logical = duckdb_create_logical_type(type);

    duckdb_scalar_function_add_parameter(f, logical);
    duckdb_destroy_logical_type(&logical);
}

static int register_one(duckdb_connection con, size_t index, struct err *err)
{
    duckdb_scalar_function f = duckdb_create_scalar_function();
    duckdb_logical_type result = duckdb_create_logical_type(functions[index].result);
    duckdb_state state;

    duckdb_scalar_function_set_name(f, functions[index].name);
    duckdb_scalar_function_set_return_type(f, result);
    duckdb_scalar_function_set_function(f, functions[index].function);
    add_parameter(f, DUCKDB_TYPE_INTEGER);
    for (size_t i = 0; i < ARGUMENTS_MAX && functions[index].arguments[i]; i++)
        add_parameter(f, functions[index].arguments[i]);
    state = duckdb_register_scalar_function(con, f);
    duckdb_destroy_logical_type(&result);
    duckdb_destroy_scalar_function(&f);
    if (state != DuckDBSuccess)
        return err_set(err, ERR_INTERNAL, "DuckDB does not take the function %s",
                       functions[index].name);
    return 0;
}

int guard_register(duckdb_connection con, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(functions); i++)
        if (register_one(con, i, err) < 0)
            return -1;
    return 0;
}
