/* Rows of any content as payment files: whatever the rows say, what is written reads back to the
 * facts it was written from, letters are those that banks take, and sums are those of the rows. */
#include "connectors/format/latin.h"
#include "connectors/format/opi.h"
#include "connectors/format/pain001.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ROWS	     8u
#define TREE_SIZE    (1u << 20)
#define FINDINGS_MAX 256u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(16) unsigned char memory[TREE_SIZE];
static struct liquidation_row rows[ROWS];
static struct pain001_transfer transfers[2][ROWS];
static struct opi_payment payments[2][2 * ROWS];

/* Bytes over the row; amounts stay amounts of a ledger: not negative, far from 64 bits. */
static void make_rows(const uint8_t *data, size_t size)
{
	memset(rows, 0, sizeof(rows));
	memcpy(rows, data, size < sizeof(rows) ? size : sizeof(rows));
	for (uint32_t i = 0; i < ROWS; i++) {
		rows[i].importo_da_pagare = cents_from(data[i % size] * 1001);
		rows[i].iva = cents_from(data[(i + 1) % size]);
		rows[i].data_scadenza = (struct day){20000 + data[i % size]};
	}
}

static void check_pain001(const struct payer *payer, struct findings *findings, struct day day)
{
	struct pain001_file file = {.transfers = transfers[0], .size = ROWS};
	struct pain001_file back = {.transfers = transfers[1], .size = ROWS};
	struct pain001_order order = {
	    payer, rows, ROWS, slice_from_text("TIT-1"), slice_from_text("2026-04-08T10:15:00"),
	    day};
	struct arena arena;
	struct tree tree;
	enum pain001_version version;
	const char *fault = NULL;
	memset(transfers, 0, sizeof(transfers));
	ASSERT(pain001_facts(&order, &file, findings));
	arena_init(&arena, memory, sizeof(memory));
	tree_init(&tree, &arena);
	pain001_write(PAIN001_09, &file, &tree);
	ASSERT(!tree.overflow);
	for (uint32_t i = 0; i < file.count; i++) {
		ASSERT(latin_is(LATIN_SEPA, SLICE_OF(transfers[0][i].name)));
		ASSERT(latin_is(LATIN_SEPA, SLICE_OF(transfers[0][i].reason)));
	}
	if (!pain001_read(tree.root, &version, &back, &fault))
		return; /* an empty text: the check says so */
	ASSERT(version == PAIN001_09 && back.count == file.count);
	ASSERT(cents_equal(back.total, file.total));
}

static void check_opi(const struct payer *payer, struct findings *findings, struct day day)
{
	struct opi_flow flow = {.payments = payments[0], .size = 2 * ROWS};
	struct opi_flow back = {.payments = payments[1], .size = 2 * ROWS};
	struct opi_order order = {.payer = payer,
				  .rows = rows,
				  .count = ROWS,
				  .id = slice_from_text("TIT-1"),
				  .created = slice_from_text("2026-04-08T10:15:00"),
				  .day = day,
				  .operation = OPI_INSERT,
				  .first_number = 1,
				  .orders_vat = true};
	struct arena arena;
	struct tree tree;
	const char *fault = NULL;
	memset(payments, 0, sizeof(payments));
	ASSERT(opi_facts(&order, &flow, findings));
	arena_init(&arena, memory, sizeof(memory));
	tree_init(&tree, &arena);
	opi_write(&flow, &tree);
	ASSERT(!tree.overflow);
	if (!opi_read(tree.root, &back, &fault))
		return;
	ASSERT(back.count == flow.count && cents_equal(back.total, flow.total));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct finding items[FINDINGS_MAX];
	struct findings findings = {.items = items, .size = FINDINGS_MAX};
	struct payer payer = {.code = ""};
	struct day day = {20551};
	if (size == 0)
		return 0;
	make_rows(data, size);
	memcpy(payer.name, data, size < sizeof(payer.name) ? size : sizeof(payer.name));
	check_pain001(&payer, &findings, day);
	check_opi(&payer, &findings, day);
	ASSERT(findings.count <= FINDINGS_MAX);
	return 0;
}
