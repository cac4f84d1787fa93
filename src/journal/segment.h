/* SPDX-License-Identifier: Apache-2.0 */
/* segment.h: the bytes of a segment file: header, records, seal.
 *
 * Format: top of segment.c. Pure functions over bytes, but for the names of files; nothing here
 * trusts what it reads. Threads: any. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum {
    SEGMENT_VERSION = 1,
    SEGMENT_HEADER_BYTES = 4096, /* the first record begins behind it */
    SEGMENT_SEAL_BYTES = 96,
    SEGMENT_LEAST_BYTES = 8192, /* of a whole one, as planned */
    SEGMENT_BLOCK = 4096, /* where a commit group may begin, behind zeros */
    SEGMENT_ID_BYTES = 16,
    SEGMENT_HASH_BYTES = 32,
    SEGMENT_NAME_SIZE = 32, /* a file's name with its NUL */
    RECORD_HEADER_BYTES = 48,
    RECORD_LEAST_BYTES = 64, /* a record with the room that erasing needs */
    RECORD_PAYLOAD_MAX = 1 << 20,
    RECORD_ERASED = 1, /* flag */
};

#define RECORD_MOST_BYTES (RECORD_HEADER_BYTES + RECORD_PAYLOAD_MAX)
/* Positions have 47 bits: a million records a second for four years, ten thousand for four
 * centuries. */
#define SEGMENT_POSITION_MAX ((INT64_C(1) << 47) - 1)

struct segment_header {
    uint8_t id[SEGMENT_ID_BYTES]; /* the journal's */
    int64_t first_position;
    int64_t created_us;
    int64_t previous_last; /* the last position before this segment; 0: none */
    uint8_t previous_hash[SEGMENT_HASH_BYTES]; /* and that record's leaf hash */
    uint64_t bytes; /* planned size of the file */
};

struct segment_seal {
    int64_t first_position, last_position; /* last = first - 1: empty */
    uint64_t records;
    uint64_t end; /* where the seal stands in the file */
    int64_t newest_us; /* the latest received_us */
    uint8_t last_hash[SEGMENT_HASH_BYTES];
};

struct segment_record {
    int64_t position, received_us;
    uint32_t group; /* records before it in its commit group */
    uint8_t kind, flags;
    const uint8_t *salt; /* 16 bytes; of an erased record the first half of the hash */
    struct str payload; /* empty when erased */
    size_t bytes; /* with padding */
};

/* Names are the first position in 20 digits and ".seg"; of a compressed one ".seg.zst" (packed.h). */
void segment_name(char out[SEGMENT_NAME_SIZE], int64_t first_position);
void segment_name_packed(char out[SEGMENT_NAME_SIZE], int64_t first_position);
/* The first position, of either form; -1 for any other name. */
int64_t segment_name_parse(const char *name);
bool segment_name_is_packed(const char *name);

/* What parse returns for a header that is sound but of another version. */
extern const char segment_other_version[];
/* SEGMENT_HEADER_BYTES each way; parse returns NULL, or what is wrong. */
void segment_header_write(uint8_t *out, const struct segment_header *h);
const char *segment_header_parse(struct segment_header *out, const uint8_t *bytes);
/* Sets the checksum of a header block. */
void segment_header_check(uint8_t *out);
/* SEGMENT_SEAL_BYTES; seed as for records. False where the bytes are no seal of this segment. */
void segment_seal_write(uint8_t *out, const struct segment_seal *seal, uint32_t seed);
bool segment_seal_parse(struct segment_seal *out, const uint8_t *bytes, uint32_t seed);

/* What the checksums of one segment begin from. */
uint32_t segment_seed(const uint8_t id[SEGMENT_ID_BYTES], int64_t first_position);
/* Bytes of a record on disk. */
static inline size_t segment_record_bytes(size_t payload_len)
{
    size_t len = (RECORD_HEADER_BYTES + payload_len + 7) & ~(size_t)7;

    return len < RECORD_LEAST_BYTES ? RECORD_LEAST_BYTES : len;
}
/* Writes r (salt and payload are copied) and returns its bytes; out has room for them. */
size_t segment_record_write(uint8_t *out, const struct segment_record *r, uint32_t seed);
/* The bytes that a record here would take by its length field, or 0 where there cannot be one.
 * `p` has RECORD_HEADER_BYTES. */
size_t segment_record_claims(const uint8_t *p);
/* Reads the record at p, which has `available` bytes; false where there is no whole, sound one. */
bool segment_record_parse(struct segment_record *out, const uint8_t *p, size_t available,
                          uint32_t seed);
/* Sets the checksum of a record of so many bytes. */
void segment_record_check(uint8_t *p, size_t bytes, uint32_t seed);
/* Takes the payload out of the sound record at p, for good; its hash, length and place remain. */
void segment_record_erase(uint8_t *p, uint32_t seed);

/* SHA-256(salt || payload): the leaf of a record in a Merkle tree over the journal. */
void journal_leaf_hash(uint8_t out[SEGMENT_HASH_BYTES], const uint8_t salt[16], struct str payload);
/* The same of a record that was read; an erased one has kept it. */
void segment_record_hash(uint8_t out[SEGMENT_HASH_BYTES], const struct segment_record *r);
