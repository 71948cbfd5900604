/* `titoli document`: statements and vouchers as papers for people. */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include "cli/session.h"
#include "connectors/delivery/folder.h"
#include "connectors/statement/statement.h"

/* `titoli document statement|annex|provider|voucher …`; -1: another word, which was given back. */
int document_run(struct session *session);

/* Where papers go: delivers bytes under "NAME_<hash>SUFFIX" and tells the name. Returns an exit
 * code, faults told. */
struct document_folder {
	struct session *session;
	const char *path;
	struct folder_group group;
	json_t *files; /* names delivered so far */
};
MUST_CHECK int document_deliver(struct document_folder *folder, const char *name,
				const char *suffix, struct slice bytes);
/* The first part of every document: --out, or usage. */
MUST_CHECK int document_open(struct document_folder *folder, struct session *session);
/* The last part: what was delivered stays, and is printed. */
int document_close(struct document_folder *folder, int code);

/* document_voucher.c: `titoli document voucher [NUMBER …] [--answers FILE] …` */
int document_voucher(struct session *session);

#endif
