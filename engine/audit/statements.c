/* Statements: lines are the sum of their deliveries, a statement is the sum of its lines; at the
 * freeze VAT is computed once on the total and shared out by largest remainder; what is settled and
 * paid is what was frozen. */
#include "engine/audit/audit.h"

#include <inttypes.h>
#include <stdlib.h>

#define LINES_MAX 4096u

/* Places in audit->lines and audit->statements; a row has four. */
enum { SUM_NET, SUM_GROSS, SUM_UNITS, SUM_RECORDS, SUM_PLACES };
#define SUM_VAT SUM_UNITS
/* Places in audit->paid. */
enum { SETTLED_NET, SETTLED_VAT };

/* Adds to a row of sums; `most`: the highest id there is, an id beyond it is nobody's. */
static void add(struct numbers *numbers, uint32_t most, int64_t row, uint32_t place, int64_t amount)
{
	int64_t *at = row <= most ? numbers_at(numbers, (size_t)row * SUM_PLACES + place) : NULL;
	if (at != NULL)
		*at += amount;
}

static int64_t sum_of(const struct numbers *numbers, int64_t row, uint32_t place)
{
	return numbers_get(numbers, (size_t)row * SUM_PLACES + place);
}

static void compare(struct audit *audit, const char *what, int64_t id, const char *figure,
		    int64_t stands, int64_t computed)
{
	if (stands != computed)
		report_fault(audit->report, FAULT_STATEMENT, audit->entry.sequence,
			     "%s %" PRId64 ": its %s is %s, it comes to %s", what, id, figure,
			     money_text(stands).text, money_text(computed).text);
}

/* ---- Sums ---- */

static bool is_in_line(const int64_t *record)
{
	int64_t state = record[REDEMPTION_STATE];
	return record[REDEMPTION_STATEMENT_LINE] != 0 &&
	       (state == REDEMPTION_ACCEPTED || state == REDEMPTION_MISSED);
}

static void add_record(struct audit *audit, const int64_t *record, int64_t sign)
{
	if (!is_in_line(record))
		return;
	int64_t line = record[REDEMPTION_STATEMENT_LINE];
	uint32_t most = audit->ledger.counts[KIND_STATEMENT_LINE];
	add(&audit->lines, most, line, SUM_NET, sign * record[REDEMPTION_NET_CENTS]);
	add(&audit->lines, most, line, SUM_GROSS, sign * record[REDEMPTION_GROSS_CENTS]);
	add(&audit->lines, most, line, SUM_UNITS, sign * record[REDEMPTION_UNITS]);
	add(&audit->lines, most, line, SUM_RECORDS, sign);
}

static void add_line(struct audit *audit, const int64_t *line, int64_t sign)
{
	int64_t statement = line[STATEMENT_LINE_STATEMENT];
	uint32_t most = audit->ledger.counts[KIND_STATEMENT];
	if (statement == 0)
		return;
	add(&audit->statements, most, statement, SUM_NET, sign * line[STATEMENT_LINE_NET_CENTS]);
	add(&audit->statements, most, statement, SUM_GROSS,
	    sign * line[STATEMENT_LINE_GROSS_CENTS]);
	add(&audit->statements, most, statement, SUM_VAT, sign * line[STATEMENT_LINE_VAT_CENTS]);
}

static void add_writes(struct audit *audit)
{
	const struct entry *entry = &audit->entry;
	for (uint32_t i = 0; i < entry->write_count; i++) {
		const struct write *write = &entry->writes[i];
		if (write->kind == KIND_REDEMPTION) {
			add_record(audit, write->before, -1);
			add_record(audit, write->after, 1);
		} else if (write->kind == KIND_STATEMENT_LINE) {
			add_line(audit, write->before, -1);
			add_line(audit, write->after, 1);
		}
	}
}

/* Are these statements' figures final? */
static bool is_frozen(int64_t state)
{
	return state != STATEMENT_OPEN && state != STATEMENT_CONTESTED && state != 0;
}

/* Before the approval lines follow their deliveries; from then on they stand, and what is reversed
 * stands beside them. */
static void judge_line(struct audit *audit, int64_t id)
{
	const int64_t *line = ledger_row(&audit->ledger, KIND_STATEMENT_LINE, id);
	int64_t statement = line[STATEMENT_LINE_STATEMENT];
	const int64_t *row = ledger_row(&audit->ledger, KIND_STATEMENT, statement);
	int64_t state = row[STATEMENT_STATE];
	if (state > STATEMENT_INVOICED)
		return;
	compare(audit, "statement line", id, "units", line[STATEMENT_LINE_UNITS],
		sum_of(&audit->lines, id, SUM_UNITS));
	compare(audit, "statement line", id, "number of deliveries",
		line[STATEMENT_LINE_REDEMPTION_COUNT], sum_of(&audit->lines, id, SUM_RECORDS));
	if (row[STATEMENT_NET_OF_COPAY] == 0)
		compare(audit, "statement line", id, "net", line[STATEMENT_LINE_NET_CENTS],
			sum_of(&audit->lines, id, SUM_NET));
	if (is_frozen(state))
		compare(audit, "statement line", id, "gross", line[STATEMENT_LINE_GROSS_CENTS],
			line[STATEMENT_LINE_NET_CENTS] + line[STATEMENT_LINE_VAT_CENTS]);
	if (state == STATEMENT_OPEN)
		compare(audit, "statement line", id, "provisional gross",
			line[STATEMENT_LINE_GROSS_CENTS], sum_of(&audit->lines, id, SUM_GROSS));
}

/* What the entry puts into F150 of a cell, and takes out of it; `ret_settles`: by a settlement. */
static int64_t redeemed_of(const struct entry *entry, int64_t cell, bool *ret_settles)
{
	int64_t sum = 0;
	*ret_settles = false;
	for (uint32_t i = 0; i < entry->posting_count; i++) {
		const struct posting *posting = &entry->postings[i];
		if (posting->book != BOOK_FUND || posting->cell != cell)
			continue;
		sum += posting->to == F150 ? posting->amount : 0;
		sum -= posting->from == F150 ? posting->amount : 0;
		*ret_settles |=
		    posting->kind == POSTING_SETTLE || posting->kind == POSTING_SETTLE_VAT;
	}
	return sum;
}

/* The gross of a cell's lines moves by what is posted on its F150. */
static void judge_redeemed(struct audit *audit, int64_t cell)
{
	const struct entry *entry = &audit->entry;
	bool settles;
	int64_t posted = redeemed_of(entry, cell, &settles);
	int64_t moved = 0;
	for (uint32_t i = 0; i < entry->write_count; i++) {
		const struct write *write = &entry->writes[i];
		if (write->kind == KIND_STATEMENT_LINE && write->after[STATEMENT_LINE_CELL] == cell)
			moved += write->after[STATEMENT_LINE_GROSS_CENTS] -
				 write->before[STATEMENT_LINE_GROSS_CENTS];
	}
	if (!settles)
		compare(audit, "lines of cell", cell, "change of gross", moved, posted);
}

static void judge_sums(struct audit *audit, int64_t id)
{
	const int64_t *row = ledger_row(&audit->ledger, KIND_STATEMENT, id);
	compare(audit, "statement", id, "net", row[STATEMENT_NET_CENTS],
		sum_of(&audit->statements, id, SUM_NET));
	compare(audit, "statement", id, "gross", row[STATEMENT_GROSS_CENTS],
		sum_of(&audit->statements, id, SUM_GROSS));
	if (!is_frozen(row[STATEMENT_STATE]))
		return;
	int64_t vat = money_part(row[STATEMENT_NET_CENTS], row[STATEMENT_VAT_BP], BASIS_POINTS);
	if (row[STATEMENT_NET_OF_COPAY] != 0)
		vat = row[STATEMENT_GROSS_CENTS] - money_part(row[STATEMENT_GROSS_CENTS],
							      BASIS_POINTS,
							      BASIS_POINTS + row[STATEMENT_VAT_BP]);
	compare(audit, "statement", id, "VAT", row[STATEMENT_VAT_CENTS], vat);
	compare(audit, "statement", id, "gross", row[STATEMENT_GROSS_CENTS],
		row[STATEMENT_NET_CENTS] + row[STATEMENT_VAT_CENTS]);
	compare(audit, "statement", id, "VAT of all lines", sum_of(&audit->statements, id, SUM_VAT),
		row[STATEMENT_VAT_CENTS]);
}

/* ---- The allotment of VAT ---- */

/* A line in the order of its claim to a left-over cent: ISTAT code, fund, title, line. */
struct ranked {
	uint64_t keys[4];
};

static int compare_ranked(const void *left_item, const void *right_item)
{
	const struct ranked *left = left_item;
	const struct ranked *right = right_item;
	for (int i = 0; i < 4; i++)
		if (left->keys[i] != right->keys[i])
			return left->keys[i] < right->keys[i] ? -1 : 1;
	return 0;
}

static uint32_t rank_lines(const struct audit *audit, const int64_t *statement,
			   struct ranked *lines)
{
	uint32_t count = 0;
	int64_t id = statement[STATEMENT_FIRST_LINE];
	while (id != 0 && count < LINES_MAX) {
		const int64_t *line = ledger_row(&audit->ledger, KIND_STATEMENT_LINE, id);
		lines[count++] = (struct ranked){
		    .keys = {(uint64_t)audit_field(audit, KIND_COMUNE, line[STATEMENT_LINE_COMUNE],
						   COMUNE_ISTAT_CODE),
			     (uint64_t)audit_field(audit, KIND_FUND_YEAR,
						   line[STATEMENT_LINE_FUND_YEAR], FUND_YEAR_FUND),
			     (uint64_t)line[STATEMENT_LINE_VOUCHER], (uint64_t)id}};
		id = line[STATEMENT_LINE_NEXT_IN_STATEMENT];
	}
	qsort(lines, count, sizeof(*lines), compare_ranked);
	return count;
}

/* Could this line not have had a cent more? Its month has no money left for this provider, and none
 * may be promised anew: the fund's year, the impegno, a cap or a ceiling has no room. */
static bool is_poor(const struct audit *audit, const int64_t *line, int64_t provider)
{
	const int64_t *cell = ledger_row(&audit->ledger, KIND_CELL, line[STATEMENT_LINE_CELL]);
	const int64_t *voucher = ledger_row(&audit->ledger, KIND_VOUCHER, cell[CELL_VOUCHER]);
	const int64_t *commitment =
	    ledger_row(&audit->ledger, KIND_COMMITMENT, cell[CELL_COMMITMENT]);
	int64_t year = cell[CELL_FUND_YEAR];
	if (cell[CELL_COMMITTED_CENTS] > 0 && cell[CELL_KEPT] == 0 &&
	    voucher[VOUCHER_PROVIDER] == provider)
		return false;
	return voucher[VOUCHER_SHARE_COUNT] != 0 ||
	       audit_field(audit, KIND_FUND_YEAR, year, FUND_YEAR_STATE) != FUND_YEAR_OPEN ||
	       numbers_get(&audit->funds, (size_t)year * FUND_SLOTS + F110) < 1 ||
	       commitment[COMMITMENT_AMOUNT_CENTS] <= commitment[COMMITMENT_DRAWN_CENTS] ||
	       !ceilings_have_room(audit, (uint32_t)line[STATEMENT_LINE_CELL],
				   (uint32_t)line[STATEMENT_LINE_COMUNE]);
}

/* A line has less than its part only where no cent could be had; what it lacks, others bear. */
static void judge_parts(struct audit *audit, const struct ranked *lines, const int64_t *parts,
			uint32_t count, int64_t provider)
{
	int64_t lacking = 0;
	for (uint32_t i = 0; i < count; i++) {
		int64_t id = (int64_t)lines[i].keys[3];
		const int64_t *line = ledger_row(&audit->ledger, KIND_STATEMENT_LINE, id);
		int64_t less = parts[i] - line[STATEMENT_LINE_VAT_CENTS];
		if (less > 0 && is_poor(audit, line, provider))
			lacking += less;
		else if (less != 0)
			lacking = less < 0 && lacking + less >= 0 ? lacking + less : INT64_MIN / 2;
		if (lacking < 0) {
			report_fault(audit->report, FAULT_STATEMENT, audit->entry.sequence,
				     "statement line %" PRId64 ": VAT %s, its part by largest "
				     "remainder is %s",
				     id, money_text(line[STATEMENT_LINE_VAT_CENTS]).text,
				     money_text(parts[i]).text);
			return;
		}
	}
}

static void judge_allotment(struct audit *audit, const int64_t *statement)
{
	struct ranked *lines = calloc(LINES_MAX, sizeof(struct ranked));
	int64_t *weights = calloc(2 * LINES_MAX, sizeof(int64_t));
	bool is_public = statement[STATEMENT_NET_OF_COPAY] != 0;
	if (lines != NULL && weights != NULL) {
		uint32_t count = rank_lines(audit, statement, lines);
		int64_t *parts = weights + LINES_MAX;
		for (uint32_t i = 0; i < count; i++)
			weights[i] = audit_field(
			    audit, KIND_STATEMENT_LINE, (int64_t)lines[i].keys[3],
			    is_public ? STATEMENT_LINE_GROSS_CENTS : STATEMENT_LINE_NET_CENTS);
		money_divide(statement[STATEMENT_VAT_CENTS], weights, count, parts);
		judge_parts(audit, lines, parts, count, statement[STATEMENT_PROVIDER]);
	}
	free(lines);
	free(weights);
}

static void judge_freeze(struct audit *audit, const struct write *write)
{
	const int64_t *row = write->after;
	if (row[STATEMENT_STATE] != STATEMENT_FROZEN || is_frozen(write->before[STATEMENT_STATE]))
		return;
	judge_allotment(audit, row);
	compare(audit, "statement", write->id, "net to pay", row[STATEMENT_PAYABLE_NET_CENTS],
		row[STATEMENT_NET_CENTS]);
	compare(audit, "statement", write->id, "VAT to pay", row[STATEMENT_PAYABLE_VAT_CENTS],
		row[STATEMENT_VAT_CENTS]);
}

/* ---- Settled and paid ---- */

static void add_settlement(struct audit *audit)
{
	const struct entry *entry = &audit->entry;
	uint32_t most = audit->ledger.counts[KIND_STATEMENT];
	for (uint32_t i = 0; i < entry->posting_count; i++) {
		const struct posting *posting = &entry->postings[i];
		if (posting->book != BOOK_FUND || posting->statement == 0)
			continue;
		if (posting->kind == POSTING_SETTLE)
			add(&audit->paid, most, posting->statement, SETTLED_NET, posting->amount);
		if (posting->kind == POSTING_SETTLE_VAT)
			add(&audit->paid, most, posting->statement, SETTLED_VAT, posting->amount);
	}
}

static void judge_settlement(struct audit *audit, const struct write *write)
{
	const int64_t *row = write->after;
	if (row[STATEMENT_STATE] != STATEMENT_APPROVED ||
	    write->before[STATEMENT_STATE] >= STATEMENT_APPROVED)
		return;
	compare(audit, "statement", write->id, "settled net",
		sum_of(&audit->paid, write->id, SETTLED_NET), row[STATEMENT_NET_CENTS]);
	compare(audit, "statement", write->id, "settled VAT",
		sum_of(&audit->paid, write->id, SETTLED_VAT), row[STATEMENT_VAT_CENTS]);
}

/* From the approval on, net, VAT and gross stand for ever; never is more paid than is to be paid.
 */
static void judge_history(struct audit *audit, const struct write *write)
{
	static const uint32_t fields[] = {STATEMENT_NET_CENTS, STATEMENT_VAT_CENTS,
					  STATEMENT_GROSS_CENTS, STATEMENT_VAT_BP};
	if (write->after[STATEMENT_PAID_NET_CENTS] > write->after[STATEMENT_NET_CENTS])
		compare(audit, "statement", write->id, "paid net",
			write->after[STATEMENT_PAID_NET_CENTS], write->after[STATEMENT_NET_CENTS]);
	if (write->before[STATEMENT_STATE] < STATEMENT_APPROVED)
		return;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (write->before[fields[i]] != write->after[fields[i]])
			compare(audit, "approved statement", write->id,
				layout_field_name(KIND_STATEMENT, fields[i]),
				write->after[fields[i]], write->before[fields[i]]);
}

static void judge_statement(struct audit *audit, const struct write *write)
{
	judge_sums(audit, write->id);
	judge_freeze(audit, write);
	judge_settlement(audit, write);
	judge_history(audit, write);
}

/* A line is judged when it is written and when one of its deliveries is; a statement with its
 * lines. */
void statements_judge(struct audit *audit)
{
	const struct entry *entry = &audit->entry;
	add_writes(audit);
	add_settlement(audit);
	for (uint32_t i = 0; i < entry->write_count; i++) {
		const struct write *write = &entry->writes[i];
		if (write->kind == KIND_STATEMENT) {
			judge_statement(audit, write);
		} else if (write->kind == KIND_STATEMENT_LINE) {
			int64_t statement = write->after[STATEMENT_LINE_STATEMENT];
			judge_line(audit, write->id);
			judge_redeemed(audit, write->after[STATEMENT_LINE_CELL]);
			if (entry_write(entry, KIND_STATEMENT, statement) == NULL)
				judge_sums(audit, statement);
		} else if (write->kind == KIND_REDEMPTION) {
			int64_t line = write->after[REDEMPTION_STATEMENT_LINE];
			if (line != 0 && entry_write(entry, KIND_STATEMENT_LINE, line) == NULL)
				judge_line(audit, line);
		}
	}
}
