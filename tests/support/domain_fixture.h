/* A ledger's state in memory with the invented world of the scenarios, for unit and model tests:
 * ambito CREMA with its six groups and five of its comuni, service SAD_OSS at 22,60 EUR/h from
 * 2024, fund FNPS with 2026 open and 2027 approved, ALFA and BETA (social cooperatives) and GAMMA
 * (ETS) accredited for everything from 2024 to 2028, one commitment for each year, one principal of
 * each role. The clock is manual and stands at 2026-01-01 08:00 in Rome.
 *
 * Every command goes through decide and apply; after each one the fixture asserts that the
 * outcome's sequence is right and, unless check_all is switched off, every invariant of
 * apply_check_all. */
#ifndef TESTS_SUPPORT_DOMAIN_FIXTURE_H
#define TESTS_SUPPORT_DOMAIN_FIXTURE_H

#include "engine/domain/apply.h"
#include "engine/domain/decide.h"
#include "tests/support/transitions.h"

#define FIXTURE_ROLES (ROLE_COURIER + 1)

struct fixture {
	struct state state;
	struct effects effects;
	void *state_memory;
	void *effects_memory;
	size_t state_memory_size;
	uint64_t sequence;   /* of the next entry; the first is 1 */
	struct instant now;  /* the manual clock */
	uint32_t next_key;   /* feeds fixture_do_keyed */
	bool check_all;      /* run apply_check_all after each command; true */
	struct outcome last; /* of the latest command */
	struct transitions *transitions; /* NULL, or what each change of state is held against */

	struct principal_id role[FIXTURE_ROLES]; /* by enum role; PROVIDER speaks for ALFA, COMUNE_*
						    for Pandino, SUBAMBITO_COORD for SUB1,
						    BENEFICIARY for `person` */
	struct principal_id alfa_principal;
	struct principal_id beta_principal;
	struct principal_id gamma_principal;
	struct principal_id deputy; /* a second UDP_MANAGER: who substituted does not approve */

	struct ambito_id ambito;
	struct sub_ambito_id group[6]; /* CREMA, SUB1 … SUB5 */
	struct comune_id crema;
	struct comune_id pandino;
	struct comune_id offanengo;
	struct comune_id izano;
	struct comune_id castelleone;
	struct service_id service; /* SAD_OSS */
	struct tariff_id tariff;
	struct fund_id fund; /* FNPS, 140.350,00 in each year */
	struct fund_year_id year_2026;
	struct fund_year_id year_2027;
	struct commitment_id commitment_2026; /* the whole appropriation */
	struct commitment_id commitment_2027;
	struct provider_id alfa;
	struct provider_id beta;
	struct provider_id gamma;
	struct accreditation_id alfa_accreditation;
	struct accreditation_id beta_accreditation;
	struct accreditation_id gamma_accreditation;
	struct beneficiary_id person; /* of Pandino */
};

/* An empty ledger: genesis with a manual clock at 2026-01-01 08:00, Rome's zone, the first
 * administrator. `vouchers` and `redemptions` size the tables. */
void fixture_init_empty(struct fixture *fixture, uint32_t vouchers, uint32_t redemptions);
/* The whole world, with room for 20,000 titles and 200,000 redemptions. */
void fixture_init(struct fixture *fixture);
void fixture_deinit(struct fixture *fixture);

/* A zero-filled command of this kind by this principal, without a key. */
struct command fixture_command(enum command_kind kind, struct principal_id principal);

/* Judges and applies; the outcome is also in fixture->last. */
struct outcome fixture_do(struct fixture *fixture, const struct command *command);
/* The same under a new idempotency key, put into *command. */
struct outcome fixture_do_keyed(struct fixture *fixture, struct command *command);
/* The same, asserting RESULT_OK or another success; returns the object's id. */
uint32_t fixture_must(struct fixture *fixture, const struct command *command);
/* The result alone. */
MUST_CHECK enum result fixture_result(struct fixture *fixture, const struct command *command);

/* Runs the midnight jobs due up to `to`, each at its due instant, then advances the clock. */
void fixture_advance(struct fixture *fixture, struct instant to);

/* "2026-03-05", "2026-03", "2026-03-05T09:00" (Rome) or with an offset; asserts that they parse. */
struct day fixture_day(const char *text);
struct month fixture_month(const char *text);
struct instant fixture_instant(const char *text);
/* Fills a TEXT member; asserts that it fits. */
void fixture_text(char *member, size_t size, const char *text);
#define FIXTURE_TEXT(member, text) fixture_text((member), sizeof(member), (text))

/* Short ways, each asserting success. */
struct ceiling_id fixture_ceiling(struct fixture *fixture, struct comune_id comune, uint16_t year,
				  int64_t cents);
struct beneficiary_id fixture_beneficiary(struct fixture *fixture, struct comune_id comune);
struct sub_ambito_id fixture_sub_ambito(struct fixture *fixture, struct ambito_id ambito,
					const char *code);
struct comune_id fixture_comune(struct fixture *fixture, struct sub_ambito_id sub_ambito,
				const char *istat_code, const char *cadastral_code,
				uint32_t population);
struct provider_id fixture_provider(struct fixture *fixture, const char *code,
				    enum provider_kind kind, const char *vat_number,
				    const char *iban);
/* Applies for the service and all six groups, is approved and signs, valid 2024 to 2028. */
struct accreditation_id fixture_accredit(struct fixture *fixture, struct provider_id provider,
					 struct service_id service);
/* Proposes a title of one service; months included. */
struct voucher_id fixture_propose(struct fixture *fixture, struct beneficiary_id beneficiary,
				  const char *first_month, const char *last_month,
				  uint32_t units_per_month);
/* The command that issues a title, with a code of its own. */
struct command fixture_issue(struct fixture *fixture, struct voucher_id voucher);
/* The command that submits minutes of work at a start, by the provider's principal. */
struct command fixture_submit(struct principal_id principal, struct voucher_id voucher,
			      const char *start, uint32_t minutes, uint64_t operator);
/* Proposes, issues and lets the social worker choose the provider: an ACTIVE title. */
struct voucher_id fixture_title(struct fixture *fixture, struct comune_id comune,
				const char *first_month, const char *last_month,
				uint32_t units_per_month, struct provider_id provider);

#endif
