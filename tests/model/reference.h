/* A second set of rules, written apart from the engine's to disagree with it: see README.md.
 *
 * Plain arrays, ids as indexes (0 is nobody), linear scans. No balance is kept: money and units are
 * lists of what happened, and every figure is summed from them when it is asked for. Calendar,
 * Rome's time, rounding and the splitting of VAT are its own. From the engine it takes only the
 * structs of commands and the numbers of results, roles and units.
 *
 * Written from DOMAIN sections 6 to 8, SCENARIOS and the project's decisions. */
#ifndef TESTS_MODEL_REFERENCE_H
#define TESTS_MODEL_REFERENCE_H

#include "engine/base/result.h"
#include "engine/domain/command.h"

#define REF_MASTERS     512u
#define REF_ACCREDITED  512u
#define REF_SUSPENSIONS 256u
#define REF_VOUCHERS    1024u
#define REF_CELLS       8192u
#define REF_RECORDS     6144u
#define REF_EVENTS      16384u
#define REF_STATEMENTS  2048u
#define REF_LINES       4096u
#define REF_RECEIPTS    8192u

struct ref_outcome {
	enum result result;
	enum result cause;
	uint32_t object;
	int64_t net;
	int64_t gross;
	int64_t short_by;
	int64_t limit;
	int64_t units;
	uint32_t ceiling;
	bool replayed;
};

struct ref_principal {
	uint32_t role, ambito, sub_ambito, comune, provider, beneficiary;
};

struct ref_comune {
	uint32_t ambito, sub_ambito;
	char istat[8];
	uint64_t counts[3]; /* inhabitants, potential users, actual users */
};

struct ref_service {
	uint32_t ambito, unit;
	int64_t vat[4]; /* by kind of provider, from 1 */
};

struct ref_tariff {
	uint32_t service;
	int32_t from;
	int64_t net;
};

struct ref_year {
	uint32_t fund;
	int32_t year;
	uint32_t state;
	int64_t expected;
};

struct ref_commitment {
	uint32_t year;
	int64_t amount;
	char number[16];
};

struct ref_ceiling {
	uint32_t ambito, fund, comune, sub_ambito, service, provider, beneficiary;
	int32_t month, year;
};

struct ref_provider {
	uint32_t ambito, kind;
};

struct ref_suspension {
	int32_t from, to, notified; /* to 0: not reinstated */
	bool safety;
};

struct ref_accreditation {
	uint32_t provider, state, acts;
	bool services[65];
	bool sub_ambiti[65];
	int32_t from, to, revoked;
	char cig[12];
	uint32_t suspension_count;
	struct ref_suspension suspensions[REF_SUSPENSIONS];
};

struct ref_beneficiary {
	uint32_t ambito, comune;
};

struct ref_voucher {
	uint32_t ambito, beneficiary, comune, fund, provider, state;
	uint32_t first_cell, months, lines;
	uint32_t service[8];
	int64_t units[8];
	uint32_t rank, waits_ceiling, waits_year; /* for what a WAITLISTED one waits */
	int32_t from, to, revoked, first_month;
	uint64_t code;
	bool at_risk;
};

struct ref_cell {
	uint32_t voucher, line, year, commitment;
	int32_t month;
	int64_t rate; /* net of an hour or a piece */
	int64_t vat;
	int64_t granted;
	bool released;
};

struct ref_record { /* a service or its booking */
	uint32_t voucher, cell, provider, accreditation, line, sibling, state;
	enum result cause;
	int64_t start; /* microseconds */
	int64_t minutes, units, net, gross;
	uint64_t operator;
};

struct ref_statement {
	uint32_t ambito, provider, accreditation, state, settled_by;
	int32_t month;
	int64_t bp;
	bool supplementary;
	uint8_t manifest[32];
};

struct ref_line {
	uint32_t statement, cell;
	uint32_t substitute; /* who attested it in the stead of its comune */
	bool attested;
	int64_t rounding; /* posted at the freeze */
};

struct ref_event { /* an amount that came to, or left, a year, a ceiling or a cell */
	uint32_t owner;
	int64_t amount;
};

struct ref_events {
	uint32_t count;
	struct ref_event list[REF_EVENTS];
};

struct ref_receipt {
	uint8_t key[16];
	uint8_t request[16];
	uint32_t command;
	struct ref_outcome outcome;
};

struct reference {
	int64_t now;
	int32_t next_day; /* first legal day whose jobs were not done */
	uint32_t ambiti, sub_ambiti, comuni, services, tariffs, funds, years, commitments, ceilings;
	uint32_t providers, accreditations, beneficiaries, principals, vouchers, cells, records;
	uint32_t statements, lines, receipts;
	uint32_t sub_ambito_of[REF_MASTERS]; /* ambito of each sub-ambito */
	uint32_t fund_of[REF_MASTERS];       /* ambito of each fund */
	struct ref_principal principal[REF_MASTERS];
	struct ref_comune comune[REF_MASTERS];
	struct ref_service service[65];
	struct ref_tariff tariff[REF_MASTERS];
	struct ref_year year[REF_MASTERS];
	struct ref_commitment commitment[REF_MASTERS];
	struct ref_ceiling ceiling[REF_MASTERS];
	struct ref_provider provider[REF_MASTERS];
	struct ref_accreditation accreditation[REF_ACCREDITED];
	struct ref_beneficiary beneficiary[REF_MASTERS];
	struct ref_voucher voucher[REF_VOUCHERS];
	struct ref_cell cell[REF_CELLS];
	struct ref_record record[REF_RECORDS];
	struct ref_statement statement[REF_STATEMENTS];
	uint32_t approvals; /* acts that wait for a second person */
	struct ref_line line[REF_LINES];
	struct ref_receipt receipt[REF_RECEIPTS];
	struct ref_events appropriated; /* to fund years */
	struct ref_events granted;      /* to ceilings */
	struct ref_events promised;     /* to cells: negative where released */
	struct ref_events lapsed;       /* of fund years that are closing */
	struct ref_events expired;      /* units of cells */
};

/* What one cell holds, summed from the lists. */
struct ref_sums {
	int64_t held, delivered, disputed, kept, used_net;
	int64_t used_units, booked_units, disputed_units, expired_units, bookings;
};

/* What one statement line comes to. */
struct ref_line_sums {
	int64_t net, gross, units, count;
};

/* An empty ledger whose clock stands at an instant. */
void reference_init(struct reference *ref, int64_t now);

/* Judges a command and carries it out. */
void reference_do(struct reference *ref, const struct command *command, struct ref_outcome *ret);

/* Does the midnight jobs of all days up to that of the instant. */
void reference_run_jobs(struct reference *ref, int64_t to);

/* True when a list is nearly full: the caller starts another ledger. */
bool reference_is_full(const struct reference *ref);

/* ---- Figures, for comparison ---- */

/* Sums of every cell, in an array of REF_CELLS. */
void reference_sum_cells(const struct reference *ref, struct ref_sums *sums);
/* Sums of one cell. */
struct ref_sums reference_sum_cell(const struct reference *ref, uint32_t cell);
int64_t reference_committed(const struct ref_sums *sums);
int64_t reference_free_units(const struct reference *ref, uint32_t cell,
			     const struct ref_sums *sums);
int64_t reference_appropriated(const struct reference *ref, uint32_t year);
int64_t reference_lapsed(const struct reference *ref, uint32_t year);
/* Granted and used of a ceiling; `sums` of every cell. */
int64_t reference_granted(const struct reference *ref, uint32_t ceiling);
int64_t reference_ceiling_used(const struct reference *ref, uint32_t ceiling,
			       const struct ref_sums *sums);
int64_t reference_drawn(const struct reference *ref, uint32_t commitment);
struct ref_line_sums reference_sum_line(const struct reference *ref, uint32_t line);

/* ---- Time, by Rome's rule ---- */

int32_t ref_day(int64_t us);                              /* legal day of an instant */
int64_t ref_midnight(int32_t day);                        /* first instant of a legal day */
int32_t ref_month_of(int32_t day);                        /* year x 12 + month - 1 */
int32_t ref_month_first(int32_t month);                   /* first day */
int32_t ref_month_last(int32_t month);                    /* last day */
int32_t ref_year_of(int32_t day);

#define REF_US_PER_MINUTE INT64_C(60000000)

/* Net and gross of some units by a service's unit, a rate and VAT in basis points. */
void ref_worth(uint32_t unit, int64_t rate, int64_t bp, int64_t units, int64_t *net,
	       int64_t *gross);

#endif
