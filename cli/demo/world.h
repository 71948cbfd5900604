/* The world of the demo: the comuni and funds of the data files, and the providers, titles and
 * visits that are drawn from a fixed seed. Everything the demo expects of the daemon is computed
 * here and in sums.c, from these structs, never from the daemon's answers. */
#ifndef CLI_DEMO_WORLD_H
#define CLI_DEMO_WORLD_H

#include "cli/session.h"
#include "engine/base/field.h"
#include "engine/base/time.h"

#define DEMO_SEED	  UINT64_C(20261001)
#define DEMO_COMUNI_MAX	  64u
#define DEMO_SERVICES_MAX 16u
#define DEMO_PROVIDERS	  40u
#define DEMO_TITLES	  1500u
#define DEMO_VISITS_MAX	  28000u
#define DEMO_MONTHS_MAX	  3u
#define DEMO_SHEETS_MAX	  16u /* VAT rates, payers and months of one provider */
#define DEMO_FUNDS	  3u /* in the order in which they pay */
#define DEMO_ID_SIZE	  41u
#define DEMO_TOKEN_SIZE	  160u
#define DEMO_MONTH	  "2026-10"
#define DEMO_LEAD_TAX_CODE "91000000199" /* SYNTHETIC, as the next */
#define DEMO_OWN_TAX_CODE  "91000000298"
#define DEMO_LEAD_IBAN	   "IT60X0542811101000000123456"
#define DEMO_LEAD_BODY	   "CREMASCA"
#define DEMO_OWN_BODY	   "COMUNE-CREMA"
#define DEMO_OWN_PAYER	  "019035" /* Crema pays its own lines */
#define DEMO_ISEE_FROM	  INT64_C(300000) /* the regulation VERDELLO */
#define DEMO_ISEE_TO	  INT64_C(3000000)
#define DEMO_COPAY_MAX	  INT64_C(1868)
#define DEMO_TAX_CHECK_ABOVE INT64_C(500000) /* net of a payment, cents */

/* The months that are settled. */
enum demo_month {
	DEMO_OCTOBER,
	DEMO_NOVEMBER,
	DEMO_MONTHS,
};

extern const char *const demo_months[DEMO_MONTHS]; /* "2026-10" */

/* Who pays. */
enum demo_payer {
	DEMO_PAYER_LEAD, /* the lead body, for all comuni but one */
	DEMO_PAYER_OWN,	 /* the comune that pays its own lines */
	DEMO_PAYERS,
};

enum demo_actor {
	DEMO_ADMINISTRATOR,
	DEMO_MANAGER,
	DEMO_OFFICER,
	DEMO_ASSEMBLY,
	DEMO_FINANCE,
	DEMO_SOCIAL,
	DEMO_ACCREDITOR,
	DEMO_CAPOFILA,
	DEMO_AUDITOR,
	DEMO_TREASURER,
	DEMO_ACTORS,
};

struct demo_comune {
	char istat[DEMO_ID_SIZE];
	char name[65];
	char sub_ambito[DEMO_ID_SIZE];
	uint32_t sub; /* place of the sub-ambito */
	uint32_t users;
	char token[DEMO_TOKEN_SIZE]; /* of its social office */
	/* Its ceiling of each fund: which, how much, what titles took at the issue. */
	char ceilings[DEMO_FUNDS][DEMO_ID_SIZE];
	int64_t granted[DEMO_FUNDS];
	int64_t taken[DEMO_FUNDS];
	struct {	       /* records of its titles, by the world's sums */
		int64_t net;
		int64_t gross; /* provisional, before the freeze */
		int64_t copay;
		uint32_t count;
	} months[DEMO_MONTHS];
};

struct demo_service {
	char code[DEMO_ID_SIZE];
	uint8_t unit;	 /* enum unit */
	uint16_t vat[4]; /* by enum provider_kind */
	struct cents rate;
	bool has_copay;
};

/* What one provider is owed by one payer for a month at one VAT rate: one statement. */
struct demo_sheet {
	enum demo_month month;
	uint16_t vat_bp;
	bool is_own; /* paid by the comune that pays its own lines, not by the lead body */
	struct cents net;
	struct cents gross; /* provisional, before the freeze */
	uint32_t count;
};

struct demo_provider {
	char code[DEMO_ID_SIZE];
	char name[97];
	char vat_number[12];
	char iban[28];
	char cig[11];
	uint8_t kind;
	uint32_t services; /* bits */
	uint32_t subs;	   /* bits */
	char accreditation[DEMO_ID_SIZE];
	char token[DEMO_TOKEN_SIZE];
	uint32_t titles;
	uint32_t sheet_count;
	struct demo_sheet sheets[DEMO_SHEETS_MAX];
};

enum demo_title_kind {
	DEMO_TITLE_PLAIN,
	DEMO_TITLE_EXPIRED,   /* ends on 15 October */
	DEMO_TITLE_SEPTEMBER, /* begins in September */
	DEMO_TITLE_REVOKED,   /* revoked from 26 October */
	DEMO_TITLE_SUSPENDED, /* from 21 October until the 28th */
};

struct demo_title {
	uint32_t comune;
	uint32_t service;
	uint32_t provider;
	uint32_t visits;      /* planned in a month */
	uint32_t visit_units; /* of each */
	uint32_t spare;	      /* units of the month that the plan leaves */
	uint32_t worker;      /* of the provider, and the hour of its visits */
	uint32_t slot;
	enum demo_title_kind kind;
	bool is_issued;
	bool has_isee;	   /* where not, the dearest co-pay holds */
	struct cents isee; /* SYNTHETIC */
	uint32_t fund;	   /* which one paid */
	char beneficiary[DEMO_ID_SIZE];
	char number[DEMO_ID_SIZE];
	char code[40];
};

enum demo_wave {
	DEMO_WAVE_MIDDLE, /* 16 October */
	DEMO_WAVE_END,	  /* 5 November */
	DEMO_WAVE_LATE,	  /* 11 November */
	DEMO_WAVE_NEXT,	  /* 5 December: all of November */
	DEMO_WAVES,
};

/* One line that a provider uploads, what it must be answered, and what it was. */
struct demo_visit {
	uint32_t title;
	uint32_t sender; /* provider that uploads it */
	enum demo_month month;
	uint32_t day;	 /* of the month; 0: of September, its last */
	uint32_t minute; /* of the day */
	uint32_t units;
	uint32_t worker;  /* 0: the title's own */
	uint32_t copy_of; /* place + 1 of the line that it repeats */
	enum demo_wave wave;
	enum result expected;
	enum result answered;
	bool has_answer;
	const char *service; /* named only where it matters */
	const char *voucher; /* another number than the title's */
	bool without_worker;
	bool is_reversed;
	bool counts; /* in its month's sums */
	char redemption[DEMO_ID_SIZE];
};

struct demo_world {
	uint64_t random;
	uint32_t comune_count;
	uint32_t service_count;
	uint32_t sub_count;
	uint32_t visit_count;
	char subs[16][DEMO_ID_SIZE];
	struct demo_comune comuni[DEMO_COMUNI_MAX];
	struct demo_service services[DEMO_SERVICES_MAX];
	struct demo_provider providers[DEMO_PROVIDERS];
	struct demo_title titles[DEMO_TITLES];
	struct demo_visit visits[DEMO_VISITS_MAX];
};

extern const char *const demo_funds[DEMO_FUNDS];

/* The seed's next number, below `bound`. */
uint32_t world_draw(struct demo_world *world, uint32_t bound);

/* Fills providers (comuni, services and sub-ambiti must be known). */
void world_make_providers(struct demo_world *world);
/* Does this comune pay its own lines? */
bool world_is_own_payer(const struct demo_comune *comune);

/* Fills titles: comune, service, visits, and the provider that will be chosen. */
void world_make_titles(struct demo_world *world);
/* Fills visits of the issued titles: those that must be accepted and those that must not. */
void world_make_visits(struct demo_world *world);

/* Units of a month, and months, of a title. */
uint32_t world_units(const struct demo_title *title);
uint32_t world_months(const struct demo_title *title);
/* What the suspended title loses, and what its visits take before the suspension. */
uint32_t world_units_lost(const struct demo_title *title);
uint32_t world_units_until_away(const struct demo_world *world, uint32_t title);
/* First month of a title ("2026-10"), its last, its last day ("" where the month's own). */
const char *world_first_month(const struct demo_title *title);
const char *world_last_month(const struct demo_title *title);

/* The days of October that one title is suspended, and the first one after them. */
#define DEMO_AWAY_FROM 21u
#define DEMO_AWAY_TO   28u

/* The provider that will be suspended from 19 October, with notice on the 21st. */
#define DEMO_SUSPENDED 6u

#endif
