/* Acts: what was recorded is what was asked, for the acts that fix money: tariffs, appropriations,
 * ceilings. */
#include "engine/audit/audit.h"

#include <inttypes.h>

static void compare(struct audit *audit, const char *what, int64_t stands, int64_t asked)
{
	if (stands != asked)
		report_fault(audit->report, FAULT_ACT, audit->entry.sequence,
			     "%s is %s, the act says %s", what, money_text(stands).text,
			     money_text(asked).text);
}

/* A tariff is made by its own command, once, and never changed. */
static void judge_tariffs(struct audit *audit)
{
	const struct entry *entry = &audit->entry;
	for (uint32_t i = 0; i < entry->write_count; i++) {
		const struct write *write = &entry->writes[i];
		if (write->kind != KIND_TARIFF)
			continue;
		bool is_new = write->before[TARIFF_SERVICE] == 0;
		const int64_t *input = entry->input;
		if (entry->command != COMMAND_TARIFF_CREATE || !is_new ||
		    write->after[TARIFF_SERVICE] != input[IN_TARIFF_CREATE_SERVICE] ||
		    write->after[TARIFF_VALID_FROM] != input[IN_TARIFF_CREATE_VALID_FROM] ||
		    write->after[TARIFF_NET_CENTS] != input[IN_TARIFF_CREATE_NET_CENTS])
			report_fault(audit->report, FAULT_TARIFF, entry->sequence,
				     "tariff %u, %s net, is not the one that an act set", write->id,
				     money_text(write->after[TARIFF_NET_CENTS]).text);
	}
}

/* What the entry's postings add to a slot of any account of a book. */
static int64_t added_to(const struct entry *entry, uint8_t book, uint8_t slot)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < entry->posting_count; i++) {
		const struct posting *posting = &entry->postings[i];
		if (posting->book != book)
			continue;
		int64_t sign = slot == 0 ? -1 : 1; /* the contra account grows when it gives */
		if (posting->to == slot)
			sum += sign * posting->amount;
		if (posting->from == slot)
			sum -= sign * posting->amount;
	}
	return sum;
}

/* F100 moves by approval and variation alone, each by its amount. */
static void judge_appropriation(struct audit *audit)
{
	const struct entry *entry = &audit->entry;
	const int64_t *input = entry->input;
	int64_t added = added_to(entry, BOOK_FUND, F100);
	bool is_done = entry->posting_count > 0;
	if (entry->command == COMMAND_FUND_YEAR_APPROVE && is_done)
		compare(audit, "the appropriation", added,
			input[IN_FUND_YEAR_APPROVE_ASCERTAINED_CENTS]);
	else if (entry->command == COMMAND_FUND_YEAR_VARY && is_done)
		compare(audit, "the variation", added,
			input[IN_FUND_YEAR_VARY_INCREASE_CENTS] -
			    input[IN_FUND_YEAR_VARY_DECREASE_CENTS]);
}

/* The granted part of a ceiling moves by its act's amount. */
static void judge_grants(struct audit *audit)
{
	const struct entry *entry = &audit->entry;
	const int64_t *input = entry->input;
	int64_t added = added_to(entry, BOOK_CEILING, C100);
	if (entry->posting_count == 0)
		return;
	if (entry->command == COMMAND_CEILING_SET)
		compare(audit, "the ceiling", added, input[IN_CEILING_SET_AMOUNT_CENTS]);
	else if (entry->command == COMMAND_CEILING_RAISE)
		compare(audit, "what the ceiling is raised by", added,
			input[IN_CEILING_RAISE_AMOUNT_CENTS]);
	else if (entry->command == COMMAND_CEILING_LOWER)
		compare(audit, "what the ceiling is lowered by", -added,
			input[IN_CEILING_LOWER_AMOUNT_CENTS]);
	else if (entry->command == COMMAND_CEILING_TRANSFER)
		compare(audit, "what a transfer adds to both ceilings", added, 0);
}

void acts_judge(struct audit *audit)
{
	judge_tariffs(audit);
	if (!audit->entry.has_input)
		return;
	judge_appropriation(audit);
	judge_grants(audit);
}
