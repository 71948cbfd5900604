/* Identifiers as the world sees them.
 *
 * Coded kinds (directory.h) are written as their code: "FNPS", "019067", "FNPS-2026". A title is
 * its voucher number with check character (base/check.h). Everything else is prefix_number:
 * "rdm_17", the prefix from schemas/records.def, the number without leading zeros. Clients take all
 * of them as opaque text. */
#ifndef ENGINE_API_NAME_H
#define ENGINE_API_NAME_H

#include "engine/api/directory.h"
#include "engine/base/result.h"

#define NAME_SIZE_MAX 40u /* bytes of the longest identifier */

/* Writes the identifier of a record, no NUL; returns its bytes. An id 0 writes nothing. A coded
 * record that the directory does not know (never, once its answer went out) is written as
 * prefix_number. */
uint32_t name_format(struct directory *directory, enum record_kind kind, uint32_t id,
		     char ret_text[NAME_SIZE_MAX]);

/* Reads an identifier of a kind. RESULT_OK;
 * RESULT_FIELD_INVALID: not an identifier of this kind at all (prefix, digits, check character);
 * RESULT_UNKNOWN_REFERENCE: well formed, but no coded record has it. Whether an uncoded id exists
 * is for decide to say. */
MUST_CHECK enum result name_parse(struct directory *directory, enum record_kind kind,
				  struct slice text, uint32_t *ret_id);

/* The JSON name of an object of this kind: "redemption"; the record's own name. */
const char *name_of_kind(enum record_kind kind);

#endif
