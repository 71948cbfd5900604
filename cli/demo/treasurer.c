/* What treasurer and bank do with the files that reach them: they pay, and say so. The treasurer of
 * the comune reads OPI orders and answers with his daily journal, the bank of the lead body reads
 * pain.001 and answers with a notification of debits. Both know only what stands in the files. */
#include "cli/demo/steps.h"
#include "connectors/delivery/folder.h"
#include "connectors/xml/xml.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY (64u << 20)

struct desk {
	struct demo *demo;
	const char *day; /* of the payments: "2026-11-24" */
	struct arena arena;
	struct tree answer;
	struct cents sum;
	uint32_t count;
};

static struct cents amount_at(const struct tree_node *node, const char *path)
{
	struct cents amount = cents_zero();
	bool good = text_parse_cents(tree_text_at(node, path), &amount);
	return good ? amount : cents_zero();
}

static void add_up(struct desk *desk, struct cents amount)
{
	bool fits = cents_add(desk->sum, amount, &desk->sum);
	ASSERT(fits);
	desk->count++;
}

/* ---- The treasurer's journal ---- */

static void journal_line(struct desk *desk, const struct tree_node *order,
			 const struct tree_node *payment)
{
	struct tree *tree = &desk->answer;
	struct cents amount = amount_at(payment, "importo_beneficiario");
	add_up(desk, amount);
	tree_open(tree, "movimento_conto_evidenza");
	tree_string(tree, "tipo_movimento", "USCITA");
	tree_string(tree, "tipo_documento", "MANDATO");
	tree_string(tree, "tipo_operazione", "ESEGUITO");
	tree_text(tree, "numero_documento", tree_text_at(order, "numero_mandato"));
	tree_cents(tree, "importo", amount);
	tree_number(tree, "numero_bolletta_quietanza", desk->count);
	tree_string(tree, "data_movimento", desk->day);
	tree_text(tree, "end_to_end_id",
		  tree_text_at(payment, "sepa_credit_transfer/identificativo_end_to_end"));
	tree_close(tree);
}

/* Balances before and after, by the names that the account and the whole have for them. */
static void journal_sums(struct desk *desk, const char *const *names)
{
	struct cents after;
	struct cents before = cents_from(INT64_C(100000000));
	bool fits = cents_sub(before, desk->sum, &after);
	ASSERT(fits);
	tree_cents(&desk->answer, names[0], before);
	tree_cents(&desk->answer, names[1], cents_zero());
	tree_cents(&desk->answer, names[2], desk->sum);
	tree_cents(&desk->answer, names[3], after);
}

static void journal(struct desk *desk, const struct tree_node *flow)
{
	static const char *const account[] = {
	    "saldo_precedente_conto_evidenza", "totale_entrate_conto_evidenza",
	    "totale_uscite_conto_evidenza", "saldo_finale_conto_evidenza"};
	static const char *const whole[] = {"saldo_complessivo_precedente",
					    "totale_complessivo_entrate",
					    "totale_complessivo_uscite",
					    "saldo_complessivo_finale"};
	struct tree *tree = &desk->answer;
	tree_open(tree, "flusso_giornale_di_cassa");
	tree_string(tree, "identificativo_flusso_BT", "GDC-SINTETICO");
	tree_string(tree, "pagina", "1");
	tree_string(tree, "pagine_totali", "1");
	tree_string(tree, "esercizio", "2026");
	tree_string(tree, "data_riferimento_GdC", desk->day);
	tree_open(tree, "informazioni_conto_evidenza");
	tree_string(tree, "conto_evidenza", "0000001");
	const struct tree_node *order = tree_child(flow, "mandato");
	for (; order != NULL; order = tree_next(order)) {
		const struct tree_node *payment = tree_child(order, "informazioni_beneficiario");
		for (; payment != NULL; payment = tree_next(payment))
			journal_line(desk, order, payment);
	}
	journal_sums(desk, account);
	tree_close(tree);
	journal_sums(desk, whole);
	tree_close(tree);
}

/* ---- The bank's notification ---- */

static void entry(struct desk *desk, const struct tree_node *transfer)
{
	struct tree *tree = &desk->answer;
	struct cents amount = amount_at(transfer, "Amt/InstdAmt");
	add_up(desk, amount);
	tree_open(tree, "Ntry");
	tree_cents(tree, "Amt", amount);
	tree_attribute(tree, "Ccy", "EUR");
	tree_string(tree, "CdtDbtInd", "DBIT");
	tree_string(tree, "Sts", "BOOK");
	tree_open(tree, "BookgDt");
	tree_string(tree, "Dt", desk->day);
	tree_close(tree);
	tree_open(tree, "NtryDtls");
	tree_open(tree, "TxDtls");
	tree_open(tree, "Refs");
	tree_text(tree, "EndToEndId", tree_text_at(transfer, "PmtId/EndToEndId"));
	tree_close(tree);
	tree_open(tree, "AmtDtls");
	tree_open(tree, "TxAmt");
	tree_cents(tree, "Amt", amount);
	tree_attribute(tree, "Ccy", "EUR");
	tree_close(tree);
	tree_close(tree);
	tree_close(tree);
	tree_close(tree);
	tree_close(tree);
}

static void notification(struct desk *desk, const struct tree_node *document)
{
	struct tree *tree = &desk->answer;
	char instant[32];
	snprintf(instant, sizeof(instant), "%.10sT18:00:00", desk->day);
	tree_open(tree, "Document");
	tree_attribute(tree, "xmlns", "urn:iso:std:iso:20022:tech:xsd:camt.054.001.02");
	tree_open(tree, "BkToCstmrDbtCdtNtfctn");
	tree_open(tree, "GrpHdr");
	tree_string(tree, "MsgId", "NTF-SINTETICO");
	tree_string(tree, "CreDtTm", instant);
	tree_close(tree);
	tree_open(tree, "Ntfctn");
	tree_string(tree, "Id", "NTF-1");
	tree_string(tree, "CreDtTm", instant);
	tree_open(tree, "Acct");
	tree_open(tree, "Id");
	tree_string(tree, "IBAN", DEMO_LEAD_IBAN);
	tree_close(tree);
	tree_close(tree);
	for (const struct tree_node *node = document; node != NULL;
	     node = tree_walk(node, document))
		if (slice_equals_text(node->name, "CdtTrfTxInf"))
			entry(desk, node);
	tree_close(tree);
	tree_close(tree);
	tree_close(tree);
}

/* ---- Both ---- */

static bool deliver(struct desk *desk, const char *name, char ret_path[SETTING_SIZE_MAX])
{
	char folder[SETTING_SIZE_MAX];
	struct slice bytes = {NULL, 0};
	snprintf(folder, sizeof(folder), "%.800s/outcomes", desk->demo->folder);
	snprintf(ret_path, SETTING_SIZE_MAX, "%.700s/%s", folder, name);
	bool good = !desk->answer.overflow &&
		    xml_write(desk->answer.root, &bytes) == RESULT_OK &&
		    folder_make(folder) == RESULT_OK &&
		    folder_deliver(folder, name, bytes) == RESULT_OK;
	xml_free(&bytes);
	return call_expect(desk->demo, good, "cannot write %s", ret_path);
}

static void answer_file(struct desk *desk, struct slice bytes, const char *name,
			char ret_path[SETTING_SIZE_MAX])
{
	const struct tree_node *root;
	char fault[XML_FAULT_SIZE];
	enum result result =
	    xml_read(bytes, &xml_limits_default, &desk->arena, &root, fault);
	ret_path[0] = '\0';
	if (!call_expect(desk->demo, result == RESULT_OK, "an exported file is no XML: %s", fault))
		return;
	tree_init(&desk->answer, &desk->arena);
	if (slice_equals_text(root->name, "flusso_ordinativi"))
		journal(desk, root);
	else
		notification(desk, root);
	call_expect(desk->demo, desk->count > 0, "%s holds no payment", name);
	if (!deliver(desk, name, ret_path))
		ret_path[0] = '\0';
}

struct cents treasurer_pay(struct demo *demo, const char *file, const char *day, const char *name,
			   char ret_path[SETTING_SIZE_MAX])
{
	struct desk desk = {.demo = demo, .day = day, .sum = cents_zero()};
	struct buffer bytes = {NULL, 0, 0};
	void *memory = memory_get(MEMORY);
	arena_init(&desk.arena, memory, MEMORY);
	if (call_expect(demo, buffer_read_file(&bytes, file), "cannot read %s", file))
		answer_file(&desk, buffer_slice(&bytes), name, ret_path);
	buffer_free(&bytes);
	free(memory);
	demo->transfers += desk.count;
	return desk.sum;
}
