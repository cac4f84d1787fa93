/* SPDX-License-Identifier: Apache-2.0 */
/* definition.c: what of the catalogue feeds the models: a hash of it, the dimensions of the events that
 * begin flows, and those by which events are counted.
 *
 * The hash is SHA-256 over the version of the models' statements and settings and a line for each entry whose kind
 * is activity, flow or email, or that has dimensions, sorted: name, kinds, role, dimensions with their
 * names. So what a text says, or in which file it stands, changes nothing. */
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "catalogue/describe.h"
#include "model/model_internal.h"

enum { ENTRY_MAX = 1 << 20, FEEDING = CATALOGUE_ACTIVITY | CATALOGUE_FLOW | CATALOGUE_EMAIL };

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int compare_texts(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static int compare_dimensions(const void *a, const void *b)
{
    const struct model_dimension *x = a, *y = b;
    int order = str_cmp(x->property, y->property);

    return order ? order : str_cmp(x->name, y->name);
}

static bool begins_flows(const struct catalogue_description *about)
{
    return about->kinds & CATALOGUE_FLOW && about->flow_role == FLOW_BEGIN;
}

/* The entry's line; NULL where it feeds no model. The caller frees it. */
static char *line_of(const struct catalogue_event *ev)
{
    const struct catalogue_description *about = catalogue_event_describe(ev);
    AUTO_BUF line;

    buf_init(&line, ENTRY_MAX);
    if (!(about->kinds & FEEDING) && about->dimension_count == 0)
        return NULL;
    buf_str(&line, about->name);
    buf_printf(&line, "\t%u\t%s", about->kinds & FEEDING,
               about->flow_role == FLOW_NONE ? "" : catalogue_flow_role_name(about->flow_role));
    for (size_t i = 0; i < about->dimension_count; i++) {
        buf_char(&line, '\t');
        buf_str(&line, about->dimensions[i]);
        buf_char(&line, '=');
        buf_str(&line, about->dimension_names[i]);
    }
    CHECK(!buf_failed(&line)); /* the catalogue's files are bounded */
    return xmemdup(line.ptr, line.len);
}

static void hash_lines(int64_t of, char **lines, size_t count, char out[65])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t digest[32];
    char version[32];

    CHECK(ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1);
    snprintf(version, sizeof version, "models %" PRId64 "\n", of);
    CHECK(EVP_DigestUpdate(ctx, version, strlen(version)) == 1);
    for (size_t i = 0; i < count; i++) {
        CHECK(EVP_DigestUpdate(ctx, lines[i], strlen(lines[i])) == 1);
        CHECK(EVP_DigestUpdate(ctx, "\n", 1) == 1);
    }
    CHECK(EVP_DigestFinal_ex(ctx, digest, NULL) == 1);
    EVP_MD_CTX_free(ctx);
    hex_encode(out, digest, sizeof digest);
    out[64] = '\0';
}

static void read_hash(struct models *m)
{
    size_t total = catalogue_event_count(m->catalogue), count = 0;
    char **lines = xcalloc(total + 1, sizeof *lines);

    for (size_t i = 0; i < total; i++) {
        lines[count] = line_of(catalogue_event_at(m->catalogue, i));
        count += lines[count] != NULL;
    }
    qsort(lines, count, sizeof *lines, compare_lines);
    hash_lines(m->version, lines, count, m->definition);
    for (size_t i = 0; i < count; i++)
        free(lines[i]);
    free(lines);
}

static bool is_attribute(struct str name)
{
    for (size_t i = 0; begin_attributes[i].name; i++)
        if (str_eq_nocase(name, str_from(begin_attributes[i].name)))
            return true;
    return false;
}

/* A name that a statement of flows uses for something else gets p_ before it, as in `events`. */
static char *prefixed(struct str name)
{
    static const char *const taken[] = {
        "flow",     "flow_id",        "flow_key",       "cohort",      "has_begin",
        "begins",   "begin_time",     "begin_position", "first_time",  "last_time",
        "duration", "completed",      "complete_time",  "new_account", "locale",
        "uid",      "continued_from", "begin_locale",   "any_locale",  "known",
        "position", "time",           "rowid",          "first_begin"};

    for (size_t i = 0; i < ARRAY_LEN(taken); i++)
        if (str_eq_nocase(name, str_from(taken[i])))
            return xasprintf("p_%s", taken[i]);
    for (size_t i = 0; begin_attributes[i].name; i++)
        if (str_eq_nocase(name, str_from(begin_attributes[i].name)))
            return xasprintf("p_%s", begin_attributes[i].name);
    return xmemdup(name.ptr, name.len);
}

static bool has_column(const struct models *m, size_t count, const char *column)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq_nocase(str_from(m->dimension_columns[i]), str_from(column)))
            return true;
    return false;
}

/* What a dimension of flows is called: the first of its names, where entries differ. */
static struct str name_of(const struct models *m, struct str property)
{
    struct str name = STR_NONE;

    for (size_t i = 0; i < catalogue_event_count(m->catalogue); i++) {
        const struct catalogue_description *about =
            catalogue_event_describe(catalogue_event_at(m->catalogue, i));

        for (size_t k = 0; begins_flows(about) && k < about->dimension_count; k++)
            if (str_eq_nocase(about->dimensions[k], property) &&
                (!name.ptr || str_cmp(about->dimension_names[k], name) < 0))
                name = about->dimension_names[k];
    }
    CHECK(name.ptr);
    return name;
}

/* One that an earlier dimension has already gets a number behind it. */
static char *column_for(const struct models *m, size_t dimension)
{
    char *first = prefixed(name_of(m, m->dimensions[dimension])), *column = xstrdup(first);

    for (unsigned i = 2; has_column(m, dimension, column); i++) {
        free(column);
        column = xasprintf("%s_%u", first, i);
    }
    free(first);
    return column;
}

static void add_dimension(struct models *m, struct str name)
{
    if (is_attribute(name))
        return;
    for (size_t i = 0; i < m->dimension_count; i++)
        if (str_eq_nocase(m->dimensions[i], name))
            return;
    m->dimensions = xrealloc(m->dimensions, m->dimension_count + 1, sizeof *m->dimensions);
    m->dimensions[m->dimension_count++] = name;
}

static void read_dimensions(struct models *m)
{
    for (size_t i = 0; i < catalogue_event_count(m->catalogue); i++) {
        const struct catalogue_description *about =
            catalogue_event_describe(catalogue_event_at(m->catalogue, i));

        for (size_t k = 0; begins_flows(about) && k < about->dimension_count; k++)
            add_dimension(m, about->dimensions[k]);
    }
    if (m->dimension_count)
        qsort(m->dimensions, m->dimension_count, sizeof *m->dimensions, compare_texts);
    m->dimension_columns = xcalloc(m->dimension_count + 1, sizeof *m->dimension_columns);
    for (size_t i = 0; i < m->dimension_count; i++)
        m->dimension_columns[i] = column_for(m, i);
}

/* All dimensions of all events, each pair of property and name once. */
static void read_counted(struct models *m)
{
    size_t total = 0, count = 0;

    for (size_t i = 0; i < catalogue_event_count(m->catalogue); i++)
        total += catalogue_event_describe(catalogue_event_at(m->catalogue, i))->dimension_count;
    m->counted = xcalloc(total + 1, sizeof *m->counted);
    total = 0;
    for (size_t i = 0; i < catalogue_event_count(m->catalogue); i++) {
        const struct catalogue_description *about =
            catalogue_event_describe(catalogue_event_at(m->catalogue, i));

        for (size_t k = 0; k < about->dimension_count; k++)
            m->counted[total++] =
                (struct model_dimension){about->dimensions[k], about->dimension_names[k]};
    }
    if (total)
        qsort(m->counted, total, sizeof *m->counted, compare_dimensions);
    for (size_t i = 0; i < total; i++)
        if (i == 0 || compare_dimensions(m->counted + i, m->counted + count - 1) != 0)
            m->counted[count++] = m->counted[i];
    m->counted_count = count;
}

void definition_read(struct models *m)
{
    read_hash(m);
    read_dimensions(m);
    read_counted(m);
}

void definition_free(struct models *m)
{
    for (size_t i = 0; i < m->dimension_count; i++)
        free(m->dimension_columns[i]);
    free(m->dimension_columns);
    free(m->dimensions);
    free(m->counted);
    m->counted = NULL;
    m->counted_count = 0;
    m->dimension_columns = NULL;
    m->dimensions = NULL;
    m->dimension_count = 0;
}
