/* Every bound of the engine, in one place, with the relations between them asserted.
 *
 * At a bound the engine refuses with a result code; it does not grow. Units stand in the names. */
#ifndef ENGINE_BASE_LIMITS_H
#define ENGINE_BASE_LIMITS_H

#include <assert.h>

/* Titles. */
#define VOUCHER_LINES_MAX   8u  /* services in one title */
#define VOUCHER_MONTHS_MAX  36u /* periods in one title */
#define VOUCHER_CELLS_MAX   72u /* lines x months x funds of one title */
#define VOUCHER_SHARES_MAX  4u  /* funds that pay one title */
#define ACCREDITATION_SERVICES_MAX 32u
#define SUB_AMBITI_PER_AMBITO_MAX  64u
#define SERVICES_MAX               64u /* dense ids 1..64: an accreditation holds a bit mask */
#define VISIT_MINUTES_MAX          1440u

/* Settlement. */
#define STATEMENT_LINES_MAX 2048u /* a fuller statement is continued by another */
#define EXPORT_ITEMS_MAX    3000u /* a fuller export is continued by another */

/* One command. */
#define COMMAND_INPUT_SIZE_MAX 1024u  /* encoded inputs of one command, bytes */
#define EFFECT_WRITES_MAX      12288u /* record after-images of one command */
#define EFFECT_POSTINGS_MAX    16384u
#define CEILINGS_ON_PATH_MAX   64u /* ceilings that one cell can match */
#define TICK_OBJECTS_MAX       1000u
#define ALLOCATE_COMUNI_MAX    512u

/* Journal. */
#define BATCH_SIZE_MAX    (1024u * 1024u) /* one append to the shared log, bytes */
#define BATCH_ENTRIES_MAX 16384u
#define BATCH_PLAIN_SIZE_MAX (8u * 1024u * 1024u) /* its entries together before they are packed */
#define JOURNAL_SEGMENT_SIZE_DEFAULT (64u * 1024u * 1024u) /* bytes of one segment file */
#define JOURNAL_SEGMENT_SIZE_MIN     (16u * 1024u)
#define JOURNAL_SEGMENT_SIZE_MAX     (1024u * 1024u * 1024u)
#define JOURNAL_SEGMENTS_MAX         65536u
#define JOURNAL_FREE_SPACE_MIN       (256u * 1024u * 1024u) /* floor below which we refuse, bytes */

/* API. */
#define BATCH_LINES_MAX     20000u
#define BATCH_BODY_SIZE_MAX (8u * 1024u * 1024u)
#define BATCH_SLICE_LINES_MAX 1000u        /* lines judged at a time */
#define BATCH_LINE_SIZE_MAX   (16u * 1024u) /* one line of a batch, bytes */
#define BATCH_ID_SIZE_MAX     64u           /* the id of a line, bytes */
#define BODY_SIZE_MAX       (64u * 1024u)
#define JSON_DEPTH_MAX      32u /* nesting of a body */
#define IDEMPOTENCY_KEY_SIZE_MAX 128u
#define PAGE_ITEMS_MAX      1000u

/* HTTP. */
#define HTTP_HEAD_SIZE_MAX    8192u /* request line and headers, bytes */
#define HTTP_TARGET_SIZE_MAX  4096u /* request target, bytes */
#define HTTP_HEADERS_MAX      64u   /* headers of one request */
#define HTTP_INPUT_SIZE_MAX   (64u * 1024u)   /* read ahead of a connection, bytes */
#define HTTP_OUTPUT_SIZE_MAX  (1024u * 1024u) /* waiting to be taken by a client, bytes */
#define HTTP_LISTENERS_MAX    4u
#define HTTP_PIPELINE_MAX     32u /* requests in hand on a connection of HTTP/1.1 */

static_assert(4u * EXPORT_ITEMS_MAX + 2u <= EFFECT_WRITES_MAX,
	      "the seal of a replacement writes the items and statements of two exports");
static_assert(VOUCHER_CELLS_MAX >= VOUCHER_MONTHS_MAX, "one service over the longest title fits");

#endif
