/* pain.001, the credit transfers that a body with an ordinary bank sends: version .03 of ISO and
 * .09 as the European Payments Council uses it. Rows of liquidation become facts, facts a tree; a
 * tree becomes facts again, and is checked for what its schema does not say. Pure.
 *
 *   pain001_facts(&order, &file, &findings)     rows -> transfers: letters, lengths
 *   pain001_write(PAIN001_09, &file, &tree)     transfers -> tree
 *   pain001_check(tree.root, &findings)         what must not leave
 *   pain001_read(root, &file)                   tree -> transfers
 *
 * SOURCE formats: NbOfTxs and CtrlSum match; SLEV; EUR; unique identifiers; names up to 70, one
 * Ustrd up to 140; Latin signs; references not beginning with `/`; addresses structured or left
 * out (they are left out); CtgyPurp SUPP for Italian accounts. */
#ifndef CONNECTORS_FORMAT_PAIN001_H
#define CONNECTORS_FORMAT_PAIN001_H

#include "connectors/format/finding.h"
#include "connectors/format/liquidation.h"
#include "connectors/format/payer.h"
#include "connectors/format/tree.h"

#define PAIN001_ID_SIZE	      35u
#define PAIN001_NAME_SIZE     70u
#define PAIN001_REASON_SIZE   140u
#define PAIN001_CREATED_SIZE  19u /* YYYY-MM-DDThh:mm:ss, local time */
#define PAIN001_TRANSFERS_MAX 100000u

enum pain001_version {
	PAIN001_03 = 3,
	PAIN001_09 = 9,
};

struct pain001_transfer {
	char end_to_end[PAIN001_ID_SIZE];
	char name[PAIN001_NAME_SIZE];
	char iban[36];
	char reason[PAIN001_REASON_SIZE];
	struct cents amount;
	bool is_supplier; /* CtgyPurp SUPP */
};

struct pain001_file {
	char message_id[PAIN001_ID_SIZE];
	char payment_id[PAIN001_ID_SIZE];
	char created[PAIN001_CREATED_SIZE];
	struct day execution;
	char payer_name[PAIN001_NAME_SIZE];
	char payer_iban[36];
	char payer_bic[12]; /* empty: not given */
	char payer_cuc[8];  /* empty: not given */
	struct pain001_transfer *transfers;
	uint32_t size; /* transfers that fit */
	uint32_t count;
	struct cents total;
};

/* What a file is made of. */
struct pain001_order {
	const struct payer *payer;
	const struct liquidation_row *rows;
	uint32_t count;
	struct slice id;      /* of the export: MsgId and PmtInfId */
	struct slice created; /* PAIN001_CREATED_SIZE bytes */
	struct day execution;
};

/* Rows as transfers; rows of nothing are passed over. Letters that the set lacks are replaced and
 * names cut, and `findings` tells each. False: more rows than fit, or a sum beyond 64 bits. */
MUST_CHECK bool pain001_facts(const struct pain001_order *order, struct pain001_file *file,
			      struct findings *findings);

void pain001_write(enum pain001_version version, const struct pain001_file *file,
		   struct tree *tree);

/* The facts of a tree that somebody built. False: an element that must be there is not, or an
 * amount, day or text is none; `ret_fault` names it. */
MUST_CHECK bool pain001_read(const struct tree_node *root, enum pain001_version *ret_version,
			     struct pain001_file *file, const char **ret_fault);

/* What the schema does not check. `memory` holds what comparing identifiers needs, about
 * PAIN001_CHECK_SIZE bytes for each transfer. False: it is too small, nothing was checked. */
#define PAIN001_CHECK_SIZE 64u
MUST_CHECK bool pain001_check(const struct tree_node *root, struct arena *memory,
			      struct findings *findings);

#endif
