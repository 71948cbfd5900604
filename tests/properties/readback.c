/* Files read back: see readback.h. */
#include "tests/properties/readback.h"

#include "connectors/delivery/folder.h"
#include "connectors/format/latin.h"
#include "connectors/format/opi.h"
#include "connectors/format/pain001.h"
#include "connectors/format/table_read.h"
#include "connectors/profiles/profile_file.h"
#include "connectors/xml/xml.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define PROFILES     "connectors/profiles"
#define PAYMENTS_MAX (2 * FACTS_MAX)
#define FINDINGS_MAX 64u
#define PROFILES_MAX 8u

static _Alignas(16) unsigned char memory[16u << 20];
static struct finding items[FINDINGS_MAX];

static bool is_same(const char *member, size_t size, struct slice text)
{
	return slice_equals((struct slice){member, (uint32_t)strnlen(member, size)}, text);
}
#define IS_SAME(member, other) is_same(member, sizeof(member), SLICE_OF(other))

const struct render_file *readback_file(const struct render *render, const char *suffix)
{
	for (uint32_t i = 0; i < render->count; i++) {
		const char *name = render->files[i].name;
		size_t size = strlen(name);
		if (size > strlen(suffix) && strcmp(name + size - strlen(suffix), suffix) == 0 &&
		    name[size - strlen(suffix) - 1] == '.')
			return &render->files[i];
	}
	life_fail("no file %s", suffix);
}

/* ---- Tables ---- */

static const struct profile *profile_of(const char *name, const struct field_set *set)
{
	static struct profile all[PROFILES_MAX];
	static uint32_t count;
	struct profile_file_fault fault = {""};
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(all[i].name, name) == 0)
			return &all[i];
	if (count == PROFILES_MAX ||
	    profile_file_load(PROFILES, name, set, &all[count], &fault) != RESULT_OK)
		life_fail("profile %s: %s", name, fault.text);
	return &all[count++];
}

/* Letters that every character set and every kind of table carries. */
static bool is_plain(const char *member, size_t size)
{
	for (size_t i = 0; i < size && member[i] != '\0'; i++)
		if (member[i] <= ' ' || member[i] > '~' || member[i] == '"')
			return false;
	return true;
}

static void compare_column(const struct profile_column *column, const struct profile *profile,
			   const struct liquidation_row *wrote, const struct liquidation_row *read,
			   bool is_exact)
{
	const char *left = (const char *)wrote + column->field->offset;
	const char *right = (const char *)read + column->field->offset;
	size_t size = column->field->size;
	if (column->field->type == FIELD_TEXT && !is_exact) {
		if (!is_plain(left, size))
			return;
		size = column->is_cut && column->width < size ? column->width : size;
	}
	if (memcmp(left, right, size) != 0)
		life_fail("%s, row %u, column %s: wrote %.60s, read %.60s", profile->name,
			    wrote->riga, column->heading, left, right);
}

void readback_table(const struct render *render, const struct liquidation_batch *batch,
		    const char *name)
{
	static struct table_read table;
	const struct profile *profile = profile_of(name, &liquidation_row_set);
	const struct render_file *file = readback_file(render, profile->suffix);
	bool is_utf8 = profile->charset == CHARSET_UTF_8;
	struct liquidation_row row;
	struct cents sum = cents_zero();
	uint32_t rows = 0;
	if (is_utf8 && profile->quotes != PROFILE_QUOTES_NEVER && render->told[0] != '\0')
		life_fail("%s: %s", name, render->told);
	if (!table_read_begin(&table, profile, (struct slice){file->data, file->size}))
		life_fail("%s: %s", name, table_fault_text(table.fault));
	for (uint32_t i = 0; i < batch->row_count; i++) {
		if (!profile_takes(profile, &batch->rows[i]))
			continue;
		if (table_read_row(&table, &row) != TABLE_READ_ROW)
			life_fail("%s, line %u, column %u: %s", name, table.line, table.column,
				    table_fault_text(table.fault));
		for (uint32_t j = 0; j < profile->column_count; j++) {
			const struct profile_column *column = &profile->columns[j];
			if (column->field != NULL && !column->is_unread)
				compare_column(column, profile, &batch->rows[i], &row,
					       render->told[0] == '\0');
		}
		facts_add(&sum, row.importo_da_pagare);
		rows++;
	}
	if (table_read_row(&table, &row) != TABLE_READ_END)
		life_fail("%s: more rows than the export has", name);
	if (!cents_equal(sum, batch->totals.payable) || rows != file->manifest.righe)
		life_fail("%s does not pay what the ledger says", name);
}

void readback_facts(const struct render *render, struct export_id export, struct facts *facts)
{
	static struct table_read table;
	const struct profile *profile = profile_of("rfc4180", &liquidation_row_set);
	const struct render_file *file = readback_file(render, profile->suffix);
	struct liquidation_row row;
	if (!table_read_begin(&table, profile, (struct slice){file->data, file->size}))
		life_fail("rfc4180: %s", table_fault_text(table.fault));
	while (table_read_row(&table, &row) == TABLE_READ_ROW)
		if (facts_take(facts, export, &row) == NULL)
			life_fail("no record says %.35s: %.24s, %.16s", row.end_to_end_id,
				    row.beneficiario, row.codice_siope);
	for (uint32_t i = 0; i < facts->count; i++)
		if (!facts->all[i].is_taken)
			life_fail("no row pays item %u, impegno %s, %s", facts->all[i].item.raw,
				    facts->all[i].commitment, facts->all[i].siope);
}

/* ---- The manifest ---- */

static void check_manifest_row(const struct render_file *file,
			       const struct liquidation_manifest *row, const struct facts *facts)
{
	uint8_t hash[FOLDER_HASH_SIZE];
	char hex[2 * FOLDER_HASH_SIZE];
	folder_hash((struct slice){file->data, file->size}, hash);
	text_hex_encode(hash, sizeof(hash), hex);
	/* raw: as a manifest has them */
	if (!slice_equals_text(SLICE_OF(row->file), file->name) ||
	    memcmp(row->sha256, hex, sizeof(hex)) != 0 ||
	    row->totale_da_pagare_centesimi != (uint64_t)facts->payable.raw || /* raw: same */
	    row->imponibile_centesimi != (uint64_t)facts->net.raw ||	       /* raw: same */
	    row->iva_centesimi != (uint64_t)facts->vat.raw)		       /* raw: same */
		life_fail("the manifest does not tell %s as it is", file->name);
}

void readback_manifest(const struct render *render, const struct liquidation_batch *batch,
		       const struct facts *facts)
{
	static struct table_read table;
	const struct profile *profile = profile_of("manifest", &liquidation_manifest_set);
	const struct render_file *file = &render->files[render->count - 1];
	struct liquidation_manifest row;
	if (!table_read_begin(&table, profile, (struct slice){file->data, file->size}))
		life_fail("%s: %s", file->name, table_fault_text(table.fault));
	for (uint32_t i = 0; i + 1 < render->count; i++) {
		if (table_read_row(&table, &row) != TABLE_READ_ROW)
			life_fail("%s: no row of %s", file->name, render->files[i].name);
		check_manifest_row(&render->files[i], &row, facts);
	}
	if (table_read_row(&table, &row) != TABLE_READ_END)
		life_fail("%s: more rows than files, for %s", file->name, batch->id);
}

/* ---- XML ---- */

static const struct tree_node *read_tree(const struct render_file *file, struct arena *arena)
{
	char fault[XML_FAULT_SIZE];
	const struct tree_node *root = NULL;
	arena_init(arena, memory, sizeof(memory));
	if (xml_read((struct slice){file->data, file->size}, &xml_limits_default, arena, &root,
		     fault) != RESULT_OK)
		life_fail("%s: %s", file->name, fault);
	return root;
}

static void refuse_findings(const struct render_file *file, const struct findings *findings)
{
	for (uint32_t i = 0; i < findings->count; i++)
		if (finding_kind(findings->items[i].code) == FINDING_KIND_REFUSED)
			life_fail("%s, payment %u, %s: %s", file->name, findings->items[i].at,
				    findings->items[i].field,
				    finding_name(findings->items[i].code));
	if (findings->refused > 0)
		life_fail("%s: findings", file->name);
}

/* Is it the text in the letters of a set? */
static bool is_latin_of(enum latin_set set, struct slice given, const char *member, uint32_t size)
{
	char expected[OPI_REASON_SIZE];
	(void)latin_write(set, given, expected, size);
	return memcmp(expected, member, size) == 0;
}

static void check_transfer(const struct render_file *file, const struct liquidation_row *row,
			   const struct pain001_transfer *transfer)
{
	if (!IS_SAME(transfer->end_to_end, row->end_to_end_id) ||
	    !IS_SAME(transfer->iban, row->iban) ||
	    !cents_equal(transfer->amount, row->importo_da_pagare) ||
	    !is_latin_of(LATIN_SEPA, SLICE_OF(row->beneficiario), transfer->name,
			 sizeof(transfer->name)) ||
	    !is_latin_of(LATIN_SEPA, SLICE_OF(row->causale), transfer->reason,
			 sizeof(transfer->reason)) ||
	    transfer->is_supplier != (memcmp(row->iban, "IT", 2) == 0))
		life_fail("%s: the transfer of row %u is another", file->name, row->riga);
}

void readback_pain001(const struct render *render, const struct liquidation_batch *batch,
		      uint32_t version)
{
	static struct pain001_transfer transfers[FACTS_MAX];
	const struct render_file *file =
	    readback_file(render, version == 3 ? "pain001.03.xml" : "pain001.09.xml");
	struct pain001_file read = {.transfers = transfers, .size = FACTS_MAX};
	struct findings findings = {.items = items, .size = FINDINGS_MAX};
	enum pain001_version found;
	struct arena arena;
	const char *fault = "";
	uint32_t next = 0;
	const struct tree_node *root = read_tree(file, &arena);
	if (!pain001_read(root, &found, &read, &fault) || found != version)
		life_fail("%s: %s", file->name, fault);
	if (!pain001_check(root, &arena, &findings))
		life_fail("%s: no memory", file->name);
	refuse_findings(file, &findings);
	for (uint32_t i = 0; i < batch->row_count; i++) {
		if (cents_is_zero(batch->rows[i].importo_da_pagare))
			continue;
		if (next == read.count)
			life_fail("%s: row %u is not paid", file->name, batch->rows[i].riga);
		check_transfer(file, &batch->rows[i], &transfers[next++]);
	}
	if (next != read.count || !cents_equal(read.total, batch->totals.payable) ||
	    !is_same(read.message_id, sizeof(read.message_id), slice_from_text(batch->id)) ||
	    !IS_SAME(read.payer_iban, batch->payer.iban))
		life_fail("%s does not pay what the ledger says", file->name);
}

static void check_order(const struct render_file *file, const struct liquidation_row *row,
			const struct opi_payment *payment)
{
	bool is_commercial = slice_equals_text(SLICE_OF(row->tipo_debito), "COMMERCIALE");
	if (!IS_SAME(payment->reference, row->end_to_end_id) || !IS_SAME(payment->iban, row->iban) ||
	    !cents_equal(payment->amount, row->importo_da_pagare) ||
	    !IS_SAME(payment->siope, row->codice_siope) || !IS_SAME(payment->cig, row->cig) ||
	    payment->debt != (is_commercial ? OPI_COMMERCIAL : OPI_OTHER) ||
	    !is_latin_of(LATIN_ASCII, SLICE_OF(row->beneficiario), payment->name,
			 sizeof(payment->name)) ||
	    (is_commercial && payment->invoice_lot == 0))
		life_fail("%s: the order of row %u is another", file->name, row->riga);
}

static void read_orders(const struct render_file *file, struct opi_flow *flow)
{
	static struct siope siope;
	struct findings findings = {.items = items, .size = FINDINGS_MAX};
	static _Alignas(16) unsigned char codes[1024];
	uint32_t line = 0;
	struct arena arena;
	struct arena list;
	const char *fault = "";
	const struct tree_node *root = read_tree(file, &arena);
	arena_init(&list, codes, sizeof(codes));
	if (!siope_read(&siope, &list,
			slice_from_text("1030215003\n1030215008\n1030215009\n1040202999\n"),
			&line))
		life_fail("codes, line %u", line);
	if (!opi_read(root, flow, &fault))
		life_fail("%s: %s", file->name, fault);
	if (!opi_check(root, &siope, &arena, &findings))
		life_fail("%s: no memory", file->name);
	refuse_findings(file, &findings);
}

void readback_opi(const struct render *render, const struct liquidation_batch *batch,
		  bool orders_vat)
{
	static struct opi_payment payments[PAYMENTS_MAX];
	const struct render_file *file = readback_file(render, "opi.xml");
	struct opi_flow flow = {.payments = payments, .size = PAYMENTS_MAX};
	struct cents vat = cents_zero();
	struct cents whole = batch->totals.payable;
	uint32_t next = 0;
	memset(payments, 0, sizeof(payments));
	read_orders(file, &flow);
	for (uint32_t i = 0; i < flow.count; i++)
		if (payments[i].debt == OPI_VAT)
			facts_add(&vat, payments[i].amount);
	for (uint32_t i = 0; i < batch->row_count; i++) {
		if (cents_is_zero(batch->rows[i].importo_da_pagare))
			continue;
		while (next < flow.count && payments[next].debt == OPI_VAT)
			next++;
		if (next == flow.count)
			life_fail("%s: row %u is not paid", file->name, batch->rows[i].riga);
		check_order(file, &batch->rows[i], &payments[next++]);
	}
	facts_add(&whole, vat);
	if (!cents_equal(vat, orders_vat ? batch->totals.vat : cents_zero()) ||
	    !cents_equal(flow.total, whole))
		life_fail("%s does not pay what the ledger says", file->name);
}
