/* The demo's world: see world.h. All of it is SYNTHETIC but for the comuni and the funds. */
#include "cli/demo/world.h"

#include "engine/base/assert.h"

#include <stdio.h>
#include <string.h>

#define SLOTS	     6u	  /* titles that one worker serves in a day */
#define SLOT_MINUTES 100u /* no visit is longer */
#define SLOT_FIRST   (7u * 60u)
#define DAYS	     31u

const char *const demo_months[DEMO_MONTHS] = {"2026-10", "2026-11"};
const char *const demo_funds[DEMO_FUNDS] = {"COMUNI", "SOLIDARIETA", "FNPS"};

/* splitmix64 (S. Vigna, public domain): a fixed seed gives the same demo everywhere. */
uint32_t world_draw(struct demo_world *world, uint32_t bound)
{
	ASSERT(bound > 0);
	world->random += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t mixed = world->random;
	mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
	mixed ^= mixed >> 31;
	return (uint32_t)(mixed % bound);
}

/* ---- Providers ---- */

/* Partita IVA of ten digits and their Luhn check. */
static void make_vat_number(uint32_t number, char ret_text[12])
{
	char digits[12];
	uint32_t sum = 0;
	snprintf(digits, sizeof(digits), "9%06u019", number % 1000000u);
	for (uint32_t i = 0; i < 10; i++) {
		uint32_t digit = (uint32_t)(digits[i] - '0') * (i % 2 + 1);
		sum += digit > 9 ? digit - 9 : digit;
	}
	snprintf(ret_text, 12, "%.10s%u", digits, (10 - sum % 10) % 10);
}

/* CIN of the 22 digits of an Italian account: odd places by a table, even ones by value. */
static char cin_of(const char *digits)
{
	static const uint32_t odd[10] = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21};
	uint32_t sum = 0;
	for (uint32_t i = 0; i < 22; i++) {
		uint32_t digit = (uint32_t)(digits[i] - '0');
		sum += i % 2 == 0 ? odd[digit] : digit;
	}
	return (char)('A' + sum % 26);
}

/* The two check digits of an IBAN: 98 - (account, country, 00) mod 97. */
static void make_iban(uint32_t number, char ret_text[28])
{
	char digits[23];
	snprintf(digits, sizeof(digits), "0306956840%012u", number);
	char cin = cin_of(digits);
	uint32_t rest = (uint32_t)(cin - 'A') + 10;
	for (uint32_t i = 0; i < 22; i++)
		rest = (rest * 10 + (uint32_t)(digits[i] - '0')) % 97;
	rest = (rest * 100 + 18) % 97; /* I */
	rest = (rest * 100 + 29) % 97; /* T */
	rest = (rest * 100) % 97;
	snprintf(ret_text, 28, "IT%02u%c%s", 98 - rest, cin, digits);
}

/* CIG: seven digits and their product with 211 modulo 4091, in hexadecimal. */
static void make_cig(uint32_t number, char ret_text[11])
{
	uint32_t digits = 8000000u + number % 1000000u;
	snprintf(ret_text, 11, "%07u%03X", digits, (uint32_t)((uint64_t)digits * 211u % 4091u));
}

static void name_provider(struct demo_provider *provider, uint32_t i)
{
	static const char *const known[] = {"ALFA", "BETA", "GAMMA"};
	static const char *const kinds[] = {"", "Cooperativa sociale", "Associazione",
					    "Impresa di servizi"};
	static const uint8_t known_kinds[] = {PROVIDER_KIND_SOCIAL_COOP, PROVIDER_KIND_OTHER,
					      PROVIDER_KIND_NON_COMMERCIAL_ETS};
	if (i < 3) {
		snprintf(provider->code, sizeof(provider->code), "%s", known[i]);
		provider->kind = known_kinds[i];
	} else {
		snprintf(provider->code, sizeof(provider->code), "P%02u", i + 1);
		provider->kind = i % 7 == 5   ? PROVIDER_KIND_NON_COMMERCIAL_ETS
				 : i % 7 == 6 ? PROVIDER_KIND_OTHER
					      : PROVIDER_KIND_SOCIAL_COOP;
	}
	snprintf(provider->name, sizeof(provider->name), "%s %s (sintetica)", kinds[provider->kind],
		 provider->code);
}

void world_make_providers(struct demo_world *world)
{
	ASSERT(world->sub_count > 0 && world->service_count > 0);
	uint32_t all_subs = (1u << world->sub_count) - 1;
	uint32_t all_services = (1u << world->service_count) - 1;
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++) {
		struct demo_provider *provider = &world->providers[i];
		name_provider(provider, i);
		make_vat_number(1000 + i * 37, provider->vat_number);
		make_iban(4100000 + i * 1013, provider->iban);
		make_cig(120000 + i * 331, provider->cig);
		provider->services = all_services;
		provider->subs = all_subs;
		if (i < 3)
			continue;
		provider->subs = 1u << (i % world->sub_count);
		provider->subs |= 1u << world_draw(world, world->sub_count);
		provider->services &= ~(1u << world_draw(world, world->service_count));
	}
}

/* ---- Titles ---- */

static uint32_t service_named(const struct demo_world *world, const char *code)
{
	for (uint32_t i = 0; i < world->service_count; i++)
		if (strcmp(world->services[i].code, code) == 0)
			return i;
	ASSERT(false);
	return 0;
}

static void plan_service(struct demo_world *world, struct demo_title *title)
{
	static const struct {
		const char *code;
		uint32_t share;
	} mix[] = {{"SAD_OSS", 46}, {"SAD_ASA", 24},     {"ADM", 10},
		   {"SADH", 9},	    {"PASTO", 4},	     {"TRASPORTO", 3},
		   {"VALORE", 2},  {"EDU_ACCESSO", 2}};
	static const uint32_t lengths[] = {45, 60, 60, 90};
	uint32_t drawn = world_draw(world, 100);
	uint32_t i = 0;
	while (drawn >= mix[i].share)
		drawn -= mix[i++].share;
	title->service = service_named(world, mix[i].code);
	if (world->services[title->service].unit == UNIT_MINUTE) {
		title->visits = 4 + world_draw(world, 7);
		title->visit_units = lengths[world_draw(world, 4)];
		title->spare = 30 + 15 * world_draw(world, 3);
	} else if (world->services[title->service].unit == UNIT_EURO) {
		title->visits = 4 + world_draw(world, 4);
		title->visit_units = 1500 + 35 * world_draw(world, 100); /* cents */
		title->spare = 900;
	} else {
		title->visits = 8 + world_draw(world, 5);
		title->visit_units = 1;
		title->spare = 2;
	}
}

/* An ISEE for most who have a co-pay, from nothing to 45.000 euro. */
static void plan_isee(struct demo_world *world, struct demo_title *title)
{
	if (!world->services[title->service].has_copay)
		return;
	title->has_isee = world_draw(world, 10) != 0;
	title->isee = cents_from((int64_t)world_draw(world, 4500001u));
}

static void choose_provider(struct demo_world *world, struct demo_title *title)
{
	uint32_t candidates[DEMO_PROVIDERS];
	uint32_t count = 0;
	uint32_t sub = world->comuni[title->comune].sub;
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++) {
		const struct demo_provider *provider = &world->providers[i];
		if ((provider->services >> title->service & 1) != 0 &&
		    (provider->subs >> sub & 1) != 0)
			candidates[count++] = i;
	}
	ASSERT(count > 0); /* the first three serve everybody */
	title->provider = candidates[world_draw(world, count)];
	struct demo_provider *provider = &world->providers[title->provider];
	title->worker = provider->titles / SLOTS + 1;
	title->slot = provider->titles % SLOTS;
	provider->titles++;
}

/* Titles by comune in proportion to those who are served there today. */
static void share_titles(const struct demo_world *world, struct cents *ret_parts)
{
	uint64_t weights[DEMO_COMUNI_MAX];
	for (uint32_t i = 0; i < world->comune_count; i++)
		weights[i] = world->comuni[i].users;
	bool good = cents_allocate_largest_remainder(cents_from(DEMO_TITLES), weights,
						     world->comune_count, ret_parts);
	ASSERT(good);
}

void world_make_titles(struct demo_world *world)
{
	struct cents parts[DEMO_COMUNI_MAX];
	uint32_t at = 0;
	share_titles(world, parts);
	for (uint32_t comune = 0; comune < world->comune_count; comune++) {
		int64_t count = parts[comune].raw; /* raw: titles, not money, were allotted */
		for (int64_t i = 0; i < count; i++, at++) {
			struct demo_title *title = &world->titles[at];
			title->comune = comune;
			plan_service(world, title);
			choose_provider(world, title);
			plan_isee(world, title);
			bool is_time = world->services[title->service].unit == UNIT_MINUTE;
			if (is_time && at % 75 == 10)
				title->kind = DEMO_TITLE_EXPIRED;
			else if (is_time && at % 150 == 20)
				title->kind = DEMO_TITLE_SEPTEMBER;
			else if (is_time && at % 150 == 30)
				title->kind = DEMO_TITLE_REVOKED;
		}
	}
	ASSERT(at == DEMO_TITLES);
}

bool world_is_own_payer(const struct demo_comune *comune)
{
	return strcmp(comune->istat, DEMO_OWN_PAYER) == 0;
}

/* The day of the title's nth visit: spread over the month, never two on one day. */
static uint32_t day_of(uint32_t title, const struct demo_title *plan, uint32_t n)
{
	uint32_t stride = DAYS / plan->visits;
	return 1 + n * stride + title % stride;
}

uint32_t world_units_lost(const struct demo_title *title)
{
	return world_units(title) * (DEMO_AWAY_TO - DEMO_AWAY_FROM) / DAYS;
}

/* Units of the visits whose day passes, of all or of those before a day. */
static uint32_t units_before(uint32_t title, const struct demo_title *plan, uint32_t day)
{
	uint32_t units = 0;
	for (uint32_t n = 0; n < plan->visits; n++) {
		uint32_t at = day_of(title, plan, n);
		if (at < day && (at < DEMO_AWAY_FROM || at >= DEMO_AWAY_TO))
			units += plan->visit_units;
	}
	return units;
}

uint32_t world_units_until_away(const struct demo_world *world, uint32_t title)
{
	return units_before(title, &world->titles[title], DEMO_AWAY_FROM);
}

/* The first title whose visits fit into what a week away leaves of its month. */
static void suspend_one(struct demo_world *world)
{
	for (uint32_t i = DEMO_TITLES / 4; i < DEMO_TITLES; i++) {
		struct demo_title *title = &world->titles[i];
		if (title->kind != DEMO_TITLE_PLAIN || !title->is_issued || !title->has_isee ||
		    title->provider == DEMO_SUSPENDED ||
		    units_before(i, title, DAYS + 1) == title->visits * title->visit_units ||
		    units_before(i, title, DAYS + 1) + world_units_lost(title) >
			world_units(title))
			continue;
		title->kind = DEMO_TITLE_SUSPENDED;
		return;
	}
	ASSERT(false);
}

uint32_t world_units(const struct demo_title *title)
{
	return title->visits * title->visit_units + title->spare;
}

uint32_t world_months(const struct demo_title *title)
{
	switch (title->kind) {
	case DEMO_TITLE_EXPIRED:
		return 1;
	case DEMO_TITLE_SEPTEMBER:
		return 2;
	case DEMO_TITLE_PLAIN:
	case DEMO_TITLE_REVOKED:
	case DEMO_TITLE_SUSPENDED:
		break;
	}
	return DEMO_MONTHS_MAX;
}

const char *world_first_month(const struct demo_title *title)
{
	return title->kind == DEMO_TITLE_SEPTEMBER ? "2026-09" : DEMO_MONTH;
}

const char *world_last_month(const struct demo_title *title)
{
	bool is_short = title->kind == DEMO_TITLE_SEPTEMBER || title->kind == DEMO_TITLE_EXPIRED;
	return is_short ? DEMO_MONTH : "2026-12";
}

/* ---- Visits ---- */

static struct demo_visit *add_visit(struct demo_world *world, uint32_t title)
{
	ASSERT(world->visit_count < DEMO_VISITS_MAX);
	struct demo_visit *visit = &world->visits[world->visit_count++];
	*visit =
	    (struct demo_visit){.title = title,
				.sender = world->titles[title].provider,
				.minute = SLOT_FIRST + SLOT_MINUTES * world->titles[title].slot,
				.units = world->titles[title].visit_units,
				.expected = RESULT_ACCEPTED};
	return visit;
}

/* A day on which the title has no visit. */
static uint32_t free_day(uint32_t title, const struct demo_title *plan, uint32_t from)
{
	for (uint32_t day = from;; day++) {
		bool is_taken = false;
		for (uint32_t n = 0; n < plan->visits; n++)
			is_taken = is_taken || day_of(title, plan, n) == day;
		if (!is_taken)
			return day;
		ASSERT(day < DAYS);
	}
}

static enum demo_wave wave_of(uint32_t day)
{
	return day <= 15 ? DEMO_WAVE_MIDDLE : DEMO_WAVE_END;
}

/* What the title and its provider make of a visit on a day. */
static enum result expected_on(const struct demo_title *title, uint32_t day)
{
	if (title->kind == DEMO_TITLE_EXPIRED && day > 15)
		return RESULT_OUT_OF_VALIDITY;
	if (title->kind == DEMO_TITLE_REVOKED && day >= 26)
		return RESULT_VOUCHER_NOT_ACTIVE;
	if (title->kind == DEMO_TITLE_SUSPENDED && day >= DEMO_AWAY_FROM && day < DEMO_AWAY_TO)
		return RESULT_VOUCHER_SUSPENDED_AT_SERVICE_DATE;
	if (title->provider == DEMO_SUSPENDED && day >= 19)
		return day < 21 ? RESULT_DISPUTED : RESULT_NOT_ACCREDITED_AT_SERVICE_DATE;
	return RESULT_ACCEPTED;
}

static void plan_visits(struct demo_world *world, uint32_t title)
{
	const struct demo_title *plan = &world->titles[title];
	for (uint32_t n = 0; n < plan->visits; n++) {
		struct demo_visit *visit = add_visit(world, title);
		visit->day = day_of(title, plan, n);
		visit->wave = wave_of(visit->day);
		visit->expected = expected_on(plan, visit->day);
	}
}

static void add_duplicate(struct demo_world *world, uint32_t first)
{
	struct demo_visit copy = world->visits[first];
	ASSERT(world->visit_count < DEMO_VISITS_MAX);
	copy.copy_of = first + 1;
	copy.expected = RESULT_DUPLICATE_SERVICE;
	world->visits[world->visit_count++] = copy;
}

/* More minutes than the month has left. */
static void add_excess(struct demo_world *world, uint32_t title)
{
	const struct demo_title *plan = &world->titles[title];
	struct demo_visit *visit = add_visit(world, title);
	visit->day = free_day(title, plan, 16);
	visit->minute = 19 * 60;
	visit->units = plan->spare + 15;
	visit->wave = DEMO_WAVE_END;
	visit->expected = RESULT_EXCEEDS_MONTHLY_ALLOTMENT;
}

/* The same person, at the same time, by another worker. */
static void add_overlap(struct demo_world *world, uint32_t title, uint32_t first)
{
	struct demo_visit *visit = add_visit(world, title);
	*visit = world->visits[first];
	visit->minute += 10;
	visit->units = 15;
	visit->worker = 900 + title % 90;
	visit->expected = RESULT_DISPUTED;
}

/* The same worker with two persons at once. */
static void add_double(struct demo_world *world, uint32_t title, uint32_t other)
{
	const struct demo_title *plan = &world->titles[title];
	const struct demo_title *busy = &world->titles[other];
	struct demo_visit *visit = add_visit(world, title);
	visit->day = day_of(other, busy, 0);
	for (uint32_t n = 0; n < plan->visits; n++)
		if (day_of(title, plan, n) == visit->day)
			visit->minute = 0; /* taken: marked, and dropped below */
	if (visit->minute == 0 || world->services[busy->service].unit != UNIT_MINUTE ||
	    busy->provider != plan->provider || busy->kind != DEMO_TITLE_PLAIN) {
		world->visit_count--;
		return;
	}
	visit->minute = SLOT_FIRST + SLOT_MINUTES * busy->slot + 10;
	visit->units = 15;
	visit->worker = busy->worker;
	visit->wave = DEMO_WAVE_END;
	visit->expected = RESULT_DISPUTED;
}

static void add_foreign(struct demo_world *world, uint32_t title)
{
	struct demo_visit *visit = add_visit(world, title);
	visit->sender = (world->titles[title].provider + 1) % DEMO_PROVIDERS;
	if (visit->sender == DEMO_SUSPENDED)
		visit->sender++;
	visit->day = free_day(title, &world->titles[title], 3);
	visit->minute = 19 * 60;
	visit->wave = DEMO_WAVE_END;
	visit->expected = RESULT_PROVIDER_NOT_CHOSEN;
}

static void add_future(struct demo_world *world, uint32_t title)
{
	struct demo_visit *visit = add_visit(world, title);
	visit->day = 20;
	visit->minute = 20 * 60;
	visit->units = 15;
	visit->wave = DEMO_WAVE_MIDDLE;
	visit->expected = RESULT_FUTURE_SERVICE;
}

/* The hour that the clock shows twice. */
static void add_ambiguous(struct demo_world *world, uint32_t title)
{
	struct demo_visit *visit = add_visit(world, title);
	visit->day = 25;
	visit->minute = 2 * 60 + 30;
	visit->units = 15;
	visit->wave = DEMO_WAVE_END;
	visit->expected = RESULT_AMBIGUOUS_LOCAL_TIME;
}

static void add_uncovered(struct demo_world *world, uint32_t title)
{
	struct demo_visit *visit = add_visit(world, title);
	bool is_day = strcmp(world->services[world->titles[title].service].code, "SADH") == 0;
	visit->day = free_day(title, &world->titles[title], 5);
	visit->minute = 19 * 60;
	visit->service = is_day ? "ADM" : "SADH";
	visit->wave = DEMO_WAVE_END;
	visit->expected = RESULT_SERVICE_NOT_COVERED;
}

/* Two accesses more on a day that has one: the service allows two. */
static void add_third_access(struct demo_world *world, uint32_t title, uint32_t first)
{
	struct demo_visit *visit = add_visit(world, title);
	visit->day = world->visits[first].day;
	visit->wave = world->visits[first].wave;
	visit->minute = 19 * 60;
	visit->units = 2;
	visit->expected = RESULT_DAILY_MAXIMUM_REACHED;
}

/* A number that was typed wrong, and a line without its worker. */
static void add_malformed(struct demo_world *world, uint32_t title)
{
	struct demo_visit *visit = add_visit(world, title);
	visit->day = free_day(title, &world->titles[title], 7);
	visit->voucher = "0000001!";
	visit->wave = DEMO_WAVE_END;
	visit->expected = RESULT_FIELD_INVALID;
	visit = add_visit(world, title);
	visit->day = free_day(title, &world->titles[title], 7);
	visit->without_worker = true;
	visit->wave = DEMO_WAVE_END;
	visit->expected = RESULT_FIELD_MISSING;
}

static void add_late(struct demo_world *world, uint32_t title)
{
	struct demo_visit *visit = add_visit(world, title);
	visit->day = free_day(title, &world->titles[title], 24);
	visit->minute = 19 * 60;
	visit->units = 15;
	visit->wave = DEMO_WAVE_LATE;
	visit->expected = RESULT_LATE_SUBMISSION;
}

static void add_september(struct demo_world *world, uint32_t title)
{
	struct demo_visit *visit = add_visit(world, title);
	visit->day = 0;
	visit->wave = DEMO_WAVE_LATE;
	visit->expected = RESULT_SUBMISSION_WINDOW_CLOSED;
}

/* A title that has no money yet. */
static void add_waitlisted(struct demo_world *world, uint32_t title)
{
	struct demo_visit *visit = add_visit(world, title);
	visit->day = 8;
	visit->wave = DEMO_WAVE_END;
	visit->expected = RESULT_VOUCHER_NOT_ACTIVE;
}

/* Now and then something goes wrong; each title at most once, so that nothing hides another. */
static void add_trouble(struct demo_world *world, uint32_t title, uint32_t first)
{
	const struct demo_title *plan = &world->titles[title];
	bool is_plain = plan->kind == DEMO_TITLE_PLAIN && plan->provider != DEMO_SUSPENDED &&
			world->services[plan->service].unit == UNIT_MINUTE;
	if (plan->kind == DEMO_TITLE_SEPTEMBER)
		add_september(world, title);
	if (world->services[plan->service].unit == UNIT_ACCESS && title % 2 == 0 &&
	    plan->provider != DEMO_SUSPENDED)
		add_third_access(world, title, first);
	if (!is_plain)
		return;
	if (title % 20 == 0)
		add_duplicate(world, first);
	else if (title % 40 == 1)
		add_excess(world, title);
	else if (title % 40 == 2)
		add_overlap(world, title, first);
	else if (title % 40 == 3)
		add_foreign(world, title);
	else if (title % 40 == 4)
		add_future(world, title);
	else if (title % 40 == 5)
		add_late(world, title);
	else if (title % 100 == 6)
		add_ambiguous(world, title);
	else if (title % 100 == 7)
		add_uncovered(world, title);
	else if (title % 200 == 8)
		add_malformed(world, title);
	else if (title % 20 == 9)
		for (uint32_t other = title + 1; other < DEMO_TITLES; other++)
			if (world->titles[other].is_issued &&
			    world->titles[other].provider == plan->provider) {
				add_double(world, title, other);
				break;
			}
}

/* In November nothing goes wrong: what still runs is delivered as planned. */
static void plan_november(struct demo_world *world, uint32_t title)
{
	const struct demo_title *plan = &world->titles[title];
	bool runs = plan->kind == DEMO_TITLE_PLAIN || plan->kind == DEMO_TITLE_SUSPENDED;
	if (!plan->is_issued || !runs || plan->provider == DEMO_SUSPENDED)
		return;
	for (uint32_t n = 0; n < plan->visits; n++) {
		struct demo_visit *visit = add_visit(world, title);
		visit->month = DEMO_NOVEMBER;
		visit->day = day_of(title, plan, n);
		visit->wave = DEMO_WAVE_NEXT;
		ASSERT(visit->day <= 30);
	}
}

void world_make_visits(struct demo_world *world)
{
	uint32_t waiting = 0;
	suspend_one(world);
	for (uint32_t i = 0; i < DEMO_TITLES; i++) {
		uint32_t first = world->visit_count;
		if (!world->titles[i].is_issued) {
			if (waiting++ < 10)
				add_waitlisted(world, i);
			continue;
		}
		plan_visits(world, i);
		add_trouble(world, i, first);
	}
	for (uint32_t i = 0; i < DEMO_TITLES; i++)
		plan_november(world, i);
}
