/* The control of a provider's own file: their rows against our records and lines, each cent of
 * difference with its line and its cause; the totals of the causes add up to the whole difference
 * (asserted). Pure: memory is the caller's arena.
 *
 * Pairs. Titles are matched by their number (letters' case and lost zeros apart, which is told); a
 * visit then by day, time, units and amount, best first; what is left over is missing on one side,
 * a duplicate, or of another month. Of one pair the units are judged first, then the price, then
 * the VAT, so that a pair may give several differences, each with its own cents. */
#ifndef CONNECTORS_FORMAT_DIFFERENCE_H
#define CONNECTORS_FORMAT_DIFFERENCE_H

#include "engine/base/arena.h"
#include "engine/base/field.h"
#include "schemas/difference.def"

#define DIFFERENCE_ROWS_MAX   1000000u		     /* of theirs, and of ours */
#define DIFFERENCE_AMOUNT_MAX INT64_C(1000000000000) /* cents of one amount, either sign */

enum difference_cause {
	DIFFERENCE_ROUNDING,	   /* a cent for each record, no more */
	DIFFERENCE_TARIFF_VERSION, /* the price of another version of the tariff */
	DIFFERENCE_VAT_REGIME,	   /* another rate, or an amount with the VAT in it */
	DIFFERENCE_UNITS,	   /* other minutes or pieces */
	DIFFERENCE_PRICE,	   /* a price that none of our tariffs had */
	DIFFERENCE_MISSING_OURS,   /* theirs alone */
	DIFFERENCE_MISSING_THEIRS, /* ours alone */
	DIFFERENCE_DUPLICATE,	   /* the same row of theirs again */
	DIFFERENCE_OTHER_MONTH,	   /* theirs, of another month than the statement's */
	DIFFERENCE_CODE_CASE,	   /* the title's number is written otherwise: no cent */
	DIFFERENCE_ADJUSTMENT,	   /* what the statement added or took back on a title */
	DIFFERENCE_CAUSES,
};

struct difference_theirs {
	DIFFERENCE_THEIRS(FIELD_MEMBER)
	uint32_t line; /* of their file */
};

struct difference_row {
	DIFFERENCE_ROW(FIELD_MEMBER)
};

extern const struct field_set difference_theirs_set;
extern const struct field_set difference_row_set;

/* A record of ours, or a line of the statement. Texts are NUL-padded. */
struct difference_ours {
	char voucher[24];
	char service[16];
	char id[16];
	char time[8];
	char state[16]; /* told where it does not count */
	struct day day;
	struct cents net;
	struct cents vat;
	uint32_t units;
	uint32_t per; /* units of a tariff's price: 60 of minutes, 1 of pieces */
	bool counts;  /* its money is in the statement */
};

/* A version of a tariff, any order. */
struct difference_tariff {
	char service[16];
	struct day from;
	struct cents rate;
};

struct difference_case {
	const struct difference_theirs *theirs;
	uint32_t theirs_count;
	const struct difference_ours *records;
	uint32_t record_count;
	const struct difference_ours *lines; /* of the statement: they all count */
	uint32_t line_count;
	const struct difference_tariff *tariffs;
	uint32_t tariff_count;
	struct month month;
	uint32_t vat_bp;
	bool has_vat; /* their file tells VAT; else net alone is compared */
};

struct difference_total {
	uint32_t count;
	struct cents net;
	struct cents vat;
};

struct difference_report {
	struct difference_row *rows;
	uint32_t row_count;
	uint32_t equal_count; /* pairs without a cent between them */
	bool by_visit;
	struct difference_total causes[DIFFERENCE_CAUSES];
	struct cents our_net, our_vat;
	struct cents their_net, their_vat;
	struct cents net, vat; /* theirs less ours: the sum of the causes */
};

enum difference_fault {
	DIFFERENCE_NO_FAULT,
	DIFFERENCE_MEMORY,   /* the arena is too small */
	DIFFERENCE_TOO_MANY, /* rows, or an amount beyond DIFFERENCE_AMOUNT_MAX */
	DIFFERENCE_MIXED,    /* some of their rows have a day and some none: *ret_line is one */
};

/* Bytes of an arena that serve a case. */
size_t difference_memory(const struct difference_case *input);

/* Compares. The rows are in the arena, in the order of titles, days and lines. */
MUST_CHECK enum difference_fault difference_compare(const struct difference_case *input,
						    struct arena *arena,
						    struct difference_report *ret_report,
						    uint32_t *ret_line);

/* "ROUNDING" */
const char *difference_cause_name(enum difference_cause cause);

#endif
