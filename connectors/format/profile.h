/* A profile: what a table looks like to the program that reads it, as data. Which columns in which
 * order from which fields, headings, amounts and dates, separator, quotes, line ends, character
 * set, which rows stay out. A new accounting package is a new file of connectors/profiles and no
 * code; connectors/profiles/README.md tells the keys.
 *
 *   profile_init(&profile, &liquidation_row_set);
 *   profile_set(&profile, "file", "separator", "semicolon", &fault)   key by key, in their order
 *   profile_set(&profile, "columns", "importo", "importo_da_pagare comma required", &fault)
 *   profile_finish(&profile, &fault)
 *
 * A finished profile serves table_write and table_read alike. Pure. */
#ifndef CONNECTORS_FORMAT_PROFILE_H
#define CONNECTORS_FORMAT_PROFILE_H

#include "connectors/format/charset.h"
#include "engine/base/field.h"

#define PROFILE_COLUMNS_MAX 96u
#define PROFILE_TEXT_SIZE   80u /* of a heading, a constant, a map */
#define PROFILE_NAME_SIZE   40u
#define PROFILE_WORD_SIZE   8u	 /* of a flag's words */
#define PROFILE_WIDTH_MAX   500u /* characters of a cell */
#define PROFILE_FAULT_SIZE  160u

enum profile_quotes {
	PROFILE_QUOTES_NEEDED, /* where a cell holds a separator, a quote or a line break */
	PROFILE_QUOTES_ALWAYS,
	PROFILE_QUOTES_NEVER, /* such characters become blanks, and the caller is told */
};

enum profile_amount {
	PROFILE_AMOUNT_POINT, /* 1234.56 */
	PROFILE_AMOUNT_COMMA, /* 1234,56 */
	PROFILE_AMOUNT_CENTS, /* 123456 */
};

enum profile_day {
	PROFILE_DAY_ISO,     /* 2026-10-31 */
	PROFILE_DAY_ITALIAN, /* 31/10/2026 */
	PROFILE_DAY_COMPACT, /* 20261031 */
	PROFILE_DAY_DASHES,  /* 31-10-2026 */
	PROFILE_DAY_POINTS,  /* 31.10.2026 */
	PROFILE_DAY_DIGITS,  /* 31102026 */
	PROFILE_DAYS,
};

enum profile_month {
	PROFILE_MONTH_ISO,     /* 2026-10 */
	PROFILE_MONTH_ITALIAN, /* 10/2026 */
	PROFILE_MONTH_COMPACT, /* 202610 */
	PROFILE_MONTH_FIRST,   /* its first day, as a day */
	PROFILE_MONTH_LAST,    /* its last day, as a day */
};

enum profile_header {
	PROFILE_HEADER_NONE,
	PROFILE_HEADER_EXACT, /* read: these columns in this order */
	PROFILE_HEADER_NAMED, /* read: found by their headings, any order, others passed over */
};

enum profile_pad {
	PROFILE_PAD_NONE,
	PROFILE_PAD_LEFT,
	PROFILE_PAD_RIGHT,
};

struct profile_column {
	char heading[PROFILE_TEXT_SIZE + 1]; /* several apart by '|': read any, write the first */
	char constant[PROFILE_TEXT_SIZE + 1]; /* where `field` is NULL */
	char map[PROFILE_TEXT_SIZE + 1];      /* "VALUE:cell,VALUE:cell": other words; "*" is any */
	const struct field *field;
	const struct field *otherwise; /* written where `field` is empty; NULL: none */
	uint16_t width;		       /* most characters; 0: any */
	uint16_t pad_width;
	char pad_with;
	uint8_t pad;	/* enum profile_pad */
	uint8_t amount; /* enum profile_amount */
	uint8_t day;	/* enum profile_day */
	uint8_t month;	/* enum profile_month */
	bool is_required;
	bool is_cut;	  /* what is longer than `width` is cut, and told; else refused */
	bool is_unread;	  /* written only: reading passes over it */
	bool keeps_zero; /* a number of zero is "0", not an empty cell */
};

struct profile {
	char name[PROFILE_NAME_SIZE + 1]; /* of its file */
	char title[PROFILE_TEXT_SIZE + 1];
	char suffix[PROFILE_NAME_SIZE + 1]; /* how names of files end, without the first dot */
	char yes[PROFILE_WORD_SIZE + 1];
	char no[PROFILE_WORD_SIZE + 1];
	const struct field_set *set;
	const struct field *skip_zero; /* rows where it is zero stay out; NULL: none */
	const struct field *only;      /* rows where it is not `only_value` stay out */
	char only_value[PROFILE_TEXT_SIZE + 1];
	struct profile_column columns[PROFILE_COLUMNS_MAX];
	uint32_t column_count;
	uint32_t field_count; /* told by `fields`; 0: not told */
	uint8_t charset;      /* enum charset */
	uint8_t quotes;	      /* enum profile_quotes */
	uint8_t header;	      /* enum profile_header */
	uint8_t amount, day, month; /* of columns that say nothing */
	char separator; /* NUL: none, every cell has its width */
	bool has_mark; /* byte order mark */
	bool ends_crlf;
	bool guards_formulas;	/* an apostrophe before text that begins like one */
	bool guards_lookalikes; /* and before text that a spreadsheet turns into a number or date */
	bool is_refused_other;	/* a character that the set lacks is a fault, not told */
	bool has_records;	/* `records` was told */
	bool has_all;		/* no [columns]: every field of the set */
	uint32_t keys_seen;	/* of [file] and [rows], by their place in the tables */
};

/* What is wrong with a key: whole sentences, the caller adds file and line. */
struct profile_fault {
	char text[PROFILE_FAULT_SIZE];
};

/* An empty profile for records of a set, which must outlive it. */
void profile_init(struct profile *profile, const char *name, const struct field_set *set);

/* Takes one key of a section. False: no such key, or not a value of it; the fault says which. */
MUST_CHECK bool profile_set(struct profile *profile, struct slice section, struct slice key,
			    struct slice value, struct profile_fault *fault);

/* How a day is written: "dd/mm/yyyy". */
const char *profile_day_pattern(enum profile_day form);

/* Judges the whole. False: something lacks, or keys contradict each other. */
MUST_CHECK bool profile_finish(struct profile *profile, struct profile_fault *fault);

/* Does this row belong into the table? */
bool profile_takes(const struct profile *profile, const void *record);

/* Is the field of this record zero, empty, absent? */
bool profile_is_empty(const struct field *field, const void *record);

/* Would a text cell be written with an apostrophe before it? Leading apostrophes are passed over,
 * so that reading can take back exactly what writing put. */
bool profile_guards(const struct profile *profile, struct slice text);

#endif
