/* Layouts of records: the bytes of a record at the version of its layout, as journal and store
 * keep them.
 *
 * The form is that of engine/base/codec.h, made here from the same definitions by straight code
 * for each kind, because a replay decodes millions (a test holds the two against each other). A
 * layout of an older version is upgraded on reading, through the table in layout.c: one row per
 * kind and old version. Nothing is ever written at an old version. */
#ifndef ENGINE_LEDGER_LAYOUT_H
#define ENGINE_LEDGER_LAYOUT_H

#include "engine/base/assert.h"
#include "engine/domain/model.h"

#include <stdbool.h>
#include <stdint.h>

#define LAYOUT_SIZE_MAX        512u /* bytes of any encoded record */
#define LAYOUT_RECORD_SIZE_MAX 512u /* bytes of any record struct */
#define LAYOUT_POSTING_SIZE    40u  /* bytes of an encoded posting, always */

/* Room for any record, aligned for all of them. */
union layout_record {
#define R(name, NAME, number, version, prefix, what) struct name name;
	RECORDS(R)
#undef R
};

/* Is this number, which may come from outside, a kind of record? */
bool layout_kind_is_known(uint32_t kind);

/* The version that layout_encode writes. The kind is known (asserted). */
uint8_t layout_version(enum record_kind kind);

/* The most bytes of a kind. */
uint32_t layout_size_max(enum record_kind kind);

/* Writes at most layout_size_max(kind) bytes and returns how many. */
uint32_t layout_encode(enum record_kind kind, const void *record, uint8_t *out);

/* Bytes that came from outside: what they claim to be. */
struct layout_source {
	const uint8_t *bytes;
	uint32_t size;
	uint8_t kind;
	uint8_t version;
};

/* Reads a record, upgrading it where its version is old. False: no such kind or version, or not
 * its bytes; *ret_record (the struct of its kind) may then be half-filled. */
MUST_CHECK bool layout_decode(const struct layout_source *source, void *ret_record);

/* Postings: always LAYOUT_POSTING_SIZE bytes at the present version. */
uint8_t layout_posting_version(void);
void layout_posting_encode(const struct posting *posting, uint8_t *out);
MUST_CHECK bool layout_posting_decode(
    uint8_t version, const uint8_t *bytes, struct posting *ret_posting);

#endif
