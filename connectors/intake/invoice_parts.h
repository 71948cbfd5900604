/* Inside the intake of invoices: the parts of invoice.c that stand in files of their own. */
#ifndef CONNECTORS_INTAKE_INVOICE_PARTS_H
#define CONNECTORS_INTAKE_INVOICE_PARTS_H

#include "connectors/format/fatturapa.h"
#include "connectors/intake/invoice.h"

#define INVOICE_TEXT_SIZE 400u

/* One invoice of a file against the ledger. JSON is borrowed from the intake's cache. */
struct invoice_case {
	struct intake *intake;
	const struct intake_invoice_options *options;
	const struct fatturapa_lot *lot;
	const struct fatturapa_invoice *invoice;
	json_t *report;	  /* of this invoice */
	json_t *provider; /* who issued it: an own reference */
	json_t *statement; /* what it is for: an own reference; NULL: none, or several */
	json_t *titles;	   /* number as written -> {"net_cents", "quantity", "price", "line"} */
	bool is_case_wrong; /* a title's number has letters of the other case */
	bool are_lines_wrong; /* some title's amount is not that of the statement */
	const char *cause; /* why there is no statement: name of enum invoice_difference */
};

/* "12,34" into a text: amounts as people write them. */
const char *invoice_amount(struct cents amount, char ret_text[32]);

/* The titles that the invoice names, line by line. */
void invoice_titles(struct invoice_case *one);

/* Finds the statement, or says in `cause` and the report why not. False: nothing can be read. */
MUST_CHECK bool invoice_find_statement(struct invoice_case *one);

/* Tells each difference between invoice and statement in the report's "differences" and "lines". */
MUST_CHECK bool invoice_compare(struct invoice_case *one);

/* Adds one difference; texts may be NULL. */
void invoice_differ(struct invoice_case *one, const char *what, const char *found,
		    const char *expected, const char *text);

/* A title's number as the ledger writes it; false: the text is none. */
MUST_CHECK bool invoice_title_number(struct slice text, char ret_number[16]);

#endif
