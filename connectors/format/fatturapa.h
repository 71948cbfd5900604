/* FatturaPA FPA12 1.2.x: from a field tree to the facts of its invoices, and the checks that the
 * Sistema di Interscambio makes on sums and codes. Pure.
 *
 *   fatturapa_check_order(root, &findings)      names, order, what is missing: 00200
 *   fatturapa_read(root, &arena, &lot, &fault)  header and invoices, one or several (a lot)
 *   fatturapa_check(&invoice, &findings)        00400 … 00445: what the SdI would say
 *
 * Texts borrow from the tree. Quantities and prices have up to eight decimals and are kept as whole
 * 10^-8; what is compared with the ledger is in cents.
 * SOURCE formats/README FatturaPA; Schema_VFPR12 1.2.3; specifiche tecniche SdI (controlli). */
#ifndef CONNECTORS_FORMAT_FATTURAPA_H
#define CONNECTORS_FORMAT_FATTURAPA_H

#include "connectors/format/tree.h"
#include "engine/base/result.h"

#define FATTURAPA_FINDINGS_MAX 64u
#define FATTURAPA_DECIMALS     INT64_C(100000000) /* one unit of a quantity or price */

struct fatturapa_article {
	struct slice type;  /* CodiceTipo */
	struct slice value; /* CodiceValore: of a title its number */
};

struct fatturapa_line {
	const struct tree_node *node;
	uint32_t number;
	uint32_t article_count;
	struct fatturapa_article *articles;
	struct slice description;
	struct slice nature; /* why there is no VAT; empty: there is */
	int64_t quantity;    /* x 10^-8; absent: one unit */
	int64_t price;	     /* x 10^-8 */
	int64_t total;	     /* x 10^-8 */
	struct cents amount; /* the total, half-up */
	struct day from;     /* none: 0 */
	struct day to;
	uint32_t vat_bp;
};

struct fatturapa_summary {
	const struct tree_node *node;
	struct slice nature;
	struct cents net;
	struct cents vat;
	int64_t rounding; /* x 10^-8 */
	uint32_t vat_bp;
	char due; /* EsigibilitaIVA: S I D; 0: not told */
};

enum fatturapa_reference_kind {
	FATTURAPA_ORDER,
	FATTURAPA_CONTRACT,
	FATTURAPA_CONVENTION,
	FATTURAPA_RECEPTION,
	FATTURAPA_INVOICE, /* of a credit note: what it takes back */
	FATTURAPA_REFERENCES
};

struct fatturapa_reference {
	enum fatturapa_reference_kind kind;
	struct slice id;
	struct day date; /* none: 0 */
	struct slice cig;
	struct slice cup;
};

struct fatturapa_payment {
	struct slice mode; /* MP05 … */
	struct slice iban;
	struct cents amount;
	struct day due; /* none: 0 */
};

enum fatturapa_regime {
	FATTURAPA_SPLIT,
	FATTURAPA_IMMEDIATE,
	FATTURAPA_DEFERRED,
	FATTURAPA_EXEMPT, /* no summary has VAT */
	FATTURAPA_MIXED,  /* summaries disagree */
};

struct fatturapa_invoice {
	struct slice document; /* TD01 … */
	struct slice currency;
	struct slice number;
	struct day date;
	struct cents stamp; /* ImportoBollo */
	struct cents total; /* ImportoTotaleDocumento, where it is told */
	bool has_total;
	struct cents net; /* sum of the summaries */
	struct cents vat;
	enum fatturapa_regime regime;
	struct slice cig;   /* the first; empty: none */
	struct slice cup;   /* the first */
	uint32_t cig_count; /* of different ones */
	struct fatturapa_line *lines;
	uint32_t line_count;
	struct fatturapa_summary *summaries;
	uint32_t summary_count;
	struct fatturapa_reference *references;
	uint32_t reference_count;
	struct fatturapa_payment *payments;
	uint32_t payment_count;
};

struct fatturapa_lot {
	struct slice format;	  /* FPA12 or FPR12 */
	struct slice progressive; /* ProgressivoInvio */
	struct slice office;	  /* CodiceDestinatario */
	struct slice issuer_country;
	struct slice issuer_vat; /* partita IVA, without the country */
	struct slice issuer_tax_code;
	struct slice issuer_name;
	struct slice buyer_vat;
	struct slice buyer_tax_code;
	struct fatturapa_invoice *invoices;
	uint32_t invoice_count;
};

/* Where a file cannot be read. */
struct fatturapa_fault {
	const char *what; /* English, a literal */
	struct slice about;
	uint32_t line; /* of the file */
};

/* RESULT_OK; RESULT_BAD_REQUEST: not a FatturaPA, or a value that is none; RESULT_BODY_TOO_LARGE:
 * the arena is too small. */
MUST_CHECK enum result fatturapa_read(const struct tree_node *root, struct arena *arena,
				      struct fatturapa_lot *ret_lot,
				      struct fatturapa_fault *ret_fault);

/* What the SdI would say: its code, and the figures on both sides where there are figures. */
struct fatturapa_finding {
	uint32_t code;	 /* 423 is 00423 */
	uint32_t line;	 /* of the file */
	uint32_t number; /* NumeroLinea; 0: not of a line */
	struct slice about;
	struct cents found;
	struct cents expected;
	bool has_figures;
};

struct fatturapa_findings {
	struct fatturapa_finding items[FATTURAPA_FINDINGS_MAX];
	uint32_t count; /* at most FATTURAPA_FINDINGS_MAX are kept */
};

/* Order and presence of elements, as the schema has them (00200). */
void fatturapa_check_order(const struct tree_node *root, struct fatturapa_findings *findings);

/* Codes of the header: 00427. */
void fatturapa_check_lot(const struct fatturapa_lot *lot, struct fatturapa_findings *findings);

/* Sums and codes of one invoice: 00400 00401 00421 00422 00423 00424 00425 00429 00430 00443 00444
 * 00445. */
void fatturapa_check(const struct fatturapa_invoice *invoice,
		     struct fatturapa_findings *findings);

/* English words for a code; NULL: none of the above. */
const char *fatturapa_finding_text(uint32_t code);

#endif
