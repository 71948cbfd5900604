/* What must be, and whether it is: see steps.h. */
#include "cli/demo/books.h"
#include "cli/demo/steps.h"
#include "engine/base/assert.h"

#include <string.h>

struct worth sums_worth(const struct demo_service *service, uint32_t units, uint16_t vat_bp)
{
	struct worth worth = {.gross = cents_from((int64_t)units)};
	if (service->unit == UNIT_EURO) { /* worth its own cents, VAT in them */
		bool is_net = cents_net_of_gross(worth.gross, vat_bp, &worth.net);
		ASSERT(is_net);
		return worth;
	}
	uint32_t per = service->unit == UNIT_MINUTE ? 60 : 1;
	bool good = cents_net(units, service->rate, per, &worth.net) &&
		    cents_gross(worth.net, vat_bp, &worth.gross);
	ASSERT(good);
	return worth;
}

uint16_t sums_provider_vat(const struct demo_world *world, const struct demo_title *title)
{
	return world->services[title->service].vat[world->providers[title->provider].kind];
}

uint16_t sums_highest_vat(const struct demo_world *world, const struct demo_title *title)
{
	uint16_t highest = 0;
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++) {
		const struct demo_provider *provider = &world->providers[i];
		bool could = (provider->services >> title->service & 1) != 0 &&
			     (provider->subs >> world->comuni[title->comune].sub & 1) != 0;
		uint16_t rate = world->services[title->service].vat[provider->kind];
		if (could && rate > highest)
			highest = rate;
	}
	return highest;
}

static struct demo_sheet *sheet_of(struct demo_world *world, const struct demo_visit *visit)
{
	const struct demo_title *title = &world->titles[visit->title];
	struct demo_provider *provider = &world->providers[title->provider];
	uint16_t vat_bp = sums_provider_vat(world, title);
	bool is_own = world_is_own_payer(&world->comuni[title->comune]);
	for (uint32_t i = 0; i < provider->sheet_count; i++) {
		struct demo_sheet *sheet = &provider->sheets[i];
		if (sheet->vat_bp == vat_bp && sheet->month == visit->month &&
		    sheet->is_own == is_own)
			return sheet;
	}
	ASSERT(provider->sheet_count < DEMO_SHEETS_MAX);
	struct demo_sheet *sheet = &provider->sheets[provider->sheet_count++];
	*sheet = (struct demo_sheet){.vat_bp = vat_bp, .month = visit->month, .is_own = is_own};
	return sheet;
}

/* VERDELLO: nothing up to 3.000 euro of ISEE, 18,68 an hour from 30.000 on, a straight line in
 * between; the dearest without an ISEE. The hour is rounded half-up first, then the visit. */
int64_t sums_copay(const struct demo_world *world, const struct demo_visit *visit)
{
	const struct demo_title *title = &world->titles[visit->title];
	const struct demo_service *service = &world->services[title->service];
	if (!service->has_copay)
		return 0;
	int64_t isee = title->has_isee ? title->isee.raw : DEMO_ISEE_TO; /* raw: the check's */
	if (isee < DEMO_ISEE_FROM)
		isee = DEMO_ISEE_FROM;
	if (isee > DEMO_ISEE_TO)
		isee = DEMO_ISEE_TO;
	int64_t span = DEMO_ISEE_TO - DEMO_ISEE_FROM;
	int64_t hour = (2 * DEMO_COPAY_MAX * (isee - DEMO_ISEE_FROM) + span) / (2 * span);
	int64_t share = (2 * hour * (int64_t)visit->units + 60) / 120;
	struct worth worth =
	    sums_worth(service, visit->units, sums_provider_vat(world, title));
	return share < worth.gross.raw ? share : worth.gross.raw; /* raw: as above */
}

/* Enters a visit in its comune's sums, or takes it out (sign -1). */
static void enter_comune(struct demo_world *world, const struct demo_visit *visit, int64_t sign)
{
	const struct demo_title *title = &world->titles[visit->title];
	struct demo_comune *comune = &world->comuni[title->comune];
	struct worth worth = sums_worth(&world->services[title->service], visit->units,
					sums_provider_vat(world, title));
	comune->months[visit->month].net += sign * worth.net.raw;     /* raw: the check's */
	comune->months[visit->month].gross += sign * worth.gross.raw; /* raw: as above */
	comune->months[visit->month].copay += sign * sums_copay(world, visit);
	comune->months[visit->month].count += (uint32_t)sign;
}

void sums_enter(struct demo_world *world, struct demo_visit *visit)
{
	const struct demo_title *title = &world->titles[visit->title];
	uint16_t vat_bp = sums_provider_vat(world, title);
	struct worth worth = sums_worth(&world->services[title->service], visit->units, vat_bp);
	struct demo_sheet *sheet = sheet_of(world, visit);
	bool good = cents_add(sheet->net, worth.net, &sheet->net) &&
		    cents_add(sheet->gross, worth.gross, &sheet->gross);
	ASSERT(good);
	sheet->count++;
	visit->counts = true;
	enter_comune(world, visit, 1);
}

void sums_withdraw(struct demo_world *world, struct demo_visit *visit)
{
	const struct demo_title *title = &world->titles[visit->title];
	uint16_t vat_bp = sums_provider_vat(world, title);
	struct worth worth = sums_worth(&world->services[title->service], visit->units, vat_bp);
	struct demo_sheet *sheet = sheet_of(world, visit);
	bool good = cents_sub(sheet->net, worth.net, &sheet->net) &&
		    cents_sub(sheet->gross, worth.gross, &sheet->gross);
	ASSERT(good && sheet->count > 0);
	sheet->count--;
	visit->counts = false;
	enter_comune(world, visit, -1);
}

void sums_take_back(struct demo_world *world, struct demo_visit *visit)
{
	ASSERT(visit->counts);
	visit->counts = false;
	enter_comune(world, visit, -1);
}

/* ---- The check ---- */

/* Months that are promised whole at the end: November and December of what still runs. Of October
 * only what was delivered is left, the rest was released when its time for late records ended. */
static uint32_t months_standing(const struct demo_title *title)
{
	bool is_whole = title->kind == DEMO_TITLE_PLAIN || title->kind == DEMO_TITLE_SUSPENDED;
	return is_whole ? DEMO_MONTHS_MAX - 1 : 0;
}

struct cents sums_lost(const struct demo_world *world, uint32_t place)
{
	const struct demo_title *title = &world->titles[place];
	const struct demo_service *service = &world->services[title->service];
	uint16_t vat_bp = sums_provider_vat(world, title);
	uint32_t used = world_units_until_away(world, place);
	uint32_t free_units = world_units(title) - used - world_units_lost(title);
	uint32_t visits = used / title->visit_units;
	struct cents given;
	struct cents lost = sums_worth(service, world_units(title), vat_bp).gross;
	struct cents kept = sums_worth(service, free_units, vat_bp).gross;
	bool good = cents_times(sums_worth(service, title->visit_units, vat_bp).gross, visits,
				&given) &&
		    cents_sub(lost, given, &lost) && cents_sub(lost, kept, &lost);
	ASSERT(good);
	return lost;
}

/* All that is held for titles of a comune: what October's lines cost, and what was promised for the
 * months that still run, at the rates of the chosen providers. */
static int64_t promised(const struct demo *demo, uint32_t comune, uint32_t fund)
{
	const struct demo_world *world = demo->world;
	int64_t sum = demo->delivered[comune][fund];
	for (uint32_t i = 0; i < DEMO_TITLES; i++) {
		const struct demo_title *title = &world->titles[i];
		if (!title->is_issued || title->fund != fund || title->comune != comune)
			continue;
		struct worth month =
		    sums_worth(&world->services[title->service], world_units(title),
			       sums_provider_vat(world, title));
		sum += month.gross.raw * (int64_t)months_standing(title); /* raw: the check's */
	}
	return sum;
}

static bool sheet_is(const struct demo_sheet *sheet, const json_t *statement)
{
	bool is_own = strcmp(call_text(statement, "payer"), DEMO_OWN_PAYER) == 0;
	return sheet->vat_bp == call_number(statement, "vat_bp") && sheet->is_own == is_own &&
	       strcmp(demo_months[sheet->month], call_text(statement, "month")) == 0;
}

static const struct demo_sheet *sheet_for(const struct demo_world *world, const json_t *statement)
{
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++) {
		const struct demo_provider *provider = &world->providers[i];
		if (strcmp(provider->code, call_text(statement, "provider")) != 0)
			continue;
		for (uint32_t j = 0; j < provider->sheet_count; j++)
			if (sheet_is(&provider->sheets[j], statement))
				return &provider->sheets[j];
	}
	return NULL;
}

struct totals {
	int64_t net;
	int64_t vat;
	int64_t payable_net; /* less what was set off */
	int64_t payable_vat;
	uint32_t count;
};

/* Each statement against what the world computed; their totals. */
static struct totals check_statements(struct demo *demo)
{
	struct totals totals = {0, 0, 0, 0, 0};
	size_t at;
	json_t *statement;
	json_array_foreach(demo->statements, at, statement)
	{
		const struct demo_sheet *sheet = sheet_for(demo->world, statement);
		const char *id = call_text(statement, "id");
		int64_t net = call_number(statement, "net_cents");
		int64_t vat = call_number(statement, "vat_cents");
		struct cents vat_due = cents_zero();
		totals.net += net;
		totals.vat += vat;
		totals.payable_net += call_number(statement, "payable_net_cents");
		totals.payable_vat += call_number(statement, "payable_vat_cents");
		totals.count += (uint32_t)call_number(statement, "redemption_count");
		if (!call_expect(demo, sheet != NULL, "nobody expected statement %s", id))
			continue;
		bool good = cents_vat(sheet->net, sheet->vat_bp, &vat_due);
		ASSERT(good);
		call_expect(demo,
			    cents_equal(sheet->net, cents_from(net)) &&
				cents_equal(vat_due, cents_from(vat)) &&
				call_number(statement, "gross_cents") == net + vat &&
				call_number(statement, "redemption_count") == sheet->count,
			    "statement %s: net %lld, VAT %lld, %lld records", id, (long long)net,
			    (long long)vat, (long long)call_number(statement, "redemption_count"));
		call_expect(demo, strcmp(call_text(statement, "state"), "PAID") == 0,
			    "statement %s is %s", id, call_text(statement, "state"));
	}
	return totals;
}

static uint32_t sheets_with_records(const struct demo_world *world)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++)
		for (uint32_t j = 0; j < world->providers[i].sheet_count; j++)
			count += world->providers[i].sheets[j].count > 0 ? 1 : 0;
	return count;
}

/* A comune's fund book against what its titles were promised, and against its ceiling book. */
static int64_t check_part(struct demo *demo, const struct books *books, uint32_t comune,
			  uint32_t fund)
{
	const struct books_part *part = &books->parts[comune][fund];
	const struct demo_comune *place = &demo->world->comuni[comune];
	int64_t due = promised(demo, comune, fund);
	call_expect(demo, books_held(part) == due,
		    "%s, %s: the funds hold %lld cents, titles were promised %lld", place->name,
		    demo_funds[fund], (long long)books_held(part), (long long)due);
	call_expect(demo, part->used == due, "%s, %s: the ceiling counts %lld cents, not %lld",
		    place->name, demo_funds[fund], (long long)part->used, (long long)due);
	call_expect(demo, part->free + part->used == place->granted[fund],
		    "%s, %s: %lld free and %lld used are not %lld", place->name, demo_funds[fund],
		    (long long)part->free, (long long)part->used,
		    (long long)place->granted[fund]);
	return due;
}

/* What was paid for a comune: the net of its records to the cent. Its part of the statements' VAT
 * is allotted to whole lines, so it may differ from that of its records by half a cent each and a
 * cent for each line. */
static void check_comune(struct demo *demo, const struct books *books, uint32_t i)
{
	const struct demo_comune *comune = &demo->world->comuni[i];
	struct books_part part = books_of_comune(books, i);
	int64_t net = 0;
	int64_t vat_due = 0;
	int64_t bound = 2;
	for (uint32_t month = 0; month < DEMO_MONTHS; month++) {
		net += comune->months[month].net;
		vat_due += comune->months[month].gross - comune->months[month].net;
		bound += (int64_t)comune->months[month].count * 3 / 2;
	}
	int64_t vat = part.paid - part.paid_net;
	call_expect(demo,
		    part.paid_net == net && vat - vat_due <= bound && vat_due - vat <= bound,
		    "%s: %lld net and %lld of VAT paid instead of %lld and %lld", comune->name,
		    (long long)part.paid_net, (long long)vat, (long long)net, (long long)vat_due);
}

/* Fund book against what was promised to titles and what the year was given. */
static void check_funds(struct demo *demo, const struct books *books)
{
	json_t *years = call_list(demo, "/v1/fund-years");
	for (uint32_t j = 0; j < DEMO_FUNDS; j++) {
		int64_t held = 0;
		int64_t stated = 0;
		size_t at;
		json_t *year;
		for (uint32_t i = 0; i < demo->world->comune_count; i++)
			held += check_part(demo, books, i, j);
		json_array_foreach(years, at, year)
		{
			if (strcmp(call_text(year, "fund"), demo_funds[j]) == 0)
				stated = call_number(year, "stated_cents");
		}
		call_expect(demo, held + books->available[j] == stated,
			    "%s: %lld held and %lld available are not %lld", demo_funds[j],
			    (long long)held, (long long)books->available[j], (long long)stated);
	}
	json_decref(years);
}

/* What October's lines cost, by comune and fund, but for what was taken back. */
static void read_delivered(struct demo *demo)
{
	json_t *statements = settle_statements(demo, DEMO_OCTOBER);
	size_t at;
	json_t *statement;
	memset(demo->delivered, 0, sizeof(demo->delivered));
	json_array_foreach(statements, at, statement)
	{
		char path[128];
		size_t n;
		json_t *line;
		snprintf(path, sizeof(path), "/v1/statements/%s/lines", call_text(statement, "id"));
		json_t *lines = call_list(demo, path);
		json_array_foreach(lines, n, line)
		{
			uint32_t comune = books_comune(demo->world, call_text(line, "comune"));
			uint32_t fund = books_fund(call_text(line, "fund_year"));
			if (call_expect(demo,
					comune < demo->world->comune_count && fund < DEMO_FUNDS,
					"line %s is of an unknown comune or fund",
					call_text(line, "id")))
				demo->delivered[comune][fund] += call_number(line, "gross_cents");
		}
		json_decref(lines);
	}
	json_decref(statements);
	demo->delivered[demo->recovered.comune][demo->recovered.fund] -= demo->recovered.gross;
}

void sums_check(struct demo *demo)
{
	static struct books books;
	int64_t paid = 0;
	int64_t paid_net = 0;
	int64_t recoverable = 0;
	int64_t left_over = 0;
	books_read(demo, &books);
	read_delivered(demo);
	struct totals totals = check_statements(demo);
	for (uint32_t i = 0; i < demo->world->comune_count; i++) {
		struct books_part part = books_of_comune(&books, i);
		paid += part.paid;
		paid_net += part.paid_net;
		recoverable += part.recoverable;
		left_over += part.redeemed + part.disputed + part.settled;
		check_comune(demo, &books, i);
	}
	call_as(demo, demo->tokens[DEMO_AUDITOR]);
	call_expect(demo, books.unknown == 0, "%u balances fit nowhere", books.unknown);
	call_expect(demo, json_array_size(demo->statements) == sheets_with_records(demo->world),
		    "%zu statements", json_array_size(demo->statements));
	call_expect(demo, recoverable == 0 && demo->recovered.gross > 0,
		    "%lld cents of %lld were not set off", (long long)recoverable,
		    (long long)demo->recovered.gross);
	call_expect(demo,
		    paid_net + demo->recovered.net == totals.net &&
			paid + demo->recovered.gross == totals.net + totals.vat,
		    "books paid %lld net of %lld, %lld were set off; statements %lld and %lld",
		    (long long)paid_net, (long long)paid, (long long)demo->recovered.gross,
		    (long long)totals.net, (long long)totals.vat);
	call_expect(demo, paid_net == totals.payable_net && paid - paid_net == totals.payable_vat,
		    "statements pay %lld and %lld, books %lld and %lld",
		    (long long)totals.payable_net, (long long)totals.payable_vat,
		    (long long)paid_net, (long long)(paid - paid_net));
	call_expect(demo,
		    demo->files_net == totals.payable_net && demo->files_vat == totals.payable_vat,
		    "files tell %lld and %lld, statements %lld and %lld",
		    (long long)demo->files_net, (long long)demo->files_vat,
		    (long long)totals.payable_net, (long long)totals.payable_vat);
	call_expect(demo, left_over == 0, "%lld cents are not settled or not paid",
		    (long long)left_over);
	check_funds(demo, &books);
}
