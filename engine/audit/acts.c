/* Acts: what was recorded is what was asked, for the acts that fix money: tariffs, appropriations,
 * ceilings, the end of a year; and what is announced beside (F105). */
#include "engine/audit/audit.h"

#include <inttypes.h>

static void compare(struct audit *audit, const char *what, int64_t stands, int64_t asked)
{
	if (stands != asked)
		report_fault(audit->report, FAULT_ACT, audit->entry.sequence,
			     "%s is %s, the act says %s", what, money_text(stands).text,
			     money_text(asked).text);
}

enum { DIFFERENCE_KEEP_LINES = 2 };

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

/* What an act does to the sums of a book's slot, and by what amount of its input. */
struct effect {
	uint8_t command;
	uint8_t book;
	uint8_t slot;
	int8_t sign;
	uint8_t amount; /* field of the input */
	const char *what;
};

static const struct effect effects[] = {
    {COMMAND_FUND_YEAR_APPROVE, BOOK_FUND, F100, 1, IN_FUND_YEAR_APPROVE_ASCERTAINED_CENTS,
     "the appropriation"},
    {COMMAND_FUND_YEAR_ASCERTAIN, BOOK_FUND, F100, 1, IN_FUND_YEAR_ASCERTAIN_AMOUNT_CENTS,
     "what was ascertained"},
    {COMMAND_FUND_YEAR_APPLY_SURPLUS, BOOK_FUND, F100, 1,
     IN_FUND_YEAR_APPLY_SURPLUS_AMOUNT_CENTS, "the surplus that is applied"},
    {COMMAND_FUND_YEAR_CLOSE, BOOK_FUND, F185, 1, IN_FUND_YEAR_CLOSE_CARRIED_CENTS,
     "what is carried forward"},
    {COMMAND_FUND_YEAR_CLOSE, BOOK_FUND, F187, 1, IN_FUND_YEAR_CLOSE_RETURNED_CENTS,
     "what is returned"},
    {COMMAND_RECOVERY_WRITE_OFF, BOOK_FUND, F195, 1, IN_RECOVERY_WRITE_OFF_AMOUNT_CENTS,
     "what is written off"},
    {COMMAND_CEILING_SET, BOOK_CEILING, C100, 1, IN_CEILING_SET_AMOUNT_CENTS, "the ceiling"},
    {COMMAND_CEILING_RAISE, BOOK_CEILING, C100, 1, IN_CEILING_RAISE_AMOUNT_CENTS,
     "what the ceiling is raised by"},
    {COMMAND_CEILING_LOWER, BOOK_CEILING, C100, -1, IN_CEILING_LOWER_AMOUNT_CENTS,
     "what the ceiling is lowered by"},
    {COMMAND_CEILING_AUTHORISE_OVERRIDE, BOOK_CEILING, C150, 1,
     IN_CEILING_AUTHORISE_OVERRIDE_AMOUNT_CENTS, "the overrun that is authorised"},
};

/* The postings of an act come to its amount; a refusal has none. */
static void judge_effects(struct audit *audit)
{
	const struct entry *entry = &audit->entry;
	const struct act *act = &audit->act;
	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++)
		if (effects[i].command == act->command && entry->posting_count > 0)
			compare(audit, effects[i].what,
				effects[i].sign *
				    added_to(entry, effects[i].book, effects[i].slot),
				act->input[effects[i].amount]);
	if (entry->posting_count == 0)
		return;
	if (act->command == COMMAND_FUND_YEAR_VARY)
		compare(audit, "the variation", added_to(entry, BOOK_FUND, F100),
			act->input[IN_FUND_YEAR_VARY_INCREASE_CENTS] -
			    act->input[IN_FUND_YEAR_VARY_DECREASE_CENTS]);
	else if (act->command == COMMAND_CEILING_TRANSFER)
		compare(audit, "what a transfer adds to both ceilings",
			added_to(entry, BOOK_CEILING, C100), 0);
}

/* Below what is used: what cannot be taken from the granted part stands as shortfall. */
static void judge_lowering(struct audit *audit)
{
	const struct act *act = &audit->act;
	if (act->command != COMMAND_CEILING_LOWER_BELOW_USED)
		return;
	const struct write *ceiling = entry_write(&audit->entry, KIND_CEILING,
						  act->input[IN_CEILING_LOWER_BELOW_USED_CEILING]);
	if (ceiling != NULL)
		compare(audit, "what the ceiling is lowered by",
			ceiling->after[CEILING_SHORTFALL_CENTS] -
			    ceiling->before[CEILING_SHORTFALL_CENTS] -
			    added_to(&audit->entry, BOOK_CEILING, C100),
			act->input[IN_CEILING_LOWER_BELOW_USED_AMOUNT_CENTS]);
}

/* ---- F105: what was announced and is not ascertained yet ---- */

/* What is left of an amount, at least nothing. */
static int64_t left_of(int64_t amount, int64_t less)
{
	int64_t left = 0;
	return !__builtin_sub_overflow(amount, less, &left) && left > 0 ? left : 0;
}

/* What F105 of this fund year must be after the entry, `before` what it was. */
static int64_t expected_after(const struct audit *audit, const struct write *year, int64_t before)
{
	const int64_t *input = audit->act.input;
	bool keeps_lines = year->after[FUND_YEAR_DIFFERENCE] == DIFFERENCE_KEEP_LINES;
	switch (audit->act.command) {
	case COMMAND_FUND_YEAR_PROPOSE:
		return input[IN_FUND_YEAR_PROPOSE_STATED_CENTS];
	case COMMAND_FUND_YEAR_APPROVE:
		return left_of(
		    year->after[keeps_lines ? FUND_YEAR_LINES_CENTS : FUND_YEAR_STATED_CENTS],
		    input[IN_FUND_YEAR_APPROVE_ASCERTAINED_CENTS]);
	case COMMAND_FUND_YEAR_ASCERTAIN:
		return left_of(before, input[IN_FUND_YEAR_ASCERTAIN_AMOUNT_CENTS]);
	default:
		return before;
	}
}

static void compare_expected(struct audit *audit, int64_t id, const struct write *year)
{
	int64_t account = id * FUND_SLOTS + F105;
	int64_t stands = audit_field(audit, KIND_FUND_ACCOUNT, account, 0);
	const struct write *written = entry_write(&audit->entry, KIND_FUND_ACCOUNT, account);
	int64_t before = written != NULL ? written->before[0] : stands;
	int64_t computed = year != NULL && audit->act.is_known
			       ? expected_after(audit, year, before)
			       : before;
	if (stands != computed)
		report_fault(audit->report, FAULT_BALANCE, audit->entry.sequence,
			     "fund year %" PRId64 ", F105 says %s, its acts come to %s", id,
			     money_text(stands).text, money_text(computed).text);
}

/* Every fund year that the entry writes, and every F105 that it writes without. */
static void judge_expected(struct audit *audit)
{
	const struct entry *entry = &audit->entry;
	for (uint32_t i = 0; i < entry->write_count; i++) {
		const struct write *write = &entry->writes[i];
		if (write->kind == KIND_FUND_YEAR)
			compare_expected(audit, write->id, write);
		else if (write->kind == KIND_FUND_ACCOUNT && write->id % FUND_SLOTS == F105 &&
			 entry_write(entry, KIND_FUND_YEAR, write->id / FUND_SLOTS) == NULL)
			compare_expected(audit, write->id / FUND_SLOTS, NULL);
	}
}

void acts_judge(struct audit *audit)
{
	judge_tariffs(audit);
	judge_expected(audit);
	if (!audit->act.is_known)
		return;
	judge_effects(audit);
	judge_lowering(audit);
}
