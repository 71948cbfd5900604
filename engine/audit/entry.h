/* An entry taken apart: its head, its input, the images of its records before and after it, its
 * postings. */
#ifndef ENGINE_AUDIT_ENTRY_H
#define ENGINE_AUDIT_ENTRY_H

#include "engine/audit/ledger.h"

struct write {
	uint32_t kind;
	uint32_t id;
	const uint8_t *bytes; /* the record as written; valid while the entry's bytes are */
	int64_t before[FIELDS_MAX];
	int64_t after[FIELDS_MAX];
};

struct posting {
	int64_t amount;
	uint32_t fund_year;
	uint32_t ceiling;
	uint32_t cell;
	uint32_t comune;
	uint32_t voucher;
	uint32_t provider;
	uint32_t statement;
	uint8_t book;
	uint8_t kind;
	uint8_t from;
	uint8_t to;
};

enum book { BOOK_FUND = 1, BOOK_CEILING, BOOK_UNITS, BOOK_RECEIVABLE };

struct entry {
	uint64_t sequence;
	int64_t instant;
	uint32_t principal;
	uint8_t command;
	uint16_t result;
	uint16_t cause;
	const uint8_t *input_bytes; /* valid while the entry's bytes are */
	uint32_t input_size;
	bool has_input; /* `input` holds the fields of one of INPUTS */
	int64_t input[FIELDS_MAX];
	struct write *writes;
	uint32_t write_count;
	uint32_t write_room;
	struct posting *postings;
	uint32_t posting_count;
	uint32_t posting_room;
};

/* Takes an entry apart and writes its records into the ledger. Returns NULL, or in words what is
 * wrong; `ret_detail` then names the record it is about, and is empty where it is about none. The
 * arrays in `entry` are kept for the next one and freed with entry_free. */
const char *entry_take(struct entry *entry, struct ledger *ledger, const uint8_t *bytes,
		       uint32_t size, char ret_detail[128]);
void entry_free(struct entry *entry);

/* The write of a record in this entry, NULL when it was not written. */
const struct write *entry_write(const struct entry *entry, uint32_t kind, int64_t id);

#endif
