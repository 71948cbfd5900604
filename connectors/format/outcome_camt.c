/* Statements of account (camt.053) and notices (camt.054), versions .02 and .08: see outcome.h.
 *
 * An entry (Ntry) has transactions (TxDtls) or is one itself. Money out is a payment; money in that
 * is marked as reversed, or gives a reason of return, is a transfer of ours that came back; other
 * money in pays a bill of ours where the creditor's reference says so, else it is another's.
 * Pending entries say nothing yet. Control figures: the transactions of an entry make its amount
 * and their number, where told; TxsSummry; opening balance + booked entries = closing balance. */
#include "connectors/format/outcome.h"

#include "engine/base/text.h"

/* What an entry hands down to its transactions. */
struct entry {
	const struct tree_node *node;
	struct cents amount;
	struct day day;
	struct slice receipt;
	bool is_credit;
	bool is_reversal;
	bool is_booked;
};

/* Figures of one statement or notice. */
struct figures {
	int64_t count[3];    /* all, credits, debits */
	struct cents sum[3];
	struct cents booked[2]; /* credits, debits */
};

static bool is_credit(struct outcome_file *file, const struct tree_node *node, bool *ret_is_credit)
{
	struct slice text = tree_text_at(node, "CdtDbtInd");
	*ret_is_credit = slice_equals_text(text, "CRDT");
	if (*ret_is_credit || slice_equals_text(text, "DBIT"))
		return true;
	return outcome_fail(file, text.size == 0 ? OUTCOME_MISSING : OUTCOME_VALUE, node,
			    "CdtDbtInd");
}

static bool is_true(const struct tree_node *node, const char *path)
{
	struct slice text = tree_text_at(node, path);
	return slice_equals_text(text, "true") || slice_equals_text(text, "1");
}

/* .08 has the code in an element of its own. */
static struct slice status_of(const struct tree_node *entry)
{
	const struct tree_node *status = tree_child(entry, "Sts");
	struct slice code = tree_text_at(status, "Cd");
	return code.size != 0 ? code : tree_text_of(status);
}

/* A date, or an instant's. */
static bool day_of(struct outcome_file *file, const struct tree_node *node, struct day *ret_day)
{
	static const char *const paths[] = {"BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"};
	for (uint32_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (tree_at(node, paths[i]) != NULL)
			return outcome_day(file, node, paths[i], ret_day);
	return outcome_fail(file, OUTCOME_MISSING, node, "BookgDt");
}

/* ---- Transactions ---- */

/* The amount in the account's money: .08 beside it, .02 among the details; none: the entry's. */
static bool amount_of(struct outcome_file *file, const struct tree_node *node,
		      const struct entry *entry, struct cents *ret_amount, bool *ret_is_told)
{
	*ret_is_told = true;
	if (tree_child(node, "Amt") != NULL)
		return outcome_cents(file, node, "Amt", ret_amount);
	if (tree_at(node, "AmtDtls/TxAmt/Amt") != NULL)
		return outcome_cents(file, node, "AmtDtls/TxAmt/Amt", ret_amount);
	if (tree_at(node, "AmtDtls/InstdAmt/Amt") != NULL)
		return outcome_cents(file, node, "AmtDtls/InstdAmt/Amt", ret_amount);
	*ret_amount = entry->amount;
	*ret_is_told = false;
	return true;
}

static bool is_ours(struct slice reference, const char *prefix)
{
	struct slice start = {reference.data, 4};
	return reference.size > 4 && slice_equals_text(start, prefix);
}

static uint8_t kind_of(const struct tree_node *node, const struct entry *entry, bool is_in,
		       struct slice reference)
{
	struct slice family = tree_text_at(entry->node, "BkTxCd/Domn/Fmly/SubFmlyCd");
	bool is_returned = entry->is_reversal || tree_child(node, "RtrInf") != NULL ||
			   slice_equals_text(family, "RRTN");
	if (!entry->is_booked)
		return 0;
	if (!is_in)
		return entry->is_reversal ? 0 : OUTCOME_KIND_PAID;
	if (is_returned)
		return OUTCOME_KIND_RETURNED;
	return is_ours(reference, "CPY-") ? OUTCOME_KIND_COLLECTED : 0;
}

static struct slice reason_of(const struct tree_node *node)
{
	struct slice code = tree_text_at(node, "RtrInf/Rsn/Cd");
	return code.size != 0 ? code : tree_text_at(node, "RtrInf/Rsn/Prtry");
}

static bool read_transaction(struct outcome_file *file, const struct tree_node *node,
			     const struct entry *entry, struct cents *sum, bool *is_summed)
{
	struct cents amount;
	bool is_told = false;
	bool is_in = entry->is_credit;
	if (!amount_of(file, node, entry, &amount, &is_told) ||
	    (tree_child(node, "CdtDbtInd") != NULL && !is_credit(file, node, &is_in)))
		return false;
	*is_summed = *is_summed && is_told && is_in == entry->is_credit;
	if (!cents_add(*sum, amount, sum))
		return outcome_fail(file, OUTCOME_AMOUNT, node, "Amt");
	struct outcome_line *line = outcome_add(file, node, entry->day);
	line->amount = amount;
	line->reference = tree_text_at(node, "Refs/EndToEndId");
	struct slice creditor = tree_text_at(node, "RmtInf/Strd/CdtrRefInf/Ref");
	if (is_ours(creditor, "CPY-"))
		line->reference = creditor;
	line->receipt_number = tree_text_at(node, "Refs/AcctSvcrRef");
	if (line->receipt_number.size == 0)
		line->receipt_number = entry->receipt;
	line->reason_code = reason_of(node);
	line->kind = kind_of(node, entry, is_in, line->reference);
	return true;
}

static bool check_batch(struct outcome_file *file, const struct tree_node *details, uint32_t found)
{
	const struct tree_node *at = tree_at(details, "Btch/NbOfTxs");
	uint32_t stated = 0;
	if (at == NULL || found == 0)
		return true;
	if (!text_parse_u32(tree_text_of(at), UINT32_MAX, &stated))
		return outcome_fail(file, OUTCOME_VALUE, at, "NbOfTxs");
	if (stated != found)
		return outcome_untied(file, OUTCOME_COUNT, at, "NbOfTxs", stated, found);
	return true;
}

/* ---- Entries ---- */

static bool read_details(struct outcome_file *file, const struct entry *entry)
{
	struct cents sum = cents_zero();
	bool is_summed = true;
	uint32_t all = 0;
	const struct tree_node *details = tree_child(entry->node, "NtryDtls");
	for (; details != NULL; details = tree_next(details)) {
		uint32_t found = 0;
		const struct tree_node *node = tree_child(details, "TxDtls");
		for (; node != NULL; node = tree_next(node)) {
			if (!read_transaction(file, node, entry, &sum, &is_summed))
				return false;
			found++;
		}
		if (!check_batch(file, details, found))
			return false;
		all += found;
	}
	if (all == 0) {
		struct outcome_line *line = outcome_add(file, entry->node, entry->day);
		line->amount = entry->amount;
		line->receipt_number = entry->receipt;
		line->kind = kind_of(NULL, entry, entry->is_credit, line->reference);
		return true;
	}
	if ((is_summed || all > 1) && !cents_equal(sum, entry->amount))
		return outcome_untied(file, OUTCOME_SUM, entry->node, "Ntry/Amt",
				      entry->amount.raw, /* raw: told */
				      sum.raw);		 /* raw: told */
	return true;
}

static bool count_entry(struct outcome_file *file, const struct entry *entry,
			struct figures *figures)
{
	uint32_t side = entry->is_credit ? 1 : 2;
	bool fits = cents_add(figures->sum[0], entry->amount, &figures->sum[0]) &&
		    cents_add(figures->sum[side], entry->amount, &figures->sum[side]);
	figures->count[0]++;
	figures->count[side]++;
	if (fits && entry->is_booked)
		fits = cents_add(figures->booked[side - 1], entry->amount,
				 &figures->booked[side - 1]);
	return fits || outcome_fail(file, OUTCOME_AMOUNT, entry->node, "Amt");
}

static bool read_entry(struct outcome_file *file, const struct tree_node *node,
		       struct figures *figures)
{
	struct entry entry = {.node = node,
			      .receipt = tree_text_at(node, "AcctSvcrRef"),
			      .is_reversal = is_true(node, "RvslInd")};
	struct slice status = status_of(node);
	if (status.size == 0)
		return outcome_fail(file, OUTCOME_MISSING, node, "Sts");
	entry.is_booked = slice_equals_text(status, "BOOK");
	if (!outcome_cents(file, node, "Amt", &entry.amount) ||
	    !is_credit(file, node, &entry.is_credit) || !day_of(file, node, &entry.day))
		return false;
	return count_entry(file, &entry, figures) && read_details(file, &entry);
}

/* ---- Control figures ---- */

static bool check_summary(struct outcome_file *file, const struct tree_node *report,
			  const struct figures *figures)
{
	static const char *const paths[] = {"TxsSummry/TtlNtries", "TxsSummry/TtlCdtNtries",
					    "TxsSummry/TtlDbtNtries"};
	for (uint32_t i = 0; i < 3; i++) {
		const struct tree_node *node = tree_at(report, paths[i]);
		const struct tree_node *count = tree_child(node, "NbOfNtries");
		uint32_t stated = 0;
		struct cents sum;
		if (count != NULL && !text_parse_u32(tree_text_of(count), UINT32_MAX, &stated))
			return outcome_fail(file, OUTCOME_VALUE, count, "NbOfNtries");
		if (count != NULL && stated != figures->count[i])
			return outcome_untied(file, OUTCOME_COUNT, count, "NbOfNtries", stated,
					      figures->count[i]);
		if (tree_child(node, "Sum") == NULL)
			continue;
		if (!outcome_cents(file, node, "Sum", &sum))
			return false;
		if (!cents_equal(sum, figures->sum[i]))
			return outcome_untied(file, OUTCOME_SUM, node, "Sum",
					      sum.raw,		      /* raw: told */
					      figures->sum[i].raw); /* raw: told */
	}
	return true;
}

/* The balance of a code, signed; false in *ret_is_there: not told. */
static bool balance_of(struct outcome_file *file, const struct tree_node *report, const char *code,
		       struct cents *ret_balance, bool *ret_is_there)
{
	*ret_is_there = false;
	const struct tree_node *node = tree_child(report, "Bal");
	for (; node != NULL; node = tree_next(node)) {
		bool is_in = false;
		if (!slice_equals_text(tree_text_at(node, "Tp/CdOrPrtry/Cd"), code))
			continue;
		if (!outcome_cents(file, node, "Amt", ret_balance) ||
		    !is_credit(file, node, &is_in))
			return false;
		bool fits = is_in || cents_delta(cents_zero(), *ret_balance, ret_balance);
		ASSERT(fits); /* 0 less what is not negative */
		*ret_is_there = true;
	}
	return true;
}

static bool is_whole(const struct tree_node *report)
{
	const struct tree_node *pages = tree_child(report, "StmtPgntn");
	return pages == NULL || (is_true(pages, "LastPgInd") &&
				 slice_equals_text(tree_text_at(pages, "PgNb"), "1"));
}

static bool check_balances(struct outcome_file *file, const struct tree_node *report,
			   const struct figures *figures)
{
	struct cents opening;
	struct cents closing;
	bool has_opening = false;
	bool has_closing = false;
	if (!is_whole(report))
		return true;
	if (!balance_of(file, report, "OPBD", &opening, &has_opening) ||
	    !balance_of(file, report, "CLBD", &closing, &has_closing))
		return false;
	if (!has_opening || !has_closing)
		return true;
	struct cents found;
	if (!cents_add(opening, figures->booked[0], &found) ||
	    !cents_delta(found, figures->booked[1], &found))
		return outcome_fail(file, OUTCOME_AMOUNT, report, "Bal");
	if (!cents_equal(found, closing))
		return outcome_untied(file, OUTCOME_BALANCE, report, "CLBD",
				      closing.raw, /* raw: told */
				      found.raw);  /* raw: told */
	return true;
}

bool outcome_camt_read(struct outcome_file *file, const struct tree_node *root)
{
	bool is_statement = file->kind == OUTCOME_FILE_CAMT_053;
	const struct tree_node *message =
	    tree_child(root, is_statement ? "BkToCstmrStmt" : "BkToCstmrDbtCdtNtfctn");
	file->message = tree_text_at(message, "GrpHdr/MsgId");
	const struct tree_node *report = tree_child(message, is_statement ? "Stmt" : "Ntfctn");
	for (; report != NULL; report = tree_next(report)) {
		struct figures figures = {.count = {0, 0, 0}};
		const struct tree_node *entry = tree_child(report, "Ntry");
		for (; entry != NULL; entry = tree_next(entry))
			if (!read_entry(file, entry, &figures))
				return false;
		if (!check_summary(file, report, &figures))
			return false;
		if (is_statement && !check_balances(file, report, &figures))
			return false;
	}
	return file->count > 0 || outcome_fail(file, OUTCOME_EMPTY, root, "Ntry");
}
