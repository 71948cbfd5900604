/* The bank's answer to our orders (pain.002, versions .03 and .10): see outcome.h.
 *
 * Accepted is the order's being taken in charge; that money left is told by the statement of
 * account alone. A transaction that names no status has that of its group. A whole group, or a
 * whole batch of it, may be rejected without its transactions: the flow is, then. Control figures:
 * how many transactions of each status there are, and their sum (NbOfTxsPerSts), where told. */
#include "connectors/format/outcome.h"

#include "engine/base/text.h"

static const struct {
	const char *code;
	uint8_t kind;
} statuses[] = {
    {"RJCT", OUTCOME_KIND_REJECTED},
    {"CANC", OUTCOME_KIND_REJECTED},
    {"ACCP", OUTCOME_KIND_ORDERED},
    {"ACSP", OUTCOME_KIND_ORDERED},
    {"ACSC", OUTCOME_KIND_ORDERED},
    {"ACCC", OUTCOME_KIND_ORDERED},
    {"ACWC", OUTCOME_KIND_ORDERED},
    {"ACWP", OUTCOME_KIND_ORDERED},
    {"ACTC", 0},
    {"RCVD", 0},
    {"PDNG", 0},
    {"PART", 0},
};

static bool find_status(struct outcome_file *file, const struct tree_node *node, struct slice code,
			uint8_t *ret_kind)
{
	for (uint32_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (!slice_equals_text(code, statuses[i].code))
			continue;
		*ret_kind = statuses[i].kind;
		return true;
	}
	return outcome_fail(file, code.size == 0 ? OUTCOME_MISSING : OUTCOME_VALUE, node, "TxSts");
}

static struct slice reason_of(const struct tree_node *node)
{
	struct slice code = tree_text_at(node, "StsRsnInf/Rsn/Cd");
	return code.size != 0 ? code : tree_text_at(node, "StsRsnInf/Rsn/Prtry");
}

/* What a group or a batch hands down. */
struct from_above {
	struct day day;
	struct slice status;
	struct slice reason;
};

static bool read_transaction(struct outcome_file *file, const struct tree_node *node,
			     const struct from_above *above)
{
	static const char *const amounts[] = {"OrgnlTxRef/Amt/InstdAmt",
					      "OrgnlTxRef/IntrBkSttlmAmt"};
	struct slice status = tree_text_at(node, "TxSts");
	struct cents amount = cents_zero();
	uint8_t kind = 0;
	if (!find_status(file, node, status.size != 0 ? status : above->status, &kind))
		return false;
	for (uint32_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++)
		if (tree_at(node, amounts[i]) != NULL && cents_is_zero(amount) &&
		    !outcome_cents(file, node, amounts[i], &amount))
			return false;
	struct outcome_line *line = outcome_add(file, node, above->day);
	line->amount = amount;
	line->kind = kind;
	line->reference = tree_text_at(node, "OrgnlEndToEndId");
	line->receipt_number = tree_text_at(node, "AcctSvcrRef");
	line->reason_code = reason_of(node);
	if (line->reason_code.size == 0)
		line->reason_code = above->reason;
	return line->reference.size != 0 ||
	       outcome_fail(file, OUTCOME_MISSING, node, "OrgnlEndToEndId");
}

/* The lines from `first` on that have a status: count and sum; `is_summed`: all have an amount. */
static bool check_one(struct outcome_file *file, const struct tree_node *node, uint32_t first)
{
	uint8_t kind = 0;
	uint32_t stated = 0;
	uint32_t found = 0;
	bool is_summed = true;
	struct cents sum = cents_zero();
	struct slice count = tree_text_at(node, "DtldNbOfTxs");
	if (!find_status(file, node, tree_text_at(node, "DtldSts"), &kind))
		return false;
	if (!text_parse_u32(count, UINT32_MAX, &stated))
		return outcome_fail(file, OUTCOME_VALUE, node, "DtldNbOfTxs");
	for (uint32_t i = first; i < file->count; i++) {
		const struct outcome_line *line = &file->lines[i];
		if (line->kind != kind)
			continue;
		found++;
		is_summed = is_summed && !cents_is_zero(line->amount);
		if (!cents_add(sum, line->amount, &sum))
			return outcome_fail(file, OUTCOME_AMOUNT, node, "DtldCtrlSum");
	}
	/* Banks list what was rejected and only count the rest. */
	if (found == 0 && kind != OUTCOME_KIND_REJECTED)
		return true;
	if (stated != found)
		return outcome_untied(file, OUTCOME_COUNT, node, "DtldNbOfTxs", stated, found);
	struct cents control;
	if (!is_summed || tree_child(node, "DtldCtrlSum") == NULL)
		return true;
	if (!outcome_cents(file, node, "DtldCtrlSum", &control))
		return false;
	if (!cents_equal(control, sum))
		return outcome_untied(file, OUTCOME_SUM, node, "DtldCtrlSum",
				      control.raw, /* raw: told */
				      sum.raw);	   /* raw: told */
	return true;
}

static bool check_counts(struct outcome_file *file, const struct tree_node *node, uint32_t first)
{
	const struct tree_node *one = tree_child(node, "NbOfTxsPerSts");
	for (; one != NULL; one = tree_next(one))
		if (!check_one(file, one, first))
			return false;
	return true;
}

static bool read_batch(struct outcome_file *file, const struct tree_node *batch,
		       struct from_above above)
{
	uint32_t first = file->count;
	struct slice status = tree_text_at(batch, "PmtInfSts");
	struct slice reason = reason_of(batch);
	if (status.size != 0)
		above.status = status;
	if (reason.size != 0)
		above.reason = reason;
	const struct tree_node *node = tree_child(batch, "TxInfAndSts");
	for (; node != NULL; node = tree_next(node))
		if (!read_transaction(file, node, &above))
			return false;
	if (file->count == first && slice_equals_text(above.status, "RJCT")) {
		file->is_rejected = true;
		file->reason = above.reason;
	}
	return check_counts(file, batch, first);
}

bool outcome_pain_read(struct outcome_file *file, const struct tree_node *root)
{
	const struct tree_node *report = tree_child(root, "CstmrPmtStsRpt");
	const struct tree_node *group = tree_child(report, "OrgnlGrpInfAndSts");
	struct from_above above = {.status = tree_text_at(group, "GrpSts"),
				   .reason = reason_of(group)};
	file->message = tree_text_at(report, "GrpHdr/MsgId");
	file->flow = tree_text_at(group, "OrgnlMsgId");
	if (file->flow.size == 0)
		return outcome_fail(file, OUTCOME_MISSING, report, "OrgnlMsgId");
	if (!outcome_day(file, report, "GrpHdr/CreDtTm", &above.day))
		return false;
	file->day = above.day;
	const struct tree_node *batch = tree_child(report, "OrgnlPmtInfAndSts");
	bool has_batches = batch != NULL;
	for (; batch != NULL; batch = tree_next(batch))
		if (!read_batch(file, batch, above))
			return false;
	if (!has_batches && slice_equals_text(above.status, "RJCT")) {
		file->is_rejected = true;
		file->reason = above.reason;
	}
	if (!has_batches && above.status.size == 0)
		return outcome_fail(file, OUTCOME_MISSING, report, "GrpSts");
	return check_counts(file, group, 0);
}
