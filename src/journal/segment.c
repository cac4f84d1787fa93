/* SPDX-License-Identifier: Apache-2.0 */
/* segment.c: the format of the journal's files, version 1. Writes and checks single headers,
 * records and seals; what follows what is recovery's and the reader's business.
 *
 * All numbers are little-endian. A journal is a folder:
 *
 *   lock                       held by the writer (flock) for as long as it lives
 *   commit                     what is durable; format at the top of watermark.c
 *   00000000000000000001.seg   segments, named by the first position they are for; an older one may
 *                              be compressed, as .seg.zst: format at the top of packed.c
 *   …-….ids                    the keys of two positions and all between; format at the top of
 *                              seen_run.c; made again from the segments where one is missing
 *   cursors/                   how far each sink has come; format at the top of cursor.c
 *   damaged/                   what did not verify; see aside.c and tidy.h; nobody reads it
 *   next.tmp                   the zeros that will be the next segment; worthless after a crash
 *   *.tmp                      other files that were never finished; worthless likewise
 *
 * Segment: header, records, zeros or seal. The last one, the head, is filled with zeros to its
 * planned size when made, so that a commit changes no metadata. A segment that is done gets a seal
 * behind its last record and ends there.
 *
 *   header, 4096 bytes
 *      0  8  "WEIRSEG1"
 *      8  4  version, 1
 *     12  4  4096, the size of this header
 *     16 16  journal id: random, the same in all files of the journal
 *     32  8  first position, as in the file's name
 *     40  8  time of creation, microseconds since 1970
 *     48  8  last position before this segment, 0 if none
 *     56 32  leaf hash of the record at that position, zeros if none
 *     88  8  planned size, at least 8192
 *     96     zeros
 *   4092  4  CRC-32C of bytes 0..4091
 *
 *   record, at a multiple of 8
 *      0  4  CRC-32C of bytes 4.. to the end of the padding, begun from the segment's seed
 *      4  4  length: 48 + bytes of payload; a payload has at most 1 MiB
 *      8  8  position, 1..2^47-1
 *     16  8  received, microseconds since 1970
 *     24  2  0x5257, "WR"
 *     26  1  kind, 1..255: 1 event, 2 quarantined event, 3 note; readers pass unknown kinds on
 *     27  1  flags: 1 erased; no other bit may be set
 *     28  4  group: how many records before it were written by the same commit
 *     32 16  salt, random
 *     48     payload, then zeros up to a multiple of 8, and to 64 bytes in all
 *
 *   seal, 96 bytes, at a multiple of 8, the end of the file behind it
 *      0  8  "WEIRSEAL"
 *      8  8  first position      16  8  last position (first - 1: no records)
 *     24  8  number of records   32  8  offset of the seal
 *     40  8  the latest `received` of the records
 *     48 32  leaf hash of the last record, zeros if none
 *     80 12  zeros
 *     92  4  CRC-32C of bytes 0..91, begun from the segment's seed
 *
 * Seed: CRC-32C of journal id and first position (8 bytes). So bytes of another journal or segment,
 * or a record that a stranger wrote into a payload, do not verify here.
 *
 * Leaf hash: SHA-256(salt || payload). An erased record has it in bytes 32..63, in place of the
 * salt and of what followed, and zeros behind; its length stays. So no hash over leaves changes.
 *   Vector: salt 000102030405060708090a0b0c0d0e0f, payload "weir":
 *   23836076b42b03ed1dd23f7db5a7dccbce39feeace2373330c8a516f6d8d1a02
 *
 * Order. Positions rise by one from record to record, over segments too. The records of a segment
 * end with the last position that its successor's header names: what stands behind it (a write that
 * failed) is void. A header whose first position is not one above the last before it declares those
 * between as lost. A commit group lies in one segment, is written by one call and synced before the
 * next is begun. It follows the record before it at once, or begins at the next multiple of 4096
 * with zeros between.
 *
 * A reader must reject: wrong magic, version or CRC; a journal id other than that of `commit`; a
 * first position that is not the name's; a length below 48 or above 48 + 2^20; an unknown flag,
 * kind 0; set bytes in padding; a position that is not the next; a header that does not match the
 * last record before it. Behind damage it may go on at any multiple of 8 where a record verifies
 * whose position is above those it has seen; it says which positions it passed over. */
#include "journal/segment.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/little.h"

const char segment_other_version[] = "format version is not 1";
static const char header_magic[8] = "WEIRSEG1", seal_magic[8] = "WEIRSEAL";

enum { RECORD_MAGIC = 0x5257, HEADER_CRC_AT = 4092, SEAL_CRC_AT = 92, NAME_DIGITS = 20 };

static bool is_position(uint64_t v)
{
    return v >= 1 && v <= (uint64_t)SEGMENT_POSITION_MAX;
}

static bool is_zero(const uint8_t *p, size_t len)
{
    while (len--)
        if (*p++)
            return false;
    return true;
}

void segment_name(char out[SEGMENT_NAME_SIZE], int64_t first_position)
{
    CHECK(is_position((uint64_t)first_position));
    snprintf(out, SEGMENT_NAME_SIZE, "%0*" PRId64 ".seg", NAME_DIGITS, first_position);
}

void segment_name_packed(char out[SEGMENT_NAME_SIZE], int64_t first_position)
{
    CHECK(is_position((uint64_t)first_position));
    snprintf(out, SEGMENT_NAME_SIZE, "%0*" PRId64 ".seg.zst", NAME_DIGITS, first_position);
}

int64_t segment_name_parse(const char *name)
{
    uint64_t position;

    if (strlen(name) < NAME_DIGITS + 4 ||
        (strcmp(name + NAME_DIGITS, ".seg") != 0 && !segment_name_is_packed(name)) ||
        str_to_u64(str_of(name, NAME_DIGITS), &position) < 0 || !is_position(position))
        return -1;
    return (int64_t)position;
}

bool segment_name_is_packed(const char *name)
{
    return strlen(name) > NAME_DIGITS && strcmp(name + NAME_DIGITS, ".seg.zst") == 0;
}

void segment_header_write(uint8_t *out, const struct segment_header *h)
{
    CHECK(is_position((uint64_t)h->first_position));
    CHECK(h->previous_last >= 0 && h->previous_last < h->first_position);
    memset(out, 0, SEGMENT_HEADER_BYTES);
    memcpy(out, header_magic, 8);
    put32(out + 8, SEGMENT_VERSION);
    put32(out + 12, SEGMENT_HEADER_BYTES);
    memcpy(out + 16, h->id, SEGMENT_ID_BYTES);
    put64(out + 32, (uint64_t)h->first_position);
    put64(out + 40, (uint64_t)h->created_us);
    put64(out + 48, (uint64_t)h->previous_last);
    memcpy(out + 56, h->previous_hash, SEGMENT_HASH_BYTES);
    put64(out + 88, h->bytes);
    segment_header_check(out);
}

void segment_header_check(uint8_t *out)
{
    put32(out + HEADER_CRC_AT, crc32c(0, out, HEADER_CRC_AT));
}

const char *segment_header_parse(struct segment_header *out, const uint8_t *b)
{
    uint64_t first = get64(b + 32), previous = get64(b + 48);

    if (memcmp(b, header_magic, 8) != 0)
        return "no segment header";
    if (get32(b + HEADER_CRC_AT) != crc32c(0, b, HEADER_CRC_AT))
        return "header does not match its checksum";
    if (get32(b + 8) != SEGMENT_VERSION)
        return segment_other_version;
    if (get32(b + 12) != SEGMENT_HEADER_BYTES || !is_position(first) || previous >= first ||
        get64(b + 88) < SEGMENT_LEAST_BYTES)
        return "header holds impossible values";
    memcpy(out->id, b + 16, SEGMENT_ID_BYTES);
    out->first_position = (int64_t)first;
    out->created_us = (int64_t)get64(b + 40);
    out->previous_last = (int64_t)previous;
    memcpy(out->previous_hash, b + 56, SEGMENT_HASH_BYTES);
    out->bytes = get64(b + 88);
    return NULL;
}

void segment_seal_write(uint8_t *out, const struct segment_seal *seal, uint32_t seed)
{
    CHECK(seal->end >= SEGMENT_HEADER_BYTES && seal->end % 8 == 0);
    memset(out, 0, SEGMENT_SEAL_BYTES);
    memcpy(out, seal_magic, 8);
    put64(out + 8, (uint64_t)seal->first_position);
    put64(out + 16, (uint64_t)seal->last_position);
    put64(out + 24, seal->records);
    put64(out + 32, seal->end);
    put64(out + 40, (uint64_t)seal->newest_us);
    memcpy(out + 48, seal->last_hash, SEGMENT_HASH_BYTES);
    put32(out + SEAL_CRC_AT, crc32c(seed, out, SEAL_CRC_AT));
}

bool segment_seal_parse(struct segment_seal *out, const uint8_t *b, uint32_t seed)
{
    uint64_t first = get64(b + 8), last = get64(b + 16);

    if (memcmp(b, seal_magic, 8) != 0 || get32(b + SEAL_CRC_AT) != crc32c(seed, b, SEAL_CRC_AT))
        return false;
    if (!is_position(first) || last > (uint64_t)SEGMENT_POSITION_MAX || last + 1 < first)
        return false;
    out->first_position = (int64_t)first;
    out->last_position = (int64_t)last;
    out->records = get64(b + 24);
    out->end = get64(b + 32);
    out->newest_us = (int64_t)get64(b + 40);
    memcpy(out->last_hash, b + 48, SEGMENT_HASH_BYTES);
    return true;
}

uint32_t segment_seed(const uint8_t id[SEGMENT_ID_BYTES], int64_t first_position)
{
    uint8_t first[8];

    put64(first, (uint64_t)first_position);
    return crc32c(crc32c(0, id, SEGMENT_ID_BYTES), first, sizeof first);
}

size_t segment_record_write(uint8_t *out, const struct segment_record *r, uint32_t seed)
{
    size_t bytes = segment_record_bytes(r->payload.len);
    size_t used = RECORD_HEADER_BYTES + r->payload.len;

    CHECK(r->payload.len <= RECORD_PAYLOAD_MAX && r->kind && is_position((uint64_t)r->position));
    put32(out + 4, (uint32_t)used);
    put64(out + 8, (uint64_t)r->position);
    put64(out + 16, (uint64_t)r->received_us);
    put16(out + 24, RECORD_MAGIC);
    out[26] = r->kind;
    out[27] = r->flags;
    put32(out + 28, r->group);
    memcpy(out + 32, r->salt, 16);
    if (r->payload.len)
        memcpy(out + RECORD_HEADER_BYTES, r->payload.ptr, r->payload.len);
    memset(out + used, 0, bytes - used);
    segment_record_check(out, bytes, seed);
    return bytes;
}

void segment_record_check(uint8_t *p, size_t bytes, uint32_t seed)
{
    put32(p, crc32c(seed, p + 4, bytes - 4));
}

size_t segment_record_claims(const uint8_t *p)
{
    uint32_t len = get32(p + 4);

    if (get16(p + 24) != RECORD_MAGIC || len < RECORD_HEADER_BYTES || len > RECORD_MOST_BYTES)
        return 0;
    return segment_record_bytes(len - RECORD_HEADER_BYTES);
}

bool segment_record_parse(struct segment_record *out, const uint8_t *p, size_t available,
                          uint32_t seed)
{
    size_t bytes, used;
    bool erased;

    if (available < RECORD_LEAST_BYTES)
        return false;
    bytes = segment_record_claims(p);
    if (bytes == 0 || bytes > available || get32(p) != crc32c(seed, p + 4, bytes - 4))
        return false;
    used = get32(p + 4);
    if (!is_position(get64(p + 8)) || p[26] == 0 || p[27] & ~RECORD_ERASED)
        return false;
    erased = p[27] & RECORD_ERASED;
    if (erased)
        used = RECORD_LEAST_BYTES;
    if (used < bytes && !is_zero(p + used, bytes - used))
        return false;
    out->position = (int64_t)get64(p + 8);
    out->received_us = (int64_t)get64(p + 16);
    out->group = get32(p + 28);
    out->kind = p[26];
    out->flags = p[27];
    out->salt = p + 32;
    out->payload = str_of(p + RECORD_HEADER_BYTES, erased ? 0 : used - RECORD_HEADER_BYTES);
    out->bytes = bytes;
    return true;
}

void journal_leaf_hash(uint8_t out[SEGMENT_HASH_BYTES], const uint8_t salt[16], struct str payload)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    CHECK(ctx);
    CHECK(EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1);
    CHECK(EVP_DigestUpdate(ctx, salt, 16) == 1);
    CHECK(payload.len == 0 || EVP_DigestUpdate(ctx, payload.ptr, payload.len) == 1);
    CHECK(EVP_DigestFinal_ex(ctx, out, NULL) == 1);
    EVP_MD_CTX_free(ctx);
}

void segment_record_hash(uint8_t out[SEGMENT_HASH_BYTES], const struct segment_record *r)
{
    if (r->flags & RECORD_ERASED)
        memcpy(out, r->salt, SEGMENT_HASH_BYTES);
    else
        journal_leaf_hash(out, r->salt, r->payload);
}

void segment_record_erase(uint8_t *p, uint32_t seed)
{
    size_t bytes = segment_record_claims(p);
    uint8_t hash[SEGMENT_HASH_BYTES];
    struct segment_record r;

    CHECK(bytes && segment_record_parse(&r, p, bytes, seed));
    segment_record_hash(hash, &r);
    memcpy(p + 32, hash, sizeof hash);
    memset(p + RECORD_LEAST_BYTES, 0, bytes - RECORD_LEAST_BYTES);
    p[27] |= RECORD_ERASED;
    segment_record_check(p, bytes, seed);
}
