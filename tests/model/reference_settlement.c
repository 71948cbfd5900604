/* Statements of the reference, from the first record to the payment: see reference.h. */
#include "tests/model/reference.h"

#include "tests/model/reference_inside.h"

#include <string.h>

#define CUTOFF_DAY 12
#define LINES_MAX  512u

void ref_enter_statement(struct reference *ref, uint32_t id)
{
	struct ref_record *record = &ref->record[id];
	const struct ref_cell *cell = &ref->cell[record->cell];
	const struct ref_voucher *voucher = &ref->voucher[cell->voucher];
	int64_t bp = ref_rate_of(ref, voucher->service[cell->line], record->provider);
	uint32_t found = 0;
	bool was_frozen = false;
	for (uint32_t i = 1; i <= ref->statements; i++) {
		const struct ref_statement *one = &ref->statement[i];
		if (one->provider != record->provider || one->month != cell->month ||
		    one->accreditation != record->accreditation || one->bp != bp)
			continue;
		was_frozen = was_frozen || one->state != STATEMENT_STATE_OPEN;
		if (one->state == STATEMENT_STATE_OPEN)
			found = i;
	}
	if (found == 0) {
		found = ++ref->statements;
		ref->statement[found] =
		    (struct ref_statement){.ambito = voucher->ambito,
					   .provider = record->provider,
					   .accreditation = record->accreditation,
					   .state = STATEMENT_STATE_OPEN,
					   .month = cell->month,
					   .bp = bp,
					   .supplementary = was_frozen};
	}
	record->line = 0;
	for (uint32_t i = 1; i <= ref->lines; i++)
		if (ref->line[i].statement == found && ref->line[i].cell == record->cell)
			record->line = i;
	if (record->line == 0) {
		record->line = ++ref->lines;
		ref->line[record->line] =
		    (struct ref_line){.statement = found, .cell = record->cell};
	}
}

/* The lines of a statement that hold records, and what they come to. */
struct listed {
	uint32_t count;
	uint32_t line[LINES_MAX];
	struct ref_line_sums sums[LINES_MAX];
	int64_t net, gross, records;
};

static struct listed listed;

static void list_lines(const struct reference *ref, uint32_t statement)
{
	listed.count = 0;
	listed.net = 0;
	listed.gross = 0;
	listed.records = 0;
	for (uint32_t i = 1; i <= ref->lines; i++) {
		if (ref->line[i].statement != statement)
			continue;
		struct ref_line_sums sums = reference_sum_line(ref, i);
		if (sums.count == 0)
			continue;
		listed.line[listed.count] = i;
		listed.sums[listed.count] = sums;
		listed.net += sums.net;
		listed.gross += sums.gross;
		listed.records += sums.count;
		listed.count++;
	}
}

/* ---- Freeze ---- */

/* Comune's ISTAT code, fund, title, then the older line. */
static bool comes_before(const struct reference *ref, uint32_t one, uint32_t other)
{
	const struct ref_cell *a = &ref->cell[ref->line[one].cell];
	const struct ref_cell *b = &ref->cell[ref->line[other].cell];
	int order = memcmp(ref->comune[ref->voucher[a->voucher].comune].istat,
			   ref->comune[ref->voucher[b->voucher].comune].istat, 8);
	if (order != 0)
		return order < 0;
	if (ref->year[a->year].fund != ref->year[b->year].fund)
		return ref->year[a->year].fund < ref->year[b->year].fund;
	if (a->voucher != b->voucher)
		return a->voucher < b->voucher;
	return one < other;
}

static void sort_lines(const struct reference *ref)
{
	for (uint32_t i = 0; i < listed.count; i++)
		for (uint32_t j = i + 1; j < listed.count; j++) {
			uint32_t line = listed.line[i];
			struct ref_line_sums sums = listed.sums[i];
			if (comes_before(ref, line, listed.line[j]))
				continue;
			listed.line[i] = listed.line[j];
			listed.sums[i] = listed.sums[j];
			listed.line[j] = line;
			listed.sums[j] = sums;
		}
}

/* Each line its exact share of the VAT, rounded down; cents left to the largest remainders. */
static void share_vat(int64_t vat, int64_t *shares)
{
	int64_t rests[LINES_MAX];
	int64_t left = vat;
	for (uint32_t i = 0; i < listed.count; i++) {
		__int128 exact = (__int128)vat * listed.sums[i].net;
		shares[i] = listed.net == 0 ? 0 : (int64_t)(exact / listed.net);
		rests[i] = listed.net == 0 ? 0 : (int64_t)(exact % listed.net);
		left -= shares[i];
	}
	for (; left > 0; left--) {
		uint32_t best = 0;
		for (uint32_t i = 1; i < listed.count; i++)
			best = rests[i] > rests[best] ? i : best;
		shares[best]++;
		rests[best] = -1;
	}
}

/* Gives a line `more` cents: from what its month has left, else promised anew; returns what could
 * not be had. */
static int64_t raise(struct reference *ref, uint32_t n, int64_t more)
{
	uint32_t line = listed.line[n];
	uint32_t cell = ref->line[line].cell;
	uint32_t provider = ref->statement[ref->line[line].statement].provider;
	int64_t own = ref_spendable(ref, cell, provider);
	own = own < more ? own : more;
	/* The cent is this provider's, whoever is the chosen one: its own ceilings are asked. */
	if (own < more) {
		struct ref_demand demand = {ref_scope_of(ref, cell), more - own};
		struct ref_outcome ignored = {0};
		const struct ref_cell *of = &ref->cell[cell];
		demand.scope.provider = provider;
		if (more - own <= ref_available(ref, of->year) &&
		    more - own <= ref->commitment[of->commitment].amount -
				      reference_drawn(ref, of->commitment) &&
		    ref_ask_ceilings(ref, &demand, 1, REF_ALL, &ignored) == RESULT_OK) {
			ref_add_event(&ref->promised, cell, more - own);
			own = more;
		}
	}
	ref->line[line].rounding += own;
	listed.sums[n].gross += own;
	return more - own;
}

static void lower(struct reference *ref, uint32_t n, int64_t less)
{
	uint32_t line = listed.line[n];
	ref->line[line].rounding -= less;
	listed.sums[n].gross -= less;
	ref_give_back(ref, ref->line[line].cell,
		      ref->statement[ref->line[line].statement].provider, 0, less);
}

/* Brings the lines to net plus share; what one cannot bear goes to the next, and round once more.
 * Returns what none could bear. */
static int64_t settle_cents(struct reference *ref, const int64_t *shares)
{
	int64_t carry = 0;
	for (uint32_t i = 0; i < 2 * listed.count; i++) {
		uint32_t n = i % listed.count;
		if (i >= listed.count && carry == 0)
			break;
		int64_t target = i < listed.count ? listed.sums[n].net + shares[n]
						  : listed.sums[n].gross;
		int64_t change = target + carry - listed.sums[n].gross;
		carry = 0;
		if (change > 0)
			carry = raise(ref, n, change);
		else
			lower(ref, n, -change);
		if (listed.sums[n].gross < listed.sums[n].net)
			return listed.sums[n].net - listed.sums[n].gross;
	}
	return carry;
}

static struct ref_line lines_before[REF_LINES];

static enum result freeze(struct reference *ref, uint32_t id, struct ref_outcome *out)
{
	struct ref_statement *statement = &ref->statement[id];
	int64_t shares[LINES_MAX];
	if (statement->state != STATEMENT_STATE_OPEN)
		return RESULT_STATEMENT_NOT_OPEN;
	list_lines(ref, id);
	if (listed.count == 0)
		return RESULT_STATEMENT_EMPTY;
	if (ref_day(ref->now) < ref_month_last(statement->month) + CUTOFF_DAY)
		return RESULT_STATEMENT_TOO_EARLY;
	sort_lines(ref);
	int64_t vat = ref_vat(listed.net, statement->bp);
	uint32_t promised = ref->promised.count;
	uint32_t lapsed = ref->lapsed.count;
	memcpy(lines_before, ref->line, (ref->lines + 1) * sizeof(*ref->line));
	share_vat(vat, shares);
	int64_t missing = settle_cents(ref, shares);
	if (missing != 0) {
		ref->promised.count = promised;
		ref->lapsed.count = lapsed;
		memcpy(ref->line, lines_before, (ref->lines + 1) * sizeof(*ref->line));
		return ref_short(out, RESULT_FUND_EXHAUSTED, missing, 0);
	}
	statement->state = STATEMENT_STATE_FROZEN;
	out->net = listed.net;
	out->gross = listed.net + vat;
	return ref_with(out, RESULT_OK, id);
}

/* ---- Afterwards ---- */

static enum result attest(struct reference *ref, const struct command *command,
			  struct ref_outcome *out)
{
	const struct command_statement_attest *input = &command->input.statement_attest;
	const struct ref_principal *who = &ref->principal[command->principal.raw];
	struct ref_statement *statement = &ref->statement[input->statement.raw];
	uint32_t comune = input->comune.raw;
	bool is_all = true;
	if (who->role == ROLE_COMUNE_SOCIAL) {
		if (comune != 0 && comune != who->comune)
			return RESULT_FORBIDDEN;
		comune = who->comune;
	} else if (input->act[0] == '\0') {
		return RESULT_FIELD_MISSING;
	}
	if (statement->state != STATEMENT_STATE_PROVIDER_CONFIRMED)
		return RESULT_STATEMENT_NOT_OPEN;
	list_lines(ref, input->statement.raw);
	for (uint32_t i = 0; i < listed.count; i++) {
		struct ref_line *line = &ref->line[listed.line[i]];
		uint32_t of = ref->voucher[ref->cell[line->cell].voucher].comune;
		if (comune == 0 || of == comune) {
			if (!line->attested && who->role != ROLE_COMUNE_SOCIAL)
				line->substitute = command->principal.raw;
			line->attested = true;
			out->units++;
		}
		is_all = is_all && line->attested;
	}
	if (out->units == 0)
		return RESULT_STATEMENT_EMPTY;
	if (is_all)
		statement->state = STATEMENT_STATE_ATTESTED;
	out->net = listed.net;
	out->gross = listed.gross;
	return ref_with(out, RESULT_OK, input->statement.raw);
}

static enum result match(const struct reference *ref,
			 const struct command_statement_match_invoice *input,
			 struct ref_outcome *out)
{
	const struct ref_statement *statement = &ref->statement[input->statement.raw];
	int64_t net = input->net_cents.raw; /* raw: plain numbers */
	int64_t vat = input->vat_cents.raw; /* raw: plain numbers */
	list_lines(ref, input->statement.raw);
	out->limit = listed.gross;
	out->short_by = listed.gross - net - vat;
	if (out->short_by != 0)
		return RESULT_INVOICE_MISMATCH;
	if (net != listed.net) {
		out->limit = listed.net;
		out->short_by = listed.net - net;
		return RESULT_INVOICE_MISMATCH;
	}
	if (memcmp(input->cig, ref->accreditation[statement->accreditation].cig, 12) != 0)
		return RESULT_INVOICE_MISMATCH;
	if (vat != 0 && input->split_payment == 0)
		return RESULT_INVOICE_MISMATCH;
	out->limit = 0;
	return RESULT_OK;
}

/* The step that a command takes: from which state to which. */
static uint32_t needed_state(uint8_t kind)
{
	switch (kind) {
	case COMMAND_KIND_STATEMENT_CONFIRM:
		return STATEMENT_STATE_FROZEN;
	case COMMAND_KIND_STATEMENT_MATCH_INVOICE:
		return STATEMENT_STATE_ATTESTED;
	case COMMAND_KIND_STATEMENT_APPROVE:
		return STATEMENT_STATE_INVOICED;
	case COMMAND_KIND_STATEMENT_EXPORT:
		return STATEMENT_STATE_APPROVED;
	case COMMAND_KIND_STATEMENT_ORDER:
		return STATEMENT_STATE_EXPORTED;
	default:
		return STATEMENT_STATE_ORDERED;
	}
}

/* Who attested any of its lines for a comune leaves the approval to another. */
static bool has_substituted(const struct reference *ref, uint32_t statement, uint32_t who)
{
	for (uint32_t i = 1; i <= ref->lines; i++)
		if (ref->line[i].statement == statement && ref->line[i].substitute == who)
			return true;
	return false;
}

static uint32_t reached_state(uint8_t kind)
{
	switch (kind) {
	case COMMAND_KIND_STATEMENT_CONFIRM:
		return STATEMENT_STATE_PROVIDER_CONFIRMED;
	case COMMAND_KIND_STATEMENT_MATCH_INVOICE:
		return STATEMENT_STATE_INVOICED;
	case COMMAND_KIND_STATEMENT_APPROVE:
		return STATEMENT_STATE_APPROVED;
	case COMMAND_KIND_STATEMENT_EXPORT:
		return STATEMENT_STATE_EXPORTED;
	case COMMAND_KIND_STATEMENT_ORDER:
		return STATEMENT_STATE_ORDERED;
	default:
		return STATEMENT_STATE_PAID;
	}
}

static enum result step(struct reference *ref, const struct command *command,
			struct ref_outcome *out)
{
	uint32_t id = command->input.statement_confirm.statement.raw;
	struct ref_statement *statement = &ref->statement[id];
	const uint8_t *manifest = command->input.statement_export.manifest_hash;
	bool is_again = command->kind == COMMAND_KIND_STATEMENT_EXPORT &&
			statement->state == STATEMENT_STATE_EXPORTED &&
			memcmp(statement->manifest, manifest, 32) == 0;
	if (!is_again && statement->state != needed_state(command->kind))
		return RESULT_STATEMENT_NOT_OPEN;
	if (command->kind == COMMAND_KIND_STATEMENT_MATCH_INVOICE) {
		enum result result = match(ref, &command->input.statement_match_invoice, out);
		if (result != RESULT_OK)
			return result;
	}
	if (command->kind == COMMAND_KIND_STATEMENT_APPROVE) {
		if (command->input.statement_approve.durc_valid_to.number < ref_day(ref->now))
			return RESULT_DURC_INVALID;
		if (has_substituted(ref, id, command->principal.raw))
			return RESULT_FOUR_EYES_REQUIRED;
		statement->settled_by = command->principal.raw;
	}
	if (command->kind == COMMAND_KIND_STATEMENT_ORDER &&
	    statement->settled_by == command->principal.raw)
		return RESULT_FOUR_EYES_REQUIRED;
	if (command->kind == COMMAND_KIND_STATEMENT_EXPORT)
		memcpy(statement->manifest, manifest, 32);
	statement->state = reached_state(command->kind);
	list_lines(ref, id);
	out->net = listed.net;
	out->gross = listed.gross;
	out->short_by = 0;
	return ref_with(out, RESULT_OK, id);
}

enum result ref_settlement(struct reference *ref, const struct command *command,
			   struct ref_outcome *out)
{
	switch (command->kind) {
	case COMMAND_KIND_STATEMENT_FREEZE:
		return freeze(ref, command->input.statement_freeze.statement.raw, out);
	case COMMAND_KIND_STATEMENT_ATTEST:
		return attest(ref, command, out);
	default:
		return step(ref, command, out);
	}
}
