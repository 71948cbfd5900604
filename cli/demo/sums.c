/* What must be, and whether it is: see steps.h. */
#include "cli/demo/books.h"
#include "cli/demo/steps.h"
#include "engine/base/assert.h"

#include <string.h>

struct worth sums_worth(const struct demo_service *service, uint32_t units, uint16_t vat_bp)
{
	struct worth worth;
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

static struct demo_sheet *sheet_of(struct demo_provider *provider, uint16_t vat_bp)
{
	for (uint32_t i = 0; i < provider->sheet_count; i++)
		if (provider->sheets[i].vat_bp == vat_bp)
			return &provider->sheets[i];
	ASSERT(provider->sheet_count < DEMO_SHEETS_MAX);
	struct demo_sheet *sheet = &provider->sheets[provider->sheet_count++];
	*sheet = (struct demo_sheet){.vat_bp = vat_bp};
	return sheet;
}

void sums_enter(struct demo_world *world, const struct demo_visit *visit)
{
	const struct demo_title *title = &world->titles[visit->title];
	uint16_t vat_bp = sums_provider_vat(world, title);
	struct worth worth = sums_worth(&world->services[title->service], visit->units, vat_bp);
	struct demo_sheet *sheet = sheet_of(&world->providers[title->provider], vat_bp);
	bool good = cents_add(sheet->net, worth.net, &sheet->net) &&
		    cents_add(sheet->gross, worth.gross, &sheet->gross);
	ASSERT(good);
	sheet->count++;
}

void sums_withdraw(struct demo_world *world, const struct demo_visit *visit)
{
	const struct demo_title *title = &world->titles[visit->title];
	uint16_t vat_bp = sums_provider_vat(world, title);
	struct worth worth = sums_worth(&world->services[title->service], visit->units, vat_bp);
	struct demo_sheet *sheet = sheet_of(&world->providers[title->provider], vat_bp);
	bool good = cents_sub(sheet->net, worth.net, &sheet->net) &&
		    cents_sub(sheet->gross, worth.gross, &sheet->gross);
	ASSERT(good && sheet->count > 0);
	sheet->count--;
}

/* ---- The check ---- */

/* Months whose money stands on 12 November: September's was released, a revoked title lost what
 * begins after the day. */
static uint32_t months_standing(const struct demo_title *title)
{
	return title->kind == DEMO_TITLE_PLAIN ? DEMO_MONTHS_MAX : 1;
}

/* All that was promised to titles, at the rates of the chosen providers. */
static int64_t promised(const struct demo_world *world, uint32_t fund)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < DEMO_TITLES; i++) {
		const struct demo_title *title = &world->titles[i];
		if (!title->is_issued || title->fund != fund)
			continue;
		struct worth month =
		    sums_worth(&world->services[title->service], world_units(title),
			       sums_provider_vat(world, title));
		sum += month.gross.raw * (int64_t)months_standing(title); /* raw: the check's */
	}
	return sum;
}

static const struct demo_sheet *sheet_for(const struct demo_world *world, const json_t *statement)
{
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++) {
		const struct demo_provider *provider = &world->providers[i];
		if (strcmp(provider->code, call_text(statement, "provider")) != 0)
			continue;
		for (uint32_t j = 0; j < provider->sheet_count; j++)
			if (provider->sheets[j].vat_bp == call_number(statement, "vat_bp"))
				return &provider->sheets[j];
	}
	return NULL;
}

struct totals {
	int64_t net;
	int64_t vat;
	uint32_t count;
};

/* Each statement against what the world computed; their totals. */
static struct totals check_statements(struct demo *demo)
{
	struct totals totals = {0, 0, 0};
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
		call_expect(demo, strcmp(call_text(statement, "state"), "EXPORTED") == 0,
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

/* Ceiling book against fund book, comune by comune and fund by fund. */
static void check_ceilings(struct demo *demo, const struct books *books)
{
	for (uint32_t i = 0; i < demo->world->comune_count; i++)
		for (uint32_t j = 0; j < DEMO_FUNDS; j++) {
			const struct books_part *part = &books->parts[i][j];
			call_expect(demo, books_held(part) == part->used,
				    "%s, %s: the funds hold %lld, the ceiling counts %lld",
				    demo->world->comuni[i].name, demo_funds[j],
				    (long long)books_held(part), (long long)part->used);
		}
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
			held += books_held(&books->parts[i][j]);
		json_array_foreach(years, at, year)
		{
			if (strcmp(call_text(year, "fund"), demo_funds[j]) == 0)
				stated = call_number(year, "stated_cents");
		}
		call_expect(demo, held == promised(demo->world, j),
			    "%s holds %lld cents, titles were promised %lld", demo_funds[j],
			    (long long)held, (long long)promised(demo->world, j));
		call_expect(demo, held + books->available[j] == stated,
			    "%s: %lld held and %lld available are not %lld", demo_funds[j],
			    (long long)held, (long long)books->available[j], (long long)stated);
	}
	json_decref(years);
}

void sums_check(struct demo *demo)
{
	static struct books books;
	int64_t settled = 0;
	int64_t settled_net = 0;
	int64_t left_over = 0;
	books_read(demo, &books);
	struct totals totals = check_statements(demo);
	for (uint32_t i = 0; i < demo->world->comune_count; i++) {
		struct books_part part = books_of_comune(&books, i);
		settled += part.settled;
		settled_net += part.settled_net;
		left_over += part.redeemed + part.disputed;
	}
	call_as(demo, demo->tokens[DEMO_AUDITOR]);
	call_expect(demo, books.unknown == 0, "%u balances fit nowhere", books.unknown);
	call_expect(demo, json_array_size(demo->statements) == sheets_with_records(demo->world),
		    "%zu statements", json_array_size(demo->statements));
	call_expect(demo, settled_net == totals.net && settled == totals.net + totals.vat,
		    "books settle %lld net of %lld, statements %lld and %lld",
		    (long long)settled_net, (long long)settled, (long long)totals.net,
		    (long long)totals.vat);
	call_expect(demo, demo->files_net == totals.net && demo->files_vat == totals.vat,
		    "files tell %lld and %lld, statements %lld and %lld",
		    (long long)demo->files_net, (long long)demo->files_vat, (long long)totals.net,
		    (long long)totals.vat);
	call_expect(demo, left_over == 0, "%lld cents are redeemed but not settled",
		    (long long)left_over);
	check_ceilings(demo, &books);
	check_funds(demo, &books);
}
