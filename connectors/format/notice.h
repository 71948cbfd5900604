/* Notices for persons (App IO): what an event of the ledger says to the one whose title it is, as
 * subject and Markdown. Pure. Bounds are those of the service: subject 10 to 120 characters, text
 * 80 to 10.000. A notice names the title's number and no service, measure or amount of means: it is
 * read on a telephone. */
#ifndef CONNECTORS_FORMAT_NOTICE_H
#define CONNECTORS_FORMAT_NOTICE_H

#include "engine/base/assert.h"
#include "engine/base/money.h"
#include "engine/base/slice.h"
#include "engine/base/time.h"

#define NOTICE_SUBJECT_MIN 10u
#define NOTICE_SUBJECT_MAX 120u
#define NOTICE_TEXT_MIN	   80u
#define NOTICE_TEXT_MAX	   10000u
#define NOTICE_BYTES_MAX   (4u * NOTICE_TEXT_MAX)

/* What is said about; texts are UTF-8. */
struct notice_facts {
	struct slice kind;    /* of the event, by its name in the API */
	struct slice voucher; /* number of the title */
	struct slice contact; /* of the office: telephone, address */
	struct cents amount;
	struct day due; /* none: 0 */
};

enum notice_fault {
	NOTICE_OK,
	NOTICE_KIND,	/* an event that is not for persons */
	NOTICE_SUBJECT, /* its subject is too short or too long */
	NOTICE_LENGTH,	/* its text is */
	NOTICE_CONTACT, /* the contact is no printable text */
};

struct notice {
	char subject[4 * NOTICE_SUBJECT_MAX + 1];
	char text[NOTICE_BYTES_MAX + 1];
};

/* Whether persons are told of events of this kind. */
bool notice_is_for_persons(struct slice kind);

/* Writes subject and text, each with a NUL behind it. */
MUST_CHECK enum notice_fault notice_write(const struct notice_facts *facts,
					  struct notice *ret_notice);

const char *notice_fault_text(enum notice_fault fault);

#endif
