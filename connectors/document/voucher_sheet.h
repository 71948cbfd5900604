/* Voucher sheets for the person: one voucher on an A4 page in big type, or cards of 85.6 x 54 mm,
 * ten to a page with crop marks. The QR code holds the secret code where it is given, else the
 * number.
 *
 * The secret code and the name are given by the caller, who has them from the answer of the issue
 * and from the persons file; neither is in the ledger. */
#ifndef CONNECTORS_DOCUMENT_VOUCHER_SHEET_H
#define CONNECTORS_DOCUMENT_VOUCHER_SHEET_H

#include "connectors/document/canvas.h"

#define VOUCHER_SHEET_SERVICES_MAX 8u
#define VOUCHER_SHEET_TEXT_SIZE	   160u

struct voucher_sheet_service {
	char name[VOUCHER_SHEET_TEXT_SIZE];
	char unit[16]; /* of schemas/enums.def */
	uint64_t units_per_month;
};

/* Texts are NUL-terminated; what is empty is not told. */
struct voucher_sheet {
	char number[32];
	char code[64]; /* secret */
	char person[VOUCHER_SHEET_TEXT_SIZE];
	char ambito[VOUCHER_SHEET_TEXT_SIZE];
	char comune[VOUCHER_SHEET_TEXT_SIZE];
	char provider[VOUCHER_SHEET_TEXT_SIZE];
	struct day valid_from;
	struct day valid_to;
	struct voucher_sheet_service services[VOUCHER_SHEET_SERVICES_MAX];
	uint32_t service_count;
};

enum voucher_sheet_size {
	VOUCHER_SHEET_A4,
	VOUCHER_SHEET_CARD,
};

struct voucher_sheet_set {
	const struct voucher_sheet *sheets;
	uint32_t count; /* at least 1 */
	enum voucher_sheet_size size;
	struct instant created; /* the ledger's instant of the latest issue */
	const char *contact;	/* whom to ask; NULL: nobody is named */
};

/* Makes one PDF of all. Results of canvas_open() and canvas_close(). */
MUST_CHECK enum result voucher_sheet_make(const struct voucher_sheet_set *set,
					  struct canvas_bytes *ret_bytes);

#endif
