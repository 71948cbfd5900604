/* Ceilings: whatever a title's month takes from its fund, or gives back, is counted by every
 * ceiling whose dimensions it lies in; and nothing is taken beyond what a hard one grants.
 *
 * Only ceilings on gross promises are matched cent by cent: those with a provider count from its
 * choice, those net of co-pay by the person's part, those on what is redeemed may be exceeded. */
#include "engine/audit/audit.h"

#include <inttypes.h>

/* What ceilings are matched by. */
struct scope {
	int64_t ambito;
	int64_t fund;
	int64_t comune;
	int64_t sub_ambito;
	int64_t service;
	int64_t beneficiary;
	int64_t measure;
	int64_t month;
	int64_t year;
};

static struct scope scope_of(const struct audit *audit, uint32_t cell, uint32_t comune)
{
	const int64_t *row = ledger_row(&audit->ledger, KIND_CELL, cell);
	const int64_t *voucher = ledger_row(&audit->ledger, KIND_VOUCHER, row[CELL_VOUCHER]);
	const int64_t *year = ledger_row(&audit->ledger, KIND_FUND_YEAR, row[CELL_FUND_YEAR]);
	int64_t line = voucher[VOUCHER_FIRST_LINE] + row[CELL_LINE];
	return (struct scope){
	    .ambito = voucher[VOUCHER_AMBITO],
	    .fund = year[FUND_YEAR_FUND],
	    .comune = comune,
	    .sub_ambito = audit_field(audit, KIND_COMUNE, comune, COMUNE_SUB_AMBITO),
	    .service = audit_field(audit, KIND_VOUCHER_LINE, line, VOUCHER_LINE_SERVICE),
	    .beneficiary = voucher[VOUCHER_BENEFICIARY],
	    .measure = voucher[VOUCHER_MEASURE],
	    .month = row[CELL_MONTH],
	    .year = year[FUND_YEAR_YEAR],
	};
}

static bool is_any_or(int64_t dimension, int64_t value)
{
	return dimension == 0 || dimension == value;
}

static bool lies_in(const int64_t *ceiling, const struct scope *scope)
{
	return ceiling[CEILING_AMBITO] == scope->ambito &&
	       is_any_or(ceiling[CEILING_FUND], scope->fund) &&
	       is_any_or(ceiling[CEILING_COMUNE], scope->comune) &&
	       is_any_or(ceiling[CEILING_SUB_AMBITO], scope->sub_ambito) &&
	       is_any_or(ceiling[CEILING_SERVICE], scope->service) &&
	       is_any_or(ceiling[CEILING_BENEFICIARY], scope->beneficiary) &&
	       is_any_or(ceiling[CEILING_MEASURE], scope->measure) &&
	       is_any_or(ceiling[CEILING_MONTH], scope->month) &&
	       is_any_or(ceiling[CEILING_YEAR], scope->year);
}

/* Is it matched cent by cent? */
static bool counts(const int64_t *ceiling, const struct scope *scope)
{
	return ceiling[CEILING_BASIS] == CEILING_COMMITMENT_GROSS &&
	       ceiling[CEILING_PROVIDER] == 0 && lies_in(ceiling, scope);
}

bool ceilings_have_room(const struct audit *audit, uint32_t cell, uint32_t comune)
{
	struct scope scope = scope_of(audit, cell, comune);
	for (uint32_t id = 1; id <= audit->ledger.counts[KIND_CEILING]; id++) {
		const int64_t *ceiling = ledger_row(&audit->ledger, KIND_CEILING, id);
		size_t base = (size_t)id * CEILING_SLOTS;
		if (lies_in(ceiling, &scope) && (ceiling[CEILING_STATE] != CEILING_ACTIVE ||
						 numbers_get(&audit->ceilings, base + C120) < 1))
			return false;
	}
	return true;
}

/* What a posting on book F adds to what ceilings count of its cell. */
static int64_t counted_by(const struct posting *posting)
{
	int64_t amount = 0;
	if (posting->book != BOOK_FUND)
		return 0;
	if (books_is_counted(posting->to))
		amount += posting->amount;
	if (books_is_counted(posting->from))
		amount -= posting->amount;
	return amount;
}

/* The same of one on book C: from and to its reserved and used parts. */
static int64_t charged_by(const struct posting *posting)
{
	int64_t amount = 0;
	if (posting->to == C130 || posting->to == C140)
		amount += posting->amount;
	if (posting->from == C130 || posting->from == C140)
		amount -= posting->amount;
	return amount;
}

/* The sums of this entry for one cell and comune: of book F, or of book C on one ceiling. */
static int64_t sum_of_entry(const struct entry *entry, const struct posting *like, uint32_t ceiling)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < entry->posting_count; i++) {
		const struct posting *posting = &entry->postings[i];
		if (posting->cell != like->cell || posting->comune != like->comune)
			continue;
		if (ceiling == 0)
			sum += counted_by(posting);
		else if (posting->book == BOOK_CEILING && posting->ceiling == ceiling)
			sum += charged_by(posting);
	}
	return sum;
}

/* Is this the entry's first posting on its cell and comune that ceilings count? */
static bool is_first_of_cell(const struct entry *entry, uint32_t place)
{
	const struct posting *posting = &entry->postings[place];
	for (uint32_t i = 0; i < place; i++)
		if (entry->postings[i].cell == posting->cell &&
		    entry->postings[i].comune == posting->comune &&
		    counted_by(&entry->postings[i]) != 0)
			return false;
	return true;
}

static void judge_cell(struct audit *audit, const struct posting *posting)
{
	struct scope scope = scope_of(audit, posting->cell, posting->comune);
	int64_t counted = sum_of_entry(&audit->entry, posting, 0);
	for (uint32_t id = 1; id <= audit->ledger.counts[KIND_CEILING]; id++) {
		if (!counts(ledger_row(&audit->ledger, KIND_CEILING, id), &scope))
			continue;
		int64_t charged = sum_of_entry(&audit->entry, posting, id);
		if (charged != counted)
			report_fault(audit->report, FAULT_CEILING, audit->entry.sequence,
				     "ceiling %u was charged %s for cell %u, its fund year %s", id,
				     money_text(charged).text, posting->cell,
				     money_text(counted).text);
	}
}

/* Only a soft ceiling, and a title that no ceiling refuses, may take more than is granted. */
static void judge_overrun(struct audit *audit, const struct posting *posting)
{
	if (posting->book != BOOK_CEILING || posting->from != C100 ||
	    (posting->to != C130 && posting->to != C140))
		return;
	const int64_t *ceiling = ledger_row(&audit->ledger, KIND_CEILING, posting->ceiling);
	if (ceiling[CEILING_MODE] != CEILING_SOFT &&
	    audit_field(audit, KIND_VOUCHER, posting->voucher, VOUCHER_PRIORITY) == 0)
		report_fault(audit->report, FAULT_CEILING, audit->entry.sequence,
			     "ceiling %u, which is not soft, was exceeded by %s", posting->ceiling,
			     money_text(posting->amount).text);
}

void ceilings_judge(struct audit *audit)
{
	const struct entry *entry = &audit->entry;
	for (uint32_t i = 0; i < entry->posting_count; i++) {
		const struct posting *posting = &entry->postings[i];
		judge_overrun(audit, posting);
		if (posting->cell != 0 && counted_by(posting) != 0 && is_first_of_cell(entry, i))
			judge_cell(audit, posting);
	}
}
