/* The tables at the end: what a comune, a provider and the plan office would want to see. */
#include "cli/demo/books.h"
#include "cli/demo/steps.h"
#include "cli/table.h"
#include "engine/base/assert.h"

#include <stdio.h>
#include <string.h>

static uint32_t waiting_in(const struct demo_world *world, uint32_t comune)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < DEMO_TITLES; i++)
		if (world->titles[i].comune == comune && !world->titles[i].is_issued)
			count++;
	return count;
}

static void comune_row(struct table *table, const char *name, const struct books_part *part,
		       int64_t copay, uint32_t waiting)
{
	table_cell(table, name);
	table_euro(table, part->free + part->used);
	table_euro(table, part->committed + part->disputed);
	table_euro(table, part->redeemed + part->settled + part->paid + part->recoverable);
	table_euro(table, part->paid);
	table_euro(table, copay);
	table_euro(table, part->free);
	table_number(table, waiting);
}

static int64_t copay_of(const struct demo_comune *comune)
{
	return comune->months[DEMO_OCTOBER].copay + comune->months[DEMO_NOVEMBER].copay;
}

static void print_comuni(const struct demo *demo)
{
	static struct books books;
	struct table table = {.column_count = 0};
	struct books_part sum = {.committed = 0};
	uint32_t waiting = 0;
	int64_t copay = 0;
	books_read(demo, &books);
	table_column(&table, "comune", false);
	table_column(&table, "ceiling", true);
	table_column(&table, "committed", true);
	table_column(&table, "redeemed", true);
	table_column(&table, "paid", true);
	table_column(&table, "co-pay", true);
	table_column(&table, "free", true);
	table_column(&table, "waiting", true);
	for (uint32_t i = 0; i < demo->world->comune_count; i++) {
		struct books_part part = books_of_comune(&books, i);
		uint32_t here = waiting_in(demo->world, i);
		comune_row(&table, demo->world->comuni[i].name, &part,
			   copay_of(&demo->world->comuni[i]), here);
		copay += copay_of(&demo->world->comuni[i]);
		waiting += here;
		sum.free += part.free;
		sum.used += part.used;
		sum.committed += part.committed + part.disputed;
		sum.redeemed += part.redeemed;
		sum.settled += part.settled;
		sum.paid += part.paid;
		sum.recoverable += part.recoverable;
	}
	table_totals(&table);
	comune_row(&table, "48 comuni", &sum, copay, waiting);
	puts("\nComuni, October and November 2026 "
	     "(euro; ceilings of COMUNI, SOLIDARIETA, FNPS together)");
	table_print(&table, stdout);
	table_free(&table);
}

static void provider_row(struct table *table, const char *name, const int64_t *sums)
{
	table_cell(table, name);
	table_number(table, sums[0]);
	table_euro(table, sums[1]);
	table_euro(table, sums[2]);
	table_euro(table, sums[3]);
}

static void print_providers(const struct demo *demo)
{
	struct table table = {.column_count = 0};
	int64_t all[4] = {0, 0, 0, 0};
	table_column(&table, "provider", false);
	table_column(&table, "lines", true);
	table_column(&table, "net", true);
	table_column(&table, "VAT", true);
	table_column(&table, "gross", true);
	for (uint32_t i = 0; i < DEMO_PROVIDERS; i++) {
		int64_t sums[4] = {0, 0, 0, 0};
		size_t at;
		json_t *statement;
		json_array_foreach(demo->statements, at, statement)
		{
			if (strcmp(call_text(statement, "provider"),
				   demo->world->providers[i].code) != 0)
				continue;
			sums[0] += call_number(statement, "redemption_count");
			sums[1] += call_number(statement, "net_cents");
			sums[2] += call_number(statement, "vat_cents");
			sums[3] += call_number(statement, "gross_cents");
		}
		provider_row(&table, demo->world->providers[i].code, sums);
		for (uint32_t j = 0; j < 4; j++)
			all[j] += sums[j];
	}
	table_totals(&table);
	provider_row(&table, "40 providers", all);
	puts("\nProviders, October and November 2026 (from the statements)");
	table_print(&table, stdout);
	table_free(&table);
}

static void print_refusals(const struct demo *demo)
{
	struct table table = {.column_count = 0};
	const char *code;
	json_t *count;
	table_column(&table, "lines", true);
	table_column(&table, "reason", false);
	table_column(&table, "in words", false);
	json_object_foreach(demo->refusals, code, count)
	{
		enum result result;
		bool is_known = result_from_code(slice_from_text(code), &result);
		ASSERT(is_known);
		table_number(&table, json_integer_value(count));
		table_cell(&table, code);
		table_cell(&table,
			   result_info(result)->title[demo->session->client.options.language]);
	}
	table_totals(&table);
	table_number(&table, demo->refused);
	table_cell(&table, "refused");
	table_cell(&table, "");
	puts("\nRefusals by reason");
	table_print(&table, stdout);
	table_free(&table);
	printf("Disputed, then decided by the office: %u. Sent twice and replayed: %u lines.\n",
	       demo->disputed, demo->replayed);
}

void tables_print(struct demo *demo)
{
	print_comuni(demo);
	print_providers(demo);
	print_refusals(demo);
}
