/* The acts of the demo, in the order in which they are played (demo.c). Each goes through the HTTP
 * API, tells what is not as expected (call.h) and goes on. */
#ifndef CLI_DEMO_STEPS_H
#define CLI_DEMO_STEPS_H

#include "cli/demo/call.h"

/* daemon.c: a fresh ledger, the running daemon, its end, and the proof of what it left. */
MUST_CHECK bool daemon_start(struct demo *demo);
bool daemon_stop(struct demo *demo);
bool daemon_verify(struct demo *demo);
/* Ends a daemon that still runs, without ceremony. */
void daemon_kill(struct demo *demo);

/* setup.c: who may act, the places, funds and ceilings, the providers and their pacts. */
void setup_principals(struct demo *demo);
void setup_masters(struct demo *demo);
void setup_money(struct demo *demo);
void setup_providers(struct demo *demo);
void setup_clock(struct demo *demo, const char *instant);

/* titles.c */
void titles_propose(struct demo *demo);
void titles_issue(struct demo *demo);
void titles_choose(struct demo *demo);
void titles_revoke(struct demo *demo);
void titles_suspend(struct demo *demo);
void titles_resume(struct demo *demo);

/* visits.c */
void visits_upload(struct demo *demo, enum demo_wave wave);
void visits_suspend_provider(struct demo *demo);
void visits_resolve(struct demo *demo);
void visits_decide_late(struct demo *demo);
void visits_reverse(struct demo *demo);
/* The first instant of a visit as it is sent: "2026-10-05T08:40". */
void visits_start_text(const struct demo_visit *visit, char ret_text[24]);

/* settle.c */
void settle_too_early(struct demo *demo);
void settle_month(struct demo *demo, enum demo_month month);
void settle_export(struct demo *demo, enum demo_month month);
/* The statements of a month as they are now. */
json_t *settle_statements(struct demo *demo, enum demo_month month);

/* persons.c: the persons file, which no request carries. */
void persons_write(struct demo *demo);

/* command.c: a command of titoli (words until NULL), run as a process of its own with a token. Its
 * JSON, a new reference or NULL; another exit code than the expected one is told. */
json_t *command_run(struct demo *demo, const char *token, int expected, const char *const *given);

/* treasurer.c: pays what stands in an exported file (OPI or pain.001), and writes the file that
 * says so under a name. The sum that was paid; an empty path: it could not be written (told). */
struct cents treasurer_pay(struct demo *demo, const char *file, const char *day, const char *name,
			   char ret_path[SETTING_SIZE_MAX]);

/* files.c: what a person may open: the payments as tables of accounting packages, papers as PDF,
 * benefits for SIUSS, the package for preservation. */
void files_make(struct demo *demo);
/* A folder of profiles of the demo's own, with what its bodies set for OPI and SIUSS. */
void files_prepare(struct demo *demo);

/* invoices.c: the file of a provider's e-invoice for a statement; a spoiled one asks for a cent too
 * much. False: it could not be written (told). */
const struct demo_provider *invoices_issuer(const struct demo *demo, const json_t *statement);
bool invoices_write(struct demo *demo, const json_t *statement, bool is_spoiled,
		    char ret_path[SETTING_SIZE_MAX]);

/* bills.c: the co-pay regulation, the persons' ISEE, a month's bills. */
void bills_adopt(struct demo *demo);
void bills_register_isee(struct demo *demo);
void bills_month(struct demo *demo, enum demo_month month);
/* Bills a title's October once more: what is owed must be what its records come to now. */
void bills_again(struct demo *demo, uint32_t title);

/* payments.c: mandato, quietanza, and what was paid by mistake. */
void payments_order(struct demo *demo, enum demo_month month);
void payments_pay(struct demo *demo, enum demo_month month);
void payments_reverse(struct demo *demo);
/* Statements and balances as they are now, for the check and the tables. */
void payments_read_books(struct demo *demo);

/* alerts.c: reads the events, compares each kind with what the world expects, prints them. */
void alerts_check(struct demo *demo);
void alerts_print(const struct demo *demo);

/* sums.c: what must be, computed from the world alone. */
struct worth {
	struct cents net;
	struct cents gross;
};
/* Units of a service at a VAT rate: net half-up, VAT of the net half-up. */
struct worth sums_worth(const struct demo_service *service, uint32_t units, uint16_t vat_bp);
/* VAT of a title's service when its provider delivers it; the highest among who could be chosen. */
uint16_t sums_provider_vat(const struct demo_world *world, const struct demo_title *title);
uint16_t sums_highest_vat(const struct demo_world *world, const struct demo_title *title);
/* Enters an accepted visit in its provider's sheet, or takes it out again. */
void sums_enter(struct demo_world *world, struct demo_visit *visit);
void sums_withdraw(struct demo_world *world, struct demo_visit *visit);
/* The same of a visit that was paid: it stays in its statement. */
void sums_take_back(struct demo_world *world, struct demo_visit *visit);
/* What the person owes for a visit, cents. */
int64_t sums_copay(const struct demo_world *world, const struct demo_visit *visit);
/* What the suspended title loses. */
struct cents sums_lost(const struct demo_world *world, uint32_t place);
/* Compares books, statements and files with the world and with each other. */
void sums_check(struct demo *demo);

/* tables.c */
void tables_print(struct demo *demo);

#endif
