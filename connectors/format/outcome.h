/* What treasurers and banks say of payments, as facts: one line for each thing that became of one
 * payment. Readers of field trees; outcome_table.h reads tables. Pure.
 *
 *   kind = outcome_kind_of(root)                     which format is it? 0: none of ours
 *   outcome_read(&file, &arena, kind, root)          false: file.fault and what is with it
 *
 * Whatever control figures a file has (counts, sums, balances) must tie: else the whole file is
 * refused, for half a statement of account is worse than none. Amounts are euro. What says nothing
 * about a payment of ours (an income, a pending entry) is a line of kind 0: it is counted, and
 * nothing is made of it. No name, account or text of anybody is taken over. */
#ifndef CONNECTORS_FORMAT_OUTCOME_H
#define CONNECTORS_FORMAT_OUTCOME_H

#include "connectors/format/tree.h"
#include "engine/domain/model.h"

struct outcome_line {
	struct cents amount;    /* zero: the file does not say (a rejection may leave it out) */
	struct slice reference; /* end-to-end id as it came back; empty: none. Borrowed */
	struct slice order_number;
	struct slice receipt_number;
	struct slice reason_code;
	struct day day;
	struct day order_date; /* none: not told */
	uint32_t place;	       /* line of the file's text */
	uint8_t kind;	       /* enum outcome_kind; 0: nothing about a payment of ours */
};

enum outcome_fault {
	OUTCOME_OK,
	OUTCOME_UNKNOWN,  /* none of the formats */
	OUTCOME_MISSING,  /* something that must be there */
	OUTCOME_AMOUNT,	  /* not an amount in euro and cents */
	OUTCOME_DAY,	  /* not a date */
	OUTCOME_VALUE,	  /* a word that the format does not have */
	OUTCOME_CURRENCY, /* not euro */
	OUTCOME_COUNT,	  /* a stated count is not what is there: stated, found */
	OUTCOME_SUM,	  /* a stated sum is not that of its parts: stated, found (cents) */
	OUTCOME_BALANCE,  /* opening balance and entries are not the closing balance: the same */
	OUTCOME_EMPTY,	  /* no line */
	OUTCOME_MEMORY,	  /* more than fits */
	OUTCOME_FAULTS,
};

struct outcome_file {
	struct outcome_line *lines;
	uint32_t count;
	uint32_t capacity;
	struct slice message; /* the file's own identifier */
	struct slice flow;    /* the flow of ours that it answers, where it names one */
	struct slice reason;  /* why that flow was rejected, whole */
	bool is_rejected;     /* the flow was rejected, whole */
	struct day day;	      /* of that answer */
	struct cents total;   /* sum of the lines' amounts */
	uint8_t kind;	      /* enum outcome_file_kind */
	uint8_t fault;	      /* enum outcome_fault */
	uint32_t fault_place; /* line of the file's text; 0: none in particular */
	const char *about;    /* of the fault: the element, or the figure */
	int64_t stated;	      /* of a count, sum or balance */
	int64_t found;
};

/* By the root's name and what is in it; 0: none of the formats. */
enum outcome_file_kind outcome_kind_of(const struct tree_node *root);

/* Reads the whole file; lines live in the arena, their texts in the tree. */
MUST_CHECK bool outcome_read(struct outcome_file *file, struct arena *arena,
			     enum outcome_file_kind kind, const struct tree_node *root);

/* What is wrong, one sentence without figures. */
const char *outcome_fault_text(enum outcome_fault fault, bool is_italian);

/* Bytes of arena that the lines of a tree need at the most. */
size_t outcome_memory(const struct tree_node *root);

/* ---- For the readers of each format ---- */

bool outcome_fail(struct outcome_file *file, enum outcome_fault fault,
		  const struct tree_node *node, const char *about);
/* With the figures that do not tie. */
bool outcome_untied(struct outcome_file *file, enum outcome_fault fault,
		    const struct tree_node *node, const char *about, int64_t stated,
		    int64_t found);

/* The next line, zeroed but for its place and day; NULL: the lines are full (asserted never). */
struct outcome_line *outcome_add(struct outcome_file *file, const struct tree_node *node,
				 struct day day);

/* An amount without sign and with at most two decimals that are not zero, at a path of a node. */
MUST_CHECK bool outcome_cents(struct outcome_file *file, const struct tree_node *node,
			      const char *path, struct cents *ret_amount);
/* A date, or the date of an instant. */
MUST_CHECK bool outcome_day(struct outcome_file *file, const struct tree_node *node,
			    const char *path, struct day *ret_day);

/* Readers. */
MUST_CHECK bool outcome_opi_read(struct outcome_file *file, const struct tree_node *root);
MUST_CHECK bool outcome_camt_read(struct outcome_file *file, const struct tree_node *root);
MUST_CHECK bool outcome_pain_read(struct outcome_file *file, const struct tree_node *root);

#endif
