/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_journal.c: any bytes as, or in, the files of a journal. Reader and writer must end, give out
 * nothing that is not whole, keep positions rising, and take new records behind whatever was found.
 *
 * Input: byte 0 says how; bytes 1 and 2 are the watermark where byte 0 has bit 2.
 *   0: the rest is the first segment     1: the same behind a sound header
 *   2, 3: the rest is changes to a sound journal of two segments: file and offset (2 bytes), value;
 *   with 3, checksums are made to fit afterwards, so that the checks behind them are reached
 *   bit 3: the reader alone, which is many times faster than a writer's start */
#include <string.h>

#include "journal/segment.h"
#include "journal/watermark.h"
#include "journal_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEGMENT = 8192, LEN = 40, COUNT = 60 };

static const char *const names[2] = {"00000000000000000001.seg", "00000000000000000045.seg"};
static uint8_t sound[3][SEGMENT];
static size_t sound_len[3];

static void copy(struct memory_io *m, const char *name, int n)
{
    struct memory_file *f = memory_io_find(m, name);

    CHECK(f && f->len <= SEGMENT);
    memcpy(sound[n], f->bytes, f->len);
    sound_len[n] = f->len;
}

static void make_sound(void)
{
    struct memory_io *m = memory_io_new();
    struct journal *j = fixture_open(&m->io, "j", SEGMENT);

    for (uint64_t i = 0; i < COUNT; i += 2)
        CHECK(fixture_append(j, i + 1, 2, LEN, NULL) == ERR_NONE);
    journal_close(j);
    copy(m, names[0], 0);
    copy(m, names[1], 1);
    copy(m, "commit", 2);
    memory_io_free(m);
}

/* Makes all checksums of a segment fit what stands there. */
static void make_fit(struct memory_file *f, const uint8_t *id, int64_t first)
{
    uint32_t seed = segment_seed(id, first);
    size_t at = SEGMENT_HEADER_BYTES;

    segment_header_check(f->bytes);
    while (at + RECORD_LEAST_BYTES <= f->len) {
        size_t bytes = segment_record_claims(f->bytes + at);

        if (bytes && bytes <= f->len - at)
            segment_record_check(f->bytes + at, bytes, seed);
        at += bytes ? bytes : 8;
    }
}

static void change(struct memory_io *m, const uint8_t *data, size_t size, bool fit)
{
    for (; size >= 4; data += 4, size -= 4) {
        struct memory_file *f = memory_io_find(m, names[data[0] & 1]);
        size_t at = (size_t)data[1] << 8 | data[2];

        if (at < f->len)
            f->bytes[at] = data[3];
    }
    for (int i = 0; fit && i < 2; i++)
        make_fit(memory_io_find(m, names[i]), sound[2] + 16, i ? 45 : 1);
}

static void fill(struct memory_io *m, const uint8_t *data, size_t size)
{
    uint8_t how = data[0];
    struct watermark w;

    memory_io_put(m, "commit", sound[2], sound_len[2]);
    if (how & 2) {
        memory_io_put(m, names[0], sound[0], sound_len[0]);
        memory_io_put(m, names[1], sound[1], sound_len[1]);
        change(m, data + 3, size - 3, how & 1);
    } else {
        static uint8_t bytes[SEGMENT_HEADER_BYTES + (1 << 17)];
        size_t from = how & 1 ? SEGMENT_HEADER_BYTES : 0;
        size_t len = size - 3 < 1 << 17 ? size - 3 : 1 << 17;

        memcpy(bytes, sound[0], from);
        memcpy(bytes + from, data + 3, len);
        memory_io_put(m, names[0], bytes, from + len);
    }
    if (how & 4) {
        CHECK(watermark_open(&w, &m->io, "j", true, NULL) == 1);
        watermark_set(&w, WATERMARK_DURABLE, (int64_t)data[1] << 8 | data[2]);
        watermark_close(&w);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct journal_opts opts = {.dir = "j",
                                .segment_bytes = SEGMENT,
                                .reserve_bytes = 1,
                                .recent_bytes = 1 << 16,
                                .key_of = fixture_key_of,
                                .no_thread = true,
                                .no_prepare_thread = true};
    struct memory_io *m;
    struct journal *j = NULL;
    int damages;

    if (size < 3)
        return 0;
    if (!sound_len[0])
        make_sound();
    m = memory_io_new();
    fill(m, data, size);
    fixture_read(&m->io, "j", 0, &damages);
    fixture_read(&m->io, "j", 20, &damages);
    opts.io = &m->io;
    if (!(data[0] & 8) && journal_open(&j, &opts, NULL) == 0) {
        struct journal_record r = {.kind = JOURNAL_EVENT, .payload = STR("after all that")};
        struct fixture_wait wait = FIXTURE_WAIT;
        struct journal_batch b = {.records = &r, .count = 1, .done = fixture_done, .ctx = &wait};
        int64_t before = fixture_read(&m->io, "j", 0, &damages);

        journal_submit(j, &b);
        journal_commit_waiting(j);
        CHECK(wait.done == 1);
        if (b.error == ERR_NONE) {
            CHECK(damages >= 100 || fixture_read(&m->io, "j", 0, &damages) == before + 1);
            CHECK(fixture_read(&m->io, "j", r.position - 1, &damages) == 1);
        }
        journal_close(j);
    }
    memory_io_free(m);
    return 0;
}
