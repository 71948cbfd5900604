/* The records of the ledger as C structs, from schemas/records.def, and what every module may know
 * of them: size, layout, fields. Reads like the glossary; holds no rules. */
#ifndef ENGINE_DOMAIN_MODEL_H
#define ENGINE_DOMAIN_MODEL_H

#include "engine/base/field.h"

#define R(name, NAME, number, version, prefix, what)                                               \
	struct name {                                                                              \
		RECORD_##NAME(FIELD_MEMBER)                                                        \
	};
RECORDS(R)
#undef R

struct record_info {
	const char *name;     /* "voucher_line" */
	const char *prefix;   /* "vln" */
	const char *what;     /* one English line */
	struct field_set set; /* layout */
};

/* What is known of a kind that exists (asserted). */
const struct record_info *record_info(enum record_kind kind);

/* Numbers between 1 and RECORD_KIND_MAX may be free: does a kind have this one? */
bool record_kind_exists(uint32_t kind);

/* Is the id of this kind a fixed slot (a balance, the secret of a voucher) rather than the next
 * free number? Slots that were never written are zero-filled and stand for nothing. */
bool record_kind_is_sparse(enum record_kind kind);

/* One move of the books, as the journal and the postings table keep it. Amounts are cents in F, C
 * and R, units in U; `from` loses on its normal side … in the sense of the golden data:
 * an amount leaves `from` and reaches `to`, both balances told on their normal side, except the
 * contra accounts F100, C100 and U100, which grow when money or units come from them.
 * Dimensions that do not apply are 0. */
struct posting {
	int64_t amount;
	struct fund_year_id fund_year;
	struct ceiling_id ceiling;
	struct cell_id cell;
	struct comune_id comune;
	struct voucher_id voucher;
	struct provider_id provider;
	struct statement_id statement;
	uint8_t book; /* enum book */
	uint8_t kind; /* enum posting_kind */
	uint8_t from; /* slot of the book's accounts */
	uint8_t to;
};

/* The layout of a posting, for the codecs. */
extern const struct field_set posting_set;

#endif
