/* Events: thresholds of ceilings, and what calls for a person. Each kind is compared with what the
 * world expects before it is printed. */
#include "cli/demo/steps.h"
#include "cli/table.h"
#include "engine/base/assert.h"

#include <stdio.h>
#include <string.h>

#define THRESHOLDS 3u

static const int64_t percents[THRESHOLDS] = {80, 90, 100}; /* alert_thresholds_pct */

/* Whether titles took so much of a comune's ceiling when they were issued. */
static bool must_tell(const struct demo_comune *comune, uint32_t fund, uint32_t threshold)
{
	return comune->taken[fund] > 0 &&
	       comune->taken[fund] * 100 >= comune->granted[fund] * percents[threshold];
}

/* Events of a kind; with a ceiling, those of it at a percentage. */
static uint32_t told(const struct demo *demo, const char *kind, const char *ceiling,
		     int64_t percent)
{
	uint32_t count = 0;
	size_t at;
	json_t *event;
	json_array_foreach(demo->events, at, event)
	{
		if (strcmp(call_text(event, "kind"), kind) == 0 &&
		    (ceiling == NULL || (strcmp(call_text(event, "ceiling"), ceiling) == 0 &&
					 call_number(event, "value") == percent)))
			count++;
	}
	return count;
}

static uint32_t check_ceilings(struct demo *demo)
{
	uint32_t due = 0;
	for (uint32_t i = 0; i < demo->world->comune_count; i++)
		for (uint32_t j = 0; j < DEMO_FUNDS; j++)
			for (uint32_t k = 0; k < THRESHOLDS; k++) {
				const struct demo_comune *comune = &demo->world->comuni[i];
				uint32_t expected = must_tell(comune, j, k) ? 1 : 0;
				uint32_t found =
				    told(demo, "CEILING_ALERT", comune->ceilings[j], percents[k]);
				due += expected;
				call_expect(demo, found == expected,
					    "%s, %s: %u alerts at %lld %% instead of %u",
					    comune->name, demo_funds[j], found,
					    (long long)percents[k], expected);
			}
	return due;
}

/* Titles whose provider was suspended while they ran. */
static uint32_t without_provider(const struct demo_world *world)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < DEMO_TITLES; i++)
		if (world->titles[i].is_issued && world->titles[i].provider == DEMO_SUSPENDED &&
		    world->titles[i].kind != DEMO_TITLE_EXPIRED)
			count++;
	return count;
}

/* Statements above the threshold of the tax check. */
static uint32_t above_tax_check(const struct demo_world *world)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++)
		for (uint32_t j = 0; j < world->providers[i].sheet_count; j++)
			if (cents_less(cents_from(DEMO_TAX_CHECK_ABOVE),
				       world->providers[i].sheets[j].net))
				count++;
	return count;
}

/* Payments that left a part of their statement to others: all but the last one of each. */
static uint32_t not_the_last(const struct demo *demo)
{
	size_t statements = json_array_size(demo->statements);
	return demo->transfers < statements ? 0 : demo->transfers - (uint32_t)statements;
}

/* Every kind of event that may come, and how many of it. */
#define KINDS 10u

struct kind {
	const char *name;
	const char *words;
	uint32_t due;
};

static void expect_kinds(const struct demo *demo, struct kind *ret_kinds)
{
	const struct kind kinds[KINDS] = {
	    {"ACCREDITATION_CHANGED", "a provider was suspended", 1},
	    {"RECHOICE", "titles that need another provider", without_provider(demo->world)},
	    {"VOUCHER_SUSPENDED", "a title was suspended", 1},
	    {"TAX_DEBT_CHECK_DUE", "payments whose tax check was due",
	     above_tax_check(demo->world)},
	    {"INVOICE_DIFFERS", "an invoice that does not match", 1},
	    {"PAYMENT_PARTIAL", "payments of a part of a statement", not_the_last(demo)},
	    {"CREDIT_NOTE_DUE", "credit notes to come", 1},
	    {"SIUSS_CORRECTION", "corrections to tell the register of services", 1},
	    {"SET_OFF_DONE", "set off against a later payment", 1},
	    {"COPAY_ARREARS", "bills of the co-pay not paid in time",
	     demo->bills[DEMO_OCTOBER]}, /* November's are not due yet */
	};
	memcpy(ret_kinds, kinds, sizeof(kinds));
}

/* How many events of each kind there are, where the sum is not the expected one. */
static void tell_kinds(const struct demo *demo)
{
	size_t at;
	json_t *event;
	json_array_foreach(demo->events, at, event)
	{
		const char *kind = call_text(event, "kind");
		size_t first = 0;
		while (strcmp(call_text(json_array_get(demo->events, first), "kind"), kind) != 0)
			first++;
		if (first == at)
			fprintf(stderr, "  %s %u\n", kind, told(demo, kind, NULL, 0));
	}
}

void alerts_check(struct demo *demo)
{
	struct kind kinds[KINDS];
	uint32_t due = check_ceilings(demo);
	call_expect(demo, due > 0 && told(demo, "CEILING_ALERT", NULL, 0) == due,
		    "%u alerts of ceilings instead of %u", told(demo, "CEILING_ALERT", NULL, 0),
		    due);
	expect_kinds(demo, kinds);
	for (uint32_t i = 0; i < KINDS; i++) {
		due += kinds[i].due;
		call_expect(demo, told(demo, kinds[i].name, NULL, 0) == kinds[i].due,
			    "%u events %s instead of %u", told(demo, kinds[i].name, NULL, 0),
			    kinds[i].name, kinds[i].due);
	}
	call_expect(demo, json_array_size(demo->events) == due,
		    "%zu events, %u of them were expected", json_array_size(demo->events), due);
	if (json_array_size(demo->events) != due)
		tell_kinds(demo);
}

/* How many comuni reached each part of their ceiling, fund by fund. */
void alerts_print(const struct demo *demo)
{
	struct table table = {.column_count = 0};
	table_column(&table, "ceilings of", false);
	table_column(&table, "at 80 %", true);
	table_column(&table, "at 90 %", true);
	table_column(&table, "at 100 %", true);
	for (uint32_t j = 0; j < DEMO_FUNDS; j++) {
		table_cell(&table, demo_funds[j]);
		for (uint32_t k = 0; k < THRESHOLDS; k++) {
			int64_t count = 0;
			for (uint32_t i = 0; i < demo->world->comune_count; i++)
				count += told(demo, "CEILING_ALERT",
					      demo->world->comuni[i].ceilings[j], percents[k]);
			table_number(&table, count);
		}
	}
	puts("\nEvents: comuni whose titles reached so much of a ceiling");
	table_print(&table, stdout);
	table_free(&table);
	struct kind kinds[KINDS];
	expect_kinds(demo, kinds);
	for (uint32_t i = 0; i < KINDS; i++)
		printf("%7u  %s\n", kinds[i].due, kinds[i].words);
}
