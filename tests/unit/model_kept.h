/* SPDX-License-Identifier: Apache-2.0 */
/* model_kept.h: a store that is made once, of which each test that begins with it gets a copy. */
#pragma once
#include "model_fixture.h"

#include "base/io.h"

#define MODEL_KEPT_MAX ((size_t)64 << 20)

struct model_kept {
    struct str bytes; /* until the process ends */
    int64_t position;
};

/* Closes the store for it. */
static inline void model_keep(struct model_fixture *t, const char *yaml, struct model_kept *kept)
{
    AUTO_FREE char *log = xasprintf("%s.wal", t->f->file);
    struct err err = {0};

    models_free(t->models);
    store_close(t->f->store);
    assert_int_equal(access(log, F_OK), -1);
    model_need(io_read_file(io_system(), t->f->file, MODEL_KEPT_MAX, &kept->bytes, &err), &err);
    kept->position = t->position;
    fixture_open_store(t->f);
    model_open(t, yaml, NULL);
}

/* Begins with such a store. */
static inline void model_setup_kept(struct model_fixture *t, const char *yaml,
                                    const struct model_kept *kept)
{
    struct err err = {0};

    *t = (struct model_fixture){.f = fixture_make(), .position = kept->position};
    model_need(io_replace_file(io_system(), t->f->file, 0600, kept->bytes, &err), &err);
    fixture_open_store(t->f);
    model_open(t, yaml, NULL);
}
