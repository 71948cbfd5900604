/* OPI 1.7.1, the flow of payment orders that a public body sends to its treasurer through SIOPE+,
 * before it is signed. Rows of liquidation become payments, payments a tree; a tree becomes
 * payments again, and is checked for what its schema does not say. Pure.
 *
 *   opi_facts(&order, &flow, &findings)      rows -> payments, gathered into orders (mandati)
 *   opi_write(&flow, &tree)                  payments -> tree
 *   opi_check(tree.root, &siope, ...)        what must not leave
 *   opi_read(root, &flow, &fault)            tree -> payments
 *
 * An invoice has an order of its own; buoni of one impegno share an order, a beneficiary each. The
 * payee of an invoice with split payment gets the taxable amount; the VAT is either left to the
 * body's accounts or ordered as F24EP to the Erario. SOURCE formats: order inside
 * informazioni_beneficiario; COMMERCIALE is a CIG or the reason why there is none, and an invoice.
 */
#ifndef CONNECTORS_FORMAT_OPI_H
#define CONNECTORS_FORMAT_OPI_H

#include "connectors/format/finding.h"
#include "connectors/format/liquidation.h"
#include "connectors/format/payer.h"
#include "connectors/format/siope.h"
#include "connectors/format/tree.h"

#define OPI_FLOW_ID_SIZE   70u
#define OPI_CREATED_SIZE   19u /* YYYY-MM-DDThh:mm:ss, local time */
#define OPI_NAME_SIZE	   140u
#define OPI_REASON_SIZE	   370u
#define OPI_REFERENCE_SIZE 35u
#define OPI_NUMBER_MAX	   9999999u /* of an order */
#define OPI_SCHEMA	   "opi/DERIVED_OPI_FLUSSO_ORDINATIVI_V_1_7_1_presign.xsd"

enum opi_operation {
	OPI_INSERT = 1,
	OPI_VARIATION,
	OPI_CANCEL,
	OPI_REPLACE,
	OPI_OPERATIONS,
};

enum opi_means {
	OPI_SEPA = 1,
	OPI_F24EP,
	OPI_SET_OFF,	/* COMPENSAZIONE */
	OPI_REGULARISE, /* REGOLARIZZAZIONE of what the treasurer already paid */
	OPI_CASH,
	OPI_MEANS,
};

enum opi_destination {
	OPI_FREE = 1, /* LIBERA */
	OPI_BOUND,    /* VINCOLATA: money with a restriction */
	OPI_DESTINATIONS,
};

enum opi_debt {
	OPI_COMMERCIAL = 1,
	OPI_OTHER, /* NON_COMMERCIALE */
	OPI_VAT,   /* IVA */
	OPI_DEBTS,
};

/* One beneficiary of one order. Payments of an order are consecutive; what they share (act, budget)
 * is written once, from the first. */
struct opi_payment {
	struct cents amount;
	uint64_t provisional;	 /* sospeso of the treasurer; 0: none */
	uint64_t invoice_lot;	 /* number in the Sistema di Interscambio; 0: no invoice */
	struct day due;		 /* none: 0 */
	struct day invoice_due;	 /* with an invoice */
	uint32_t order;		 /* numero_mandato */
	uint32_t place;		 /* progressivo_beneficiario, from 1 */
	uint32_t chapter;	 /* 0: no budget section */
	uint32_t replaced_order; /* 0: none */
	uint32_t replaced_place;
	uint16_t replaced_year;
	uint16_t article;	/* 0: none */
	uint16_t residual_year; /* 0: of the year's own budget */
	uint8_t means;		/* enum opi_means */
	uint8_t destination;	/* enum opi_destination; 0: not said */
	uint8_t debt;		/* enum opi_debt */
	uint8_t is_provisional_budget;
	char act[56];
	char siope[10];
	char cup[16];
	char cig[12];
	char exclusion[40]; /* motivo_esclusione_cig_siope */
	char invoice_office[8];
	char invoice_number[20];
	char name[OPI_NAME_SIZE];
	char vat_number[16];
	char tax_code[16];
	char iban[36];
	char reference[OPI_REFERENCE_SIZE]; /* identificativo_end_to_end */
	char reason[OPI_REASON_SIZE];
	char stamp_reason[64]; /* why no stamp duty is due */
};

struct opi_flow {
	struct payer payer;
	char payer_name[OPI_NAME_SIZE]; /* in letters that may stand there */
	char id[OPI_FLOW_ID_SIZE];
	char created[OPI_CREATED_SIZE];
	struct day day;	   /* of the orders */
	uint8_t operation; /* enum opi_operation */
	struct opi_payment *payments;
	uint32_t size; /* payments that fit */
	uint32_t count;
	struct cents total;
};

/* The numbers of a row's payments in the flow that a later one is about. */
struct opi_place {
	uint32_t order; /* 0: the row paid nothing */
	uint32_t place;
	uint32_t vat_order; /* 0: its VAT was not ordered */
	bool is_taken;	    /* by a row of the later flow */
};

/* What a flow is made of. */
struct opi_order {
	const struct payer *payer;
	const struct liquidation_row *rows;
	uint32_t count;
	struct slice id;      /* of the export */
	struct slice created; /* OPI_CREATED_SIZE bytes */
	struct day day;
	enum opi_operation operation;
	uint32_t first_number; /* of the first order */
	/* Of another operation than OPI_INSERT: the flow that it is about, as it was sent. A
	 * VARIATION and a CANCEL keep the numbers of the same payments there, a REPLACE names
	 * them. */
	const struct liquidation_row *earlier;
	struct opi_place *places; /* one for each of these rows: memory for opi_facts */
	uint32_t earlier_count;
	uint32_t earlier_first; /* number of its first order */
	uint16_t earlier_year;
	uint8_t destination; /* enum opi_destination; 0: not said */
	bool orders_vat;     /* split payment: VAT as F24EP in the same flow */
	bool is_provisional_budget;
	const char *stamp_reason; /* NULL: none is given */
};

/* Rows as payments; rows of nothing are passed over. False: more than fit, numbers beyond
 * OPI_NUMBER_MAX, a sum beyond 64 bits, or a payment that the earlier flow has not, or has in
 * another sequence (of a VARIATION, CANCEL, REPLACE). */
MUST_CHECK bool opi_facts(const struct opi_order *order, struct opi_flow *flow,
			  struct findings *findings);

void opi_write(const struct opi_flow *flow, struct tree *tree);

/* The facts of a tree. False: an element that must be there is not, or is wrong; `ret_fault` names
 * it. */
MUST_CHECK bool opi_read(const struct tree_node *root, struct opi_flow *flow,
			 const char **ret_fault);

/* What the schema does not check. `at` of a finding counts beneficiaries from 1; of an order, its
 * first one. `memory` holds OPI_CHECK_SIZE bytes for each payment. False: it is too small. */
#define OPI_CHECK_SIZE 64u
MUST_CHECK bool opi_check(const struct tree_node *root, const struct siope *siope,
			  struct arena *memory, struct findings *findings);

/* The words of the format. */
const char *opi_operation_name(enum opi_operation operation);

#endif
