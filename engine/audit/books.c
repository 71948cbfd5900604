/* Books: every balance is the sum of its postings, none is below zero, and what a title's month, a
 * fund's year, a ceiling and a bill hold is what was posted on them. */
#include "engine/audit/audit.h"

#include <inttypes.h>

/* Places in audit->cells. */
enum { CELL_RESERVED, CELL_COMMITTED, CELL_DISPUTED, CELL_COUNTED };

bool books_is_counted(uint32_t slot)
{
	return slot == F120 || (slot >= F140 && slot <= F175) || slot == F190 || slot == F195;
}

static const uint32_t slot_ends[] = {0, FUND_SLOT_END, CEILING_SLOT_END, UNIT_SLOT_END,
				     RECEIVABLE_SLOT_END};
static const char book_letters[] = "?FCUR";

/* Moves an amount from one slot to another of an account that begins at `base`; the contra account,
 * slot 0, grows when it gives. */
static void move(struct numbers *numbers, size_t base, const struct posting *posting)
{
	int64_t *from = numbers_at(numbers, base + posting->from);
	if (from != NULL)
		*from += posting->from == 0 ? posting->amount : -posting->amount;
	int64_t *to = numbers_at(numbers, base + posting->to);
	if (to != NULL)
		*to += posting->to == 0 ? -posting->amount : posting->amount;
}

static void add(struct numbers *numbers, size_t index, int64_t amount)
{
	int64_t *at = numbers_at(numbers, index);
	if (at != NULL)
		*at += amount;
}

/* What one side of a posting on book F does to its cell. */
static void add_to_cell(struct audit *audit, uint32_t cell, uint32_t slot, int64_t amount)
{
	size_t base = (size_t)cell * CELL_SLOTS;
	if (slot == F120)
		add(&audit->cells, base + CELL_RESERVED, amount);
	if (slot == F140)
		add(&audit->cells, base + CELL_COMMITTED, amount);
	if (slot == F155)
		add(&audit->cells, base + CELL_DISPUTED, amount);
	if (books_is_counted(slot))
		add(&audit->cells, base + CELL_COUNTED, amount);
}

static void post(struct audit *audit, const struct posting *posting)
{
	switch ((enum book)posting->book) {
	case BOOK_FUND:
		move(&audit->funds, (size_t)posting->fund_year * FUND_SLOTS, posting);
		if (posting->cell != 0) {
			add_to_cell(audit, posting->cell, posting->from, -posting->amount);
			add_to_cell(audit, posting->cell, posting->to, posting->amount);
		}
		break;
	case BOOK_CEILING:
		move(&audit->ceilings, (size_t)posting->ceiling * CEILING_SLOTS, posting);
		break;
	case BOOK_UNITS:
		move(&audit->units, (size_t)posting->cell * UNIT_SLOTS, posting);
		break;
	case BOOK_RECEIVABLE:
		break;
	}
}

/* May this posting stand at all? */
static bool is_sound(const struct audit *audit, const struct posting *posting)
{
	const uint32_t *counts = audit->ledger.counts;
	if (posting->book < BOOK_FUND || posting->book > BOOK_RECEIVABLE || posting->amount < 0)
		return false;
	uint32_t end = slot_ends[posting->book];
	if (posting->from >= end || posting->to >= end)
		return false;
	if (posting->from == posting->to && posting->kind != POSTING_PAYEE_SUCCESSION)
		return false;
	if (posting->fund_year > counts[KIND_FUND_YEAR] ||
	    posting->ceiling > counts[KIND_CEILING] || posting->cell > counts[KIND_CELL] ||
	    posting->comune > counts[KIND_COMUNE] || posting->voucher > counts[KIND_VOUCHER] ||
	    posting->provider > counts[KIND_PROVIDER] ||
	    posting->statement > counts[KIND_STATEMENT])
		return false;
	return (posting->book != BOOK_FUND || posting->fund_year != 0) &&
	       (posting->book != BOOK_CEILING || posting->ceiling != 0) &&
	       (posting->book != BOOK_UNITS || posting->cell != 0);
}

static void compare(struct audit *audit, char book, const char *what, int64_t id, uint32_t slot,
		    int64_t stands, int64_t computed)
{
	if (stands == computed && computed >= 0)
		return;
	if (stands != computed)
		report_fault(audit->report, FAULT_BALANCE, audit->entry.sequence,
			     "%s %" PRId64 ", book %c slot %u: it says %s, its postings come to %s",
			     what, id, book, slot, money_text(stands).text,
			     money_text(computed).text);
	else
		report_fault(audit->report, FAULT_BALANCE, audit->entry.sequence,
			     "%s %" PRId64 ", book %c slot %u is below zero: %s", what, id, book,
			     slot, money_text(stands).text);
}

static void compare_account(struct audit *audit, uint32_t kind, int64_t id)
{
	bool is_fund = kind == KIND_FUND_ACCOUNT;
	int64_t slots = is_fund ? FUND_SLOTS : CEILING_SLOTS;
	if (is_fund && id % slots == F105)
		return; /* a memo outside the identity, and without postings: see acts.c */
	compare(audit, is_fund ? 'F' : 'C', is_fund ? "fund year" : "ceiling", id / slots,
		(uint32_t)(id % slots), ledger_row(&audit->ledger, kind, id)[0],
		numbers_get(is_fund ? &audit->funds : &audit->ceilings, (size_t)id));
}

static void compare_cell(struct audit *audit, int64_t id)
{
	static const struct {
		uint32_t field;
		uint32_t place;
		uint32_t slot;
		bool is_units;
	} pairs[] = {
	    {CELL_RESERVED_CENTS, CELL_RESERVED, F120, false},
	    {CELL_COMMITTED_CENTS, CELL_COMMITTED, F140, false},
	    {CELL_DISPUTED_CENTS, CELL_DISPUTED, F155, false},
	    {CELL_HELD_CENTS, CELL_COUNTED, F100, false},
	    {CELL_GRANTED_UNITS, U100, U100, true},
	    {CELL_FREE_UNITS, U110, U110, true},
	    {CELL_BOOKED_UNITS, U120, U120, true},
	    {CELL_USED_UNITS, U130, U130, true},
	    {CELL_EXPIRED_UNITS, U150, U150, true},
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		compare(audit, pairs[i].is_units ? 'U' : 'F', "cell", id, pairs[i].slot,
			audit_field(audit, KIND_CELL, id, pairs[i].field),
			numbers_get(pairs[i].is_units ? &audit->units : &audit->cells,
				    (size_t)id * CELL_SLOTS + pairs[i].place));
}

/* Book R has no account of its own in a posting: what the entry posts is what its bills change by.
 */
static void compare_receivables(struct audit *audit)
{
	static const uint32_t fields[RECEIVABLE_SLOT_END] = {[R200] = RECEIVABLE_CHARGED_CENTS,
							     [R210] = RECEIVABLE_DUE_CENTS,
							     [R220] = RECEIVABLE_COLLECTED_CENTS,
							     [R230] = RECEIVABLE_ARREARS_CENTS,
							     [R240] = RECEIVABLE_WAIVED_CENTS};
	int64_t posted[RECEIVABLE_SLOT_END] = {0};
	int64_t changed[RECEIVABLE_SLOT_END] = {0};
	const struct entry *entry = &audit->entry;
	for (uint32_t i = 0; i < entry->posting_count; i++) {
		const struct posting *posting = &entry->postings[i];
		if (posting->book != BOOK_RECEIVABLE)
			continue;
		posted[posting->from] += posting->from == R200 ? posting->amount : -posting->amount;
		posted[posting->to] += posting->to == R200 ? -posting->amount : posting->amount;
	}
	for (uint32_t i = 0; i < entry->write_count; i++) {
		const struct write *write = &entry->writes[i];
		if (write->kind != KIND_RECEIVABLE)
			continue;
		for (uint32_t slot = 0; slot < RECEIVABLE_SLOT_END; slot++)
			changed[slot] += write->after[fields[slot]] - write->before[fields[slot]];
	}
	for (uint32_t slot = 0; slot < RECEIVABLE_SLOT_END; slot++)
		if (posted[slot] != changed[slot])
			report_fault(audit->report, FAULT_BALANCE, entry->sequence,
				     "book R slot %u: bills change by %s, postings by %s", slot,
				     money_text(changed[slot]).text, money_text(posted[slot]).text);
}

/* An account that was written or posted on stands as its postings make it. */
static void compare_touched(struct audit *audit)
{
	const struct entry *entry = &audit->entry;
	for (uint32_t i = 0; i < entry->write_count; i++) {
		const struct write *write = &entry->writes[i];
		if (write->kind == KIND_FUND_ACCOUNT || write->kind == KIND_CEILING_ACCOUNT)
			compare_account(audit, write->kind, write->id);
		else if (write->kind == KIND_CELL)
			compare_cell(audit, write->id);
	}
	for (uint32_t i = 0; i < entry->posting_count; i++) {
		const struct posting *posting = &entry->postings[i];
		uint32_t kind =
		    posting->book == BOOK_FUND ? KIND_FUND_ACCOUNT : KIND_CEILING_ACCOUNT;
		int64_t base = posting->book == BOOK_FUND ? posting->fund_year * FUND_SLOTS
							  : posting->ceiling * CEILING_SLOTS;
		bool has_account = posting->book == BOOK_FUND || posting->book == BOOK_CEILING;
		if (has_account && entry_write(entry, kind, base + posting->from) == NULL)
			compare_account(audit, kind, base + posting->from);
		if (has_account && entry_write(entry, kind, base + posting->to) == NULL)
			compare_account(audit, kind, base + posting->to);
		if (posting->cell != 0 && posting->book != BOOK_RECEIVABLE &&
		    entry_write(entry, KIND_CELL, posting->cell) == NULL)
			compare_cell(audit, posting->cell);
	}
}

void books_judge(struct audit *audit)
{
	const struct entry *entry = &audit->entry;
	for (uint32_t i = 0; i < entry->posting_count; i++) {
		const struct posting *posting = &entry->postings[i];
		if (!is_sound(audit, posting)) {
			report_fault(audit->report, FAULT_ENTRY, entry->sequence,
				     "posting %u of book %c names an account that cannot be", i + 1,
				     posting->book <= BOOK_RECEIVABLE ? book_letters[posting->book]
								      : '?');
			return;
		}
		post(audit, posting);
	}
	compare_touched(audit);
	compare_receivables(audit);
}

/* F100 = F110 + … + F195 for each fund year, C100 = C120 + … + C150 for each ceiling, and every
 * account as it stands at the end. */
void books_end(struct audit *audit)
{
	audit->entry.sequence = audit->next - 1;
	for (uint32_t id = 1; id <= audit->ledger.counts[KIND_FUND_ACCOUNT]; id++)
		compare_account(audit, KIND_FUND_ACCOUNT, id);
	for (uint32_t id = 1; id <= audit->ledger.counts[KIND_CEILING_ACCOUNT]; id++)
		compare_account(audit, KIND_CEILING_ACCOUNT, id);
	for (uint32_t year = 1; year <= audit->ledger.counts[KIND_FUND_YEAR]; year++) {
		int64_t cells = 0;
		for (uint32_t id = 1; id <= audit->ledger.counts[KIND_CELL]; id++)
			if (audit_field(audit, KIND_CELL, id, CELL_FUND_YEAR) == year)
				cells += audit_field(audit, KIND_CELL, id, CELL_COMMITTED_CENTS);
		compare(audit, 'F', "all cells of fund year", year, F140, cells,
			numbers_get(&audit->funds, (size_t)year * FUND_SLOTS + F140));
	}
}
