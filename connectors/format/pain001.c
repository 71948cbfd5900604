/* Credit transfers: see pain001.h. */
#include "connectors/format/pain001.h"

#include "connectors/format/latin.h"
#include "connectors/format/once.h"
#include "engine/base/identifier.h"
#include "engine/base/text.h"

#include <string.h>

#define SUPPLIER     "SUPP"
#define NOT_PROVIDED "NOTPROVIDED"
#define ISSUER	     "CBI" /* of the code of who orders */

/* ---- Rows to facts ---- */

static void put(char *member, uint32_t size, struct slice text)
{
	ASSERT(text.size <= size);
	memset(member, 0, size);
	if (text.size > 0)
		memcpy(member, text.data, text.size);
}
#define PUT(member, text) put(member, sizeof(member), text)

struct place {
	struct findings *findings;
	uint32_t at;
};

static void put_latin(struct place place, char *member, uint32_t size, struct slice text,
		      const char *field)
{
	struct latin told = latin_write(LATIN_SEPA, text, member, size);
	if (told.is_changed)
		finding_add(place.findings, FINDING_LETTERS_CHANGED, place.at, field);
	if (told.is_cut)
		finding_add(place.findings, FINDING_TEXT_CUT, place.at, field);
}
#define PUT_LATIN(place, member, text, field) put_latin(place, member, sizeof(member), text, field)

static bool is_italian(struct slice iban)
{
	return iban.size > 2 && iban.data[0] == 'I' && iban.data[1] == 'T';
}

static void transfer_facts(struct place place, const struct liquidation_row *row,
			   struct pain001_transfer *transfer)
{
	*transfer = (struct pain001_transfer){.amount = row->importo_da_pagare};
	PUT_LATIN(place, transfer->end_to_end, SLICE_OF(row->end_to_end_id), "EndToEndId");
	PUT_LATIN(place, transfer->name, SLICE_OF(row->beneficiario), "Nm");
	PUT_LATIN(place, transfer->reason, SLICE_OF(row->causale), "Ustrd");
	PUT(transfer->iban, SLICE_OF(row->iban));
	transfer->is_supplier = is_italian(SLICE_OF(row->iban));
}

bool pain001_facts(const struct pain001_order *order, struct pain001_file *file,
		   struct findings *findings)
{
	ASSERT(order != NULL && order->payer != NULL && file != NULL && findings != NULL);
	ASSERT(order->created.size == PAIN001_CREATED_SIZE);
	const struct payer *payer = order->payer;
	struct place head = {findings, 0};
	struct latin told =
	    latin_write(LATIN_SEPA, order->id, file->message_id, PAIN001_ID_SIZE - 2);
	PUT(file->payment_id, ((struct slice){file->message_id, told.size}));
	memcpy(file->payment_id + told.size, "-1", 2);
	memset(file->message_id + told.size, 0, PAIN001_ID_SIZE - told.size);
	if (told.is_changed || told.is_cut)
		finding_add(findings, FINDING_LETTERS_CHANGED, 0, "MsgId");
	memcpy(file->created, order->created.data, PAIN001_CREATED_SIZE);
	file->execution = order->execution;
	PUT_LATIN(head, file->payer_name, SLICE_OF(payer->name), "InitgPty");
	PUT(file->payer_iban, SLICE_OF(payer->iban));
	PUT(file->payer_bic, SLICE_OF(payer->bic));
	PUT(file->payer_cuc, SLICE_OF(payer->cuc));
	file->count = 0;
	file->total = cents_zero();
	for (uint32_t i = 0; i < order->count; i++) {
		const struct liquidation_row *row = &order->rows[i];
		if (cents_is_zero(row->importo_da_pagare))
			continue;
		if (file->count == file->size ||
		    !cents_add(file->total, row->importo_da_pagare, &file->total))
			return false;
		struct place place = {findings, file->count + 1};
		transfer_facts(place, row, &file->transfers[file->count++]);
	}
	return true;
}

/* ---- Facts to a tree ---- */

/* The bank of the body: by its BIC, whose element changed its name, or not at all. */
static void write_agent(enum pain001_version version, const struct pain001_file *file,
			struct tree *tree)
{
	struct slice bic = SLICE_OF(file->payer_bic);
	tree_open(tree, "DbtrAgt");
	tree_open(tree, "FinInstnId");
	tree_text_if(tree, version == PAIN001_03 ? "BIC" : "BICFI", bic);
	if (bic.size == 0) {
		tree_open(tree, "Othr");
		tree_string(tree, "Id", NOT_PROVIDED);
		tree_close(tree);
	}
	tree_close(tree);
	tree_close(tree);
}

static void write_account(const char *name, struct slice iban, struct tree *tree)
{
	tree_open(tree, name);
	tree_open(tree, "Id");
	tree_text(tree, "IBAN", iban);
	tree_close(tree);
	tree_close(tree);
}

static void write_code(struct tree *tree, const char *name, const char *code)
{
	tree_open(tree, name);
	tree_string(tree, "Cd", code);
	tree_close(tree);
}

static void write_transfer(const struct pain001_transfer *transfer, uint32_t number,
			   struct tree *tree)
{
	tree_open(tree, "CdtTrfTxInf");
	tree_open(tree, "PmtId");
	tree_number(tree, "InstrId", number);
	tree_text(tree, "EndToEndId", SLICE_OF(transfer->end_to_end));
	tree_close(tree);
	tree_open(tree, "PmtTpInf");
	write_code(tree, "SvcLvl", "SEPA");
	if (transfer->is_supplier)
		write_code(tree, "CtgyPurp", SUPPLIER);
	tree_close(tree);
	tree_open(tree, "Amt");
	tree_cents(tree, "InstdAmt", transfer->amount);
	tree_attribute(tree, "Ccy", "EUR");
	tree_close(tree);
	tree_open(tree, "Cdtr");
	tree_text(tree, "Nm", SLICE_OF(transfer->name));
	tree_close(tree);
	write_account("CdtrAcct", SLICE_OF(transfer->iban), tree);
	tree_open(tree, "RmtInf");
	tree_text(tree, "Ustrd", SLICE_OF(transfer->reason));
	tree_close(tree);
	tree_close(tree);
}

static void write_header(const struct pain001_file *file, struct tree *tree)
{
	struct slice cuc = SLICE_OF(file->payer_cuc);
	tree_open(tree, "GrpHdr");
	tree_text(tree, "MsgId", SLICE_OF(file->message_id));
	tree_text(tree, "CreDtTm", SLICE_OF(file->created));
	tree_number(tree, "NbOfTxs", file->count);
	tree_cents(tree, "CtrlSum", file->total);
	tree_open(tree, "InitgPty");
	tree_text(tree, "Nm", SLICE_OF(file->payer_name));
	if (cuc.size > 0) {
		tree_open(tree, "Id");
		tree_open(tree, "OrgId");
		tree_open(tree, "Othr");
		tree_text(tree, "Id", cuc);
		tree_string(tree, "Issr", ISSUER);
		tree_close(tree);
		tree_close(tree);
		tree_close(tree);
	}
	tree_close(tree);
	tree_close(tree);
}

static void write_execution(enum pain001_version version, struct day day, struct tree *tree)
{
	if (version == PAIN001_03) {
		tree_day(tree, "ReqdExctnDt", day);
		return;
	}
	tree_open(tree, "ReqdExctnDt");
	tree_day(tree, "Dt", day);
	tree_close(tree);
}

void pain001_write(enum pain001_version version, const struct pain001_file *file, struct tree *tree)
{
	ASSERT(file != NULL && tree != NULL);
	ASSERT(version == PAIN001_03 || version == PAIN001_09);
	tree_open(tree, "Document");
	tree_attribute(tree, "xmlns",
		       version == PAIN001_03 ? "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"
					     : "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09");
	tree_open(tree, "CstmrCdtTrfInitn");
	write_header(file, tree);
	tree_open(tree, "PmtInf");
	tree_text(tree, "PmtInfId", SLICE_OF(file->payment_id));
	tree_string(tree, "PmtMtd", "TRF");
	tree_string(tree, "BtchBookg", "false"); /* each payment is one line of the account */
	tree_number(tree, "NbOfTxs", file->count);
	tree_cents(tree, "CtrlSum", file->total);
	write_execution(version, file->execution, tree);
	tree_open(tree, "Dbtr");
	tree_text(tree, "Nm", SLICE_OF(file->payer_name));
	tree_close(tree);
	write_account("DbtrAcct", SLICE_OF(file->payer_iban), tree);
	write_agent(version, file, tree);
	tree_string(tree, "ChrgBr", "SLEV");
	for (uint32_t i = 0; i < file->count; i++)
		write_transfer(&file->transfers[i], i + 1, tree);
	tree_close(tree);
	tree_close(tree);
	tree_close(tree);
}

/* ---- A tree to facts ---- */

struct reading {
	const char *fault;
};

/* The text of a path into a member; true where it fits and, if needed, is there. */
static bool take(struct reading *reading, const struct tree_node *node, const char *path,
		 char *member, uint32_t size)
{
	struct slice text = tree_text_at(node, path);
	if (text.size == 0 || text.size > size) {
		reading->fault = path;
		return false;
	}
	put(member, size, text);
	return true;
}
#define TAKE(reading, node, path, member) take(reading, node, path, member, sizeof(member))

static bool fail(struct reading *reading, const char *path)
{
	reading->fault = path;
	return false;
}

static bool read_transfer(struct reading *reading, const struct tree_node *node,
			  struct pain001_transfer *transfer)
{
	*transfer = (struct pain001_transfer){.is_supplier = false};
	transfer->is_supplier =
	    slice_equals_text(tree_text_at(node, "PmtTpInf/CtgyPurp/Cd"), SUPPLIER);
	if (!text_parse_cents(tree_text_at(node, "Amt/InstdAmt"), &transfer->amount))
		return fail(reading, "Amt/InstdAmt");
	return TAKE(reading, node, "PmtId/EndToEndId", transfer->end_to_end) &&
	       TAKE(reading, node, "Cdtr/Nm", transfer->name) &&
	       TAKE(reading, node, "CdtrAcct/Id/IBAN", transfer->iban) &&
	       TAKE(reading, node, "RmtInf/Ustrd", transfer->reason);
}

static bool read_head(struct reading *reading, const struct tree_node *top,
		      struct pain001_file *file)
{
	const struct tree_node *header = tree_child(top, "GrpHdr");
	const struct tree_node *payment = tree_child(top, "PmtInf");
	struct slice cuc = tree_text_at(header, "InitgPty/Id/OrgId/Othr/Id");
	struct slice bic = tree_text_at(payment, "DbtrAgt/FinInstnId/BIC");
	if (bic.size == 0)
		bic = tree_text_at(payment, "DbtrAgt/FinInstnId/BICFI");
	if (cuc.size > sizeof(file->payer_cuc))
		return fail(reading, "InitgPty/Id/OrgId/Othr/Id");
	if (bic.size > sizeof(file->payer_bic))
		return fail(reading, "DbtrAgt/FinInstnId");
	PUT(file->payer_cuc, cuc);
	PUT(file->payer_bic, bic);
	return TAKE(reading, header, "MsgId", file->message_id) &&
	       TAKE(reading, header, "CreDtTm", file->created) &&
	       TAKE(reading, payment, "PmtInfId", file->payment_id) &&
	       TAKE(reading, payment, "Dbtr/Nm", file->payer_name) &&
	       TAKE(reading, payment, "DbtrAcct/Id/IBAN", file->payer_iban);
}

bool pain001_read(const struct tree_node *root, enum pain001_version *ret_version,
		  struct pain001_file *file, const char **ret_fault)
{
	ASSERT(ret_version != NULL && file != NULL && ret_fault != NULL);
	struct reading reading = {.fault = NULL};
	const struct tree_node *top = tree_child(root, "CstmrCdtTrfInitn");
	const struct tree_node *payment = tree_child(top, "PmtInf");
	const struct tree_node *day = tree_at(payment, "ReqdExctnDt/Dt");
	*ret_version = day == NULL ? PAIN001_03 : PAIN001_09;
	if (day == NULL)
		day = tree_child(payment, "ReqdExctnDt");
	file->count = 0;
	file->total = cents_zero();
	bool is_good =
	    read_head(&reading, top, file) &&
	    (day_parse(tree_text_of(day), &file->execution) || fail(&reading, "ReqdExctnDt"));
	const struct tree_node *node = tree_child(payment, "CdtTrfTxInf");
	for (; is_good && node != NULL; node = tree_next(node)) {
		struct pain001_transfer *transfer = &file->transfers[file->count];
		is_good = file->count < file->size ? read_transfer(&reading, node, transfer)
						   : fail(&reading, "CdtTrfTxInf");
		if (is_good && !cents_add(file->total, transfer->amount, &file->total))
			is_good = fail(&reading, "CtrlSum");
		file->count += is_good ? 1 : 0;
	}
	*ret_fault = reading.fault;
	return is_good;
}

/* ---- Checks ---- */

struct sums {
	uint32_t count;
	struct cents total;
	bool is_beyond; /* 64 bits */
};

struct checking {
	struct findings *findings;
	struct once references;
	struct once payments;
	struct sums file;
	uint32_t at;
};

static void refuse(struct checking *checking, enum finding_code code, const char *field)
{
	finding_add(checking->findings, code, checking->at, field);
}

static void check_reference(struct checking *checking, struct slice text)
{
	bool is_bad = text.size == 0 || text.data[0] == '/' || text.data[text.size - 1] == '/';
	for (uint32_t i = 1; i < text.size; i++)
		is_bad = is_bad || (text.data[i] == '/' && text.data[i - 1] == '/');
	if (is_bad)
		refuse(checking, FINDING_REFERENCE, "EndToEndId");
	else if (!once_add(&checking->references, text))
		refuse(checking, FINDING_TWICE, "EndToEndId");
}

static void check_address(struct checking *checking, const struct tree_node *address)
{
	if (address == NULL)
		return;
	if (tree_child(address, "AdrLine") != NULL || tree_child(address, "TwnNm") == NULL ||
	    tree_child(address, "Ctry") == NULL)
		refuse(checking, FINDING_ADDRESS, "PstlAdr");
}

static void check_reason(struct checking *checking, const struct tree_node *remittance)
{
	uint32_t count = 0;
	const struct tree_node *node = tree_child(remittance, "Ustrd");
	for (; node != NULL; node = tree_next(node)) {
		count++;
		if (tree_text_of(node).size > PAIN001_REASON_SIZE)
			refuse(checking, FINDING_TEXT_LONG, "Ustrd");
	}
	if (count != 1)
		refuse(checking, FINDING_REASON_COUNT, "Ustrd");
}

static void add_amount(struct checking *checking, const struct tree_node *node, struct sums *sums)
{
	struct cents amount;
	const struct tree_node *instructed = tree_at(node, "Amt/InstdAmt");
	sums->count++;
	if (!slice_equals_text(tree_attribute_of(instructed, "Ccy"), "EUR"))
		refuse(checking, FINDING_CURRENCY, "Ccy");
	if (!text_parse_cents(tree_text_of(instructed), &amount) ||
	    cents_less(amount, cents_from(1)) || !cents_less(amount, cents_from(100000000000)))
		refuse(checking, FINDING_AMOUNT, "InstdAmt");
	else if (!cents_add(sums->total, amount, &sums->total))
		sums->is_beyond = true;
}

static void check_transfer(struct checking *checking, const struct tree_node *payment,
			   const struct tree_node *node)
{
	struct slice iban = tree_text_at(node, "CdtrAcct/Id/IBAN");
	struct slice purpose = tree_text_at(node, "PmtTpInf/CtgyPurp/Cd");
	struct slice charges = tree_text_at(node, "ChrgBr");
	if (purpose.size == 0)
		purpose = tree_text_at(payment, "PmtTpInf/CtgyPurp/Cd");
	if (charges.size == 0)
		charges = tree_text_at(payment, "ChrgBr");
	check_reference(checking, tree_text_at(node, "PmtId/EndToEndId"));
	if (tree_text_at(node, "Cdtr/Nm").size == 0)
		refuse(checking, FINDING_STRUCTURE, "Nm");
	if (tree_text_at(node, "Cdtr/Nm").size > PAIN001_NAME_SIZE)
		refuse(checking, FINDING_TEXT_LONG, "Nm");
	check_address(checking, tree_at(node, "Cdtr/PstlAdr"));
	check_reason(checking, tree_child(node, "RmtInf"));
	if (!identifier_iban_is_valid(iban))
		refuse(checking, FINDING_IBAN, "IBAN");
	if (is_italian(iban) && !slice_equals_text(purpose, SUPPLIER))
		refuse(checking, FINDING_PURPOSE, "CtgyPurp");
	if (!slice_equals_text(charges, "SLEV"))
		refuse(checking, FINDING_CHARGES, "ChrgBr");
}

/* Do the two control figures of a header say what stands below it? */
static void check_sums(struct checking *checking, const struct tree_node *node,
		       const struct sums *sums)
{
	uint32_t count = 0;
	struct cents total = cents_zero();
	if (!text_parse_u32(tree_text_at(node, "NbOfTxs"), UINT32_MAX, &count) ||
	    count != sums->count)
		refuse(checking, FINDING_COUNT, "NbOfTxs");
	if (!text_parse_cents(tree_text_at(node, "CtrlSum"), &total) || sums->is_beyond ||
	    !cents_equal(total, sums->total))
		refuse(checking, FINDING_SUM, "CtrlSum");
}

static void check_payment(struct checking *checking, const struct tree_node *payment)
{
	struct slice bic = tree_text_at(payment, "DbtrAgt/FinInstnId/BICFI");
	struct sums sums = {.count = 0};
	uint32_t before = checking->file.count;
	if (bic.size == 0)
		bic = tree_text_at(payment, "DbtrAgt/FinInstnId/BIC");
	const struct tree_node *node = tree_child(payment, "CdtTrfTxInf");
	for (; node != NULL; node = tree_next(node)) {
		checking->at = before + sums.count + 1;
		check_transfer(checking, payment, node);
		add_amount(checking, node, &sums);
	}
	checking->at = 0;
	checking->file.count += sums.count;
	checking->file.is_beyond =
	    checking->file.is_beyond || sums.is_beyond ||
	    !cents_add(checking->file.total, sums.total, &checking->file.total);
	check_sums(checking, payment, &sums);
	if (!once_add(&checking->payments, tree_text_at(payment, "PmtInfId")))
		refuse(checking, FINDING_TWICE, "PmtInfId");
	if (!identifier_iban_is_valid(tree_text_at(payment, "DbtrAcct/Id/IBAN")))
		refuse(checking, FINDING_IBAN, "DbtrAcct");
	if (bic.size > 0 && !identifier_bic_is_shaped(bic))
		refuse(checking, FINDING_BIC, "DbtrAgt");
	if (tree_text_at(payment, "Dbtr/Nm").size > PAIN001_NAME_SIZE)
		refuse(checking, FINDING_TEXT_LONG, "Dbtr");
	check_address(checking, tree_at(payment, "Dbtr/PstlAdr"));
}

/* Every text of the file is in signs that banks take. */
static void check_letters(struct checking *checking, const struct tree_node *root)
{
	checking->at = 0;
	for (const struct tree_node *node = root; node != NULL; node = tree_walk(node, root)) {
		if (slice_equals_text(node->name, "CdtTrfTxInf"))
			checking->at++;
		if (node->first_child == NULL && !latin_is(LATIN_SEPA, tree_text_of(node)))
			refuse(checking, FINDING_LETTERS,
			       slice_equals_text(node->name, "Nm")	? "Nm"
			       : slice_equals_text(node->name, "Ustrd") ? "Ustrd"
									: "text");
	}
	checking->at = 0;
}

bool pain001_check(const struct tree_node *root, struct arena *memory, struct findings *findings)
{
	ASSERT(memory != NULL && findings != NULL);
	const struct tree_node *top = tree_child(root, "CstmrCdtTrfInitn");
	const struct tree_node *payment = tree_child(top, "PmtInf");
	struct checking checking = {.findings = findings};
	uint32_t most = 1;
	if (root == NULL || payment == NULL) {
		refuse(&checking, FINDING_STRUCTURE, "PmtInf");
		return true;
	}
	for (const struct tree_node *node = root; node != NULL; node = tree_walk(node, root))
		most += slice_equals_text(node->name, "CdtTrfTxInf") ||
				slice_equals_text(node->name, "PmtInf")
			    ? 1
			    : 0;
	if (!once_init(&checking.references, memory, most) ||
	    !once_init(&checking.payments, memory, most))
		return false;
	if (!once_add(&checking.payments, tree_text_at(top, "GrpHdr/MsgId")))
		refuse(&checking, FINDING_TWICE, "MsgId");
	for (; payment != NULL; payment = tree_next(payment))
		check_payment(&checking, payment);
	check_sums(&checking, tree_child(top, "GrpHdr"), &checking.file);
	if (tree_text_at(top, "GrpHdr/InitgPty/Nm").size > PAIN001_NAME_SIZE)
		refuse(&checking, FINDING_TEXT_LONG, "InitgPty");
	check_letters(&checking, root);
	return true;
}
