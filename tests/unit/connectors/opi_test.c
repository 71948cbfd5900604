/* Payment orders: golden files of each operation, the schema, facts there and back, and each check
 * violated alone. */
#include "connectors/format/opi.h"

#include "tests/unit/connectors/payment_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MEMORY	     (8u << 20)
#define PAYMENTS     96u
#define ROWS	     48u
#define FINDINGS_MAX 256u

static _Alignas(16) unsigned char memory[MEMORY];
static _Alignas(16) unsigned char other[MEMORY];
static _Alignas(16) unsigned char codes[4096];
static struct arena arena;
static struct siope siope;
static struct opi_payment payments[PAYMENTS];
static struct opi_payment again[PAYMENTS];
static struct finding items[FINDINGS_MAX];
static struct findings findings;

static struct opi_order order_of(const struct payer *payer, const struct liquidation_row *rows,
				 uint32_t count)
{
	struct opi_order order = {.payer = payer,
				  .rows = rows,
				  .count = count,
				  .id = slice_from_text("TIT-202603-A794-7"),
				  .created = slice_from_text("2026-04-08T10:15:00"),
				  .operation = OPI_INSERT,
				  .first_number = 7001};
	assert_true(day_parse(slice_from_text("2026-04-08"), &order.day));
	return order;
}

/* The earlier flow that an operation other than INSERT is about. */
static void about(struct opi_order *order, const struct liquidation_row *rows, uint32_t count,
		  uint32_t first, uint16_t year)
{
	static struct opi_place places[PAYMENTS];
	order->earlier = rows;
	order->earlier_count = count;
	order->places = places;
	order->earlier_first = first;
	order->earlier_year = year;
}

static void make_flow(const struct opi_order *order, struct opi_flow *flow)
{
	findings = (struct findings){.items = items, .size = FINDINGS_MAX};
	memset(flow, 0, sizeof(*flow));
	memset(payments, 0, sizeof(payments));
	flow->payments = payments;
	flow->size = PAYMENTS;
	assert_true(opi_facts(order, flow, &findings));
}

static const struct tree_node *make_tree(const struct opi_flow *flow)
{
	struct tree tree;
	arena_init(&arena, memory, sizeof(memory));
	tree_init(&tree, &arena);
	opi_write(flow, &tree);
	assert_false(tree.overflow);
	assert_null(tree.at);
	return tree.root;
}

static struct opi_flow sample_flow(enum opi_operation operation)
{
	struct liquidation_row rows[CASES_ROWS];
	struct payer payer = cases_payer();
	struct opi_order order = order_of(&payer, rows, CASES_ROWS);
	struct opi_flow flow;
	cases_rows(rows);
	order.operation = operation;
	about(&order, rows, CASES_ROWS, operation == OPI_REPLACE ? 6001 : order.first_number, 2026);
	order.destination = OPI_BOUND;
	order.orders_vat = true;
	order.stamp_reason = "DPR 642/1972 tab. B";
	make_flow(&order, &flow);
	return flow;
}

static const struct tree_node *sample(enum opi_operation operation)
{
	struct opi_flow flow = sample_flow(operation);
	return make_tree(&flow);
}

static void check(const struct tree_node *root)
{
	struct arena list;
	uint32_t line = 0;
	arena_init(&list, codes, sizeof(codes));
	assert_true(siope_read(&siope, &list,
			       slice_from_text("1030215003\n1030215009\n1040202999\n"), &line));
	findings = (struct findings){.items = items, .size = FINDINGS_MAX};
	assert_true(opi_check(root, &siope, &arena, &findings));
}

static void golden_files_of_each_operation(void **state)
{
	static const char *const paths[OPI_OPERATIONS] = {
	    [OPI_INSERT] = "tests/golden/opi/insert.opi.xml",
	    [OPI_VARIATION] = "tests/golden/opi/variation.opi.xml",
	    [OPI_CANCEL] = "tests/golden/opi/cancel.opi.xml",
	    [OPI_REPLACE] = "tests/golden/opi/replace.opi.xml",
	};
	(void)state;
	for (int operation = OPI_INSERT; operation < OPI_OPERATIONS; operation++) {
		const struct tree_node *root = sample((enum opi_operation)operation);
		cases_compare_golden(root, paths[operation]);
		cases_validate(root, OPI_SCHEMA);
		check(root);
		cases_expect_none_refused(&findings);
	}
}

static void orders_gather_what_belongs_together(void **state)
{
	(void)state;
	struct opi_flow flow = sample_flow(OPI_INSERT);
	/* An invoice, its VAT, an invoice without, and two buoni of one impegno. */
	assert_int_equal(flow.count, 5);
	assert_int_equal(payments[0].order, 7001);
	assert_int_equal(payments[1].order, 7002);
	assert_int_equal(payments[1].means, OPI_F24EP);
	assert_int_equal(payments[1].debt, OPI_VAT);
	assert_true(cents_equal(payments[1].amount, cents_from(6253)));
	assert_int_equal(payments[2].order, 7003);
	assert_int_equal(payments[2].residual_year, 2025);
	assert_int_equal(payments[3].order, 7004);
	assert_int_equal(payments[3].place, 1);
	assert_int_equal(payments[4].order, 7004);
	assert_int_equal(payments[4].place, 2);
	assert_true(cents_equal(flow.total, cents_from(125050 + 6253 + 40000 + 8000 + 12345)));
	assert_true(slice_equals_text(SLICE_OF(payments[0].name),
				      "Cooperativa Solidarieta & Lavoro \"Bonta\" Onlus"));
	assert_true(slice_equals_text(SLICE_OF(payments[0].act), "DET 321/2026"));
	/* Letters of name and reason of the first; nothing else changed. */
	assert_int_equal(findings.count, 2);
	assert_int_equal(findings.refused, 0);
	assert_int_equal(items[0].code, FINDING_LETTERS_CHANGED);
	assert_int_equal(items[0].at, 1);
}

static void what_does_not_fit_is_told(void **state)
{
	struct liquidation_row rows[CASES_ROWS];
	struct payer payer = cases_payer();
	struct opi_order order = order_of(&payer, rows, CASES_ROWS);
	struct opi_flow flow;
	(void)state;
	cases_rows(rows);
	CASES_SET(rows[1].capitolo, "CAP. 12");
	make_flow(&order, &flow);
	assert_int_equal(flow.count, 4); /* the VAT is not ordered */
	assert_int_equal(payments[1].chapter, 0);
	assert_int_equal(findings.count, 3);
	assert_int_equal(items[2].code, FINDING_CHAPTER);
	assert_int_equal(items[2].at, 2);
	flow.size = 3;
	assert_false(opi_facts(&order, &flow, &findings));
	flow.size = PAYMENTS;
	order.first_number = OPI_NUMBER_MAX - 1;
	assert_false(opi_facts(&order, &flow, &findings));
	order.first_number = OPI_NUMBER_MAX - 2;
	assert_true(opi_facts(&order, &flow, &findings));
	order.id = slice_from_text("VCH: lotto n° 7_b.#2");
	assert_true(opi_facts(&order, &flow, &findings));
	assert_true(slice_equals_text(SLICE_OF(flow.id), "VCH--lotto-no-7_b.-2"));
}

static void what_the_treasurer_already_paid(void **state)
{
	(void)state;
	struct opi_flow flow = sample_flow(OPI_INSERT);
	payments[3].means = OPI_REGULARISE;
	payments[3].provisional = 4711;
	payments[3].is_provisional_budget = 1;
	memset(payments[3].iban, 0, sizeof(payments[3].iban));
	memset(payments[3].reference, 0, sizeof(payments[3].reference));
	const struct tree_node *root = make_tree(&flow);
	cases_validate(root, OPI_SCHEMA);
	check(root);
	cases_expect_none_refused(&findings);
	assert_true(slice_equals_text(
	    tree_text_of(cases_node(root, "mandato[4]/informazioni_beneficiario/sospeso/"
					  "numero_provvisorio")),
	    "4711"));
}

/* ---- Each check, violated alone ---- */

struct violation {
	const char *path;
	const char *text; /* NULL: the node is taken out */
	enum finding_code code;
	uint32_t at;
	const char *field;
};

#define HEAD	 "testata_flusso/"
#define FIRST	 "mandato/informazioni_beneficiario/"
#define CLASS	 FIRST "classificazione/"
#define DATA	 CLASS "classificazione_dati_siope_uscite/"
#define INVOICE	 DATA "fattura_siope/dati_fattura_siope/"
#define THIRD	 "mandato[3]/informazioni_beneficiario/"
#define BUONO	 "mandato[4]/informazioni_beneficiario[2]/"
#define LONG_37	 "1234567890123456789012345678901234567"
#define LONG_141 LONG_37 LONG_37 LONG_37 "123456789012345678901234567890"
#define LONG_371 LONG_141 LONG_141 LONG_37 LONG_37 "123456789012345"

static const struct violation violations[] = {
    {FIRST "sepa_credit_transfer/iban", "IT61X0542811101000000123456", FINDING_IBAN, 1, "iban"},
    {FIRST "sepa_credit_transfer/iban", "IT65A0542811101000000123456", FINDING_IBAN, 1, "iban"},
    {DATA "codice_cig_siope", "1234567CE8", FINDING_CIG, 1, "codice_cig_siope"},
    {DATA "codice_cig_siope", NULL, FINDING_CIG_MISSING, 1, "codice_cig_siope"},
    {CLASS "codice_cgu", "1040202001", FINDING_CGU, 1, "codice_cgu"},
    {THIRD "classificazione/codice_cup", "G77H2200183000A", FINDING_CUP, 3, "codice_cup"},
    {"mandato[4]/informazioni_beneficiario[2]", NULL, FINDING_BENEFICIARIES_SUM, 4,
     "importo_mandato"},
    {"mandato/bilancio/importo_bilancio", "1250.49", FINDING_BUDGET_SUM, 1, "importo_bilancio"},
    {"mandato[3]/bilancio/anno_residuo", NULL, FINDING_BUDGET_YEAR, 3, "anno_residuo"},
    {"mandato[3]/bilancio/anno_residuo", "2026", FINDING_BUDGET_YEAR, 3, "anno_residuo"},
    {"mandato[3]/bilancio/gestione", "COMPETENZA", FINDING_BUDGET_YEAR, 3, "anno_residuo"},
    {INVOICE "importo_siope", "1250.51", FINDING_INVOICE_SUM, 1, "importo_siope"},
    {DATA "fattura_siope", NULL, FINDING_INVOICE_MISSING, 1, "fattura_siope"},
    {INVOICE "numero_fattura_siope", NULL, FINDING_INVOICE_MISSING, 1, "numero_fattura_siope"},
    {FIRST "sepa_credit_transfer", NULL, FINDING_TRANSFER_MISSING, 1, "sepa_credit_transfer"},
    {FIRST "classificazione", NULL, FINDING_CLASSIFICATION_MISSING, 1, "classificazione"},
    {BUONO "classificazione/importo", "1.00", FINDING_CLASSIFICATION_SUM, 5, "importo"},
    {BUONO "beneficiario/codice_fiscale_beneficiario", NULL, FINDING_PAYEE_CODE, 5, "beneficiario"},
    {BUONO "beneficiario/codice_fiscale_beneficiario", "BNCLRA85T50F205B", FINDING_PAYEE_CODE, 5,
     "beneficiario"},
    {FIRST "beneficiario/partita_iva_beneficiario", "12345678904", FINDING_PAYEE_CODE, 1,
     "beneficiario"},
    {FIRST "causale", "Solidarietà", FINDING_LETTERS, 1, "causale"},
    {FIRST "causale", "12 €", FINDING_LETTERS, 1, "causale"},
    {FIRST "causale", LONG_371, FINDING_TEXT_LONG, 1, "causale"},
    {FIRST "beneficiario/anagrafica_beneficiario", LONG_141, FINDING_TEXT_LONG, 1,
     "anagrafica_beneficiario"},
    {FIRST "beneficiario/anagrafica_beneficiario", "Bontà", FINDING_LETTERS, 1,
     "anagrafica_beneficiario"},
    {FIRST "sepa_credit_transfer/identificativo_end_to_end", NULL, FINDING_REFERENCE, 1,
     "identificativo_end_to_end"},
    {BUONO "sepa_credit_transfer/identificativo_end_to_end", "TIT-7-1", FINDING_TWICE, 5,
     "identificativo_end_to_end"},
    {HEAD "codice_ABI_BT", "5428", FINDING_PAYER, 0, "codice_ABI_BT"},
    {HEAD "identificativo_flusso", "a b", FINDING_FLOW_NAME, 0, "identificativo_flusso"},
    {HEAD "codice_ente", "UFABC12", FINDING_PAYER, 0, "codice_ente"},
    {HEAD "descrizione_ente", "", FINDING_PAYER, 0, "descrizione_ente"},
    {HEAD "codice_istat_ente", "123", FINDING_PAYER, 0, "codice_istat_ente"},
    {HEAD "codice_fiscale_ente", "80012340165", FINDING_PAYER, 0, "codice_fiscale_ente"},
    {HEAD "codice_tramite_ente", "A2A-1234567", FINDING_PAYER, 0, "codice_tramite_ente"},
    {HEAD "codice_tramite_BT", "", FINDING_PAYER, 0, "codice_tramite_BT"},
    {HEAD "codice_ente_BT", NULL, FINDING_PAYER, 0, "codice_ente_BT"},
    {"esercizio", NULL, FINDING_STRUCTURE, 0, "flusso_ordinativi"},
};

static void each_check_violated_alone(void **state)
{
	(void)state;
	static_assert(sizeof(LONG_141) == 142 && sizeof(LONG_371) == 372, "just beyond");
	for (size_t i = 0; i < sizeof(violations) / sizeof(violations[0]); i++) {
		const struct violation *violation = &violations[i];
		const struct tree_node *root = sample(OPI_INSERT);
		if (violation->text == NULL)
			cases_drop(root, violation->path);
		else
			cases_set_text(root, violation->path, violation->text);
		check(root);
		cases_expect_one(&findings, violation->code, violation->at, violation->field);
	}
}

static void replacements_name_what_they_replace(void **state)
{
	const struct tree_node *root = sample(OPI_REPLACE);
	(void)state;
	cases_drop(root, BUONO "sostituzione_mandato");
	check(root);
	cases_expect_one(&findings, FINDING_REPLACED, 5, "sostituzione_mandato");
	root = sample(OPI_REPLACE);
	cases_set_text(root, "mandato[3]/tipo_operazione", "VARIAZIONE");
	check(root);
	cases_expect_one(&findings, FINDING_REPLACED, 3, "sostituzione_mandato");
}

static void amounts_are_amounts(void **state)
{
	static const char *const wrong[] = {"0.00", "-1.00", "80.0", "x", ""};
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct tree_node *root = sample(OPI_INSERT);
		cases_set_text(root, BUONO "importo_beneficiario", wrong[i]);
		check(root);
		/* The amount, the classification below it and the order above. */
		assert_int_equal(findings.refused, 3);
		assert_int_equal(items[0].code, FINDING_AMOUNT);
		assert_int_equal(items[0].at, 5);
		assert_int_equal(items[1].code, FINDING_CLASSIFICATION_SUM);
		assert_int_equal(items[2].code, FINDING_BENEFICIARIES_SUM);
	}
}

/* Any batch renders, validates, ties, and reads back through its bytes to the same facts. */
/* Of a flow whose first payment is left out, the others keep their numbers. */
static void what_is_left_keeps_its_numbers(void **state)
{
	static const enum opi_operation operations[] = {OPI_VARIATION, OPI_CANCEL, OPI_REPLACE};
	struct liquidation_row rows[CASES_ROWS];
	struct payer payer = cases_payer();
	struct opi_flow whole;
	struct opi_payment first[CASES_ROWS];
	(void)state;
	cases_rows(rows);
	struct opi_order order = order_of(&payer, rows, CASES_ROWS);
	make_flow(&order, &whole);
	assert_true(whole.count == CASES_ROWS);
	memcpy(first, payments, sizeof(first));
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		struct opi_flow flow;
		struct opi_order later = order_of(&payer, rows + 1, CASES_ROWS - 1);
		later.operation = operations[i];
		later.first_number = 9001;
		about(&later, rows, CASES_ROWS, order.first_number, 2025);
		make_flow(&later, &flow);
		assert_int_equal(flow.count, CASES_ROWS - 1);
		for (uint32_t j = 0; j < flow.count; j++) {
			bool is_new = operations[i] == OPI_REPLACE;
			const struct opi_payment *found = &flow.payments[j];
			assert_int_equal(is_new ? found->replaced_order : found->order,
					 first[j + 1].order);
			assert_int_equal(is_new ? found->replaced_place : found->place,
					 first[j + 1].place);
			assert_int_equal(found->replaced_year, is_new ? 2025 : 0);
		}
		/* a payment that was not there has no number to keep */
		about(&later, rows, CASES_ROWS - 1, order.first_number, 2025);
		flow.count = 0;
		assert_false(opi_facts(&later, &flow, &findings));
	}
}

static void any_batch_there_and_back(void **state)
{
	struct test_random random = test_random_make("opi");
	static struct liquidation_row rows[ROWS];
	struct payer payer = cases_payer();
	(void)state;
	for (uint32_t round = 0; round < 60; round++) {
		uint32_t count = 1 + (uint32_t)test_random_below(&random, ROWS);
		struct opi_order order = order_of(&payer, rows, count);
		struct opi_flow flow;
		struct opi_flow back = {.payments = again, .size = PAYMENTS};
		struct liquidation_totals totals;
		const char *fault = NULL;
		struct arena reading;
		struct cents vat = cents_zero();
		for (uint32_t i = 0; i < count; i++)
			rows[i] = cases_random_row(&random, i + 1);
		order.operation = (enum opi_operation)(1 + test_random_below(&random, 4));
		about(&order, rows, count, 12, 2025);
		order.orders_vat = test_random_below(&random, 2) == 1;
		order.destination = (uint8_t)test_random_below(&random, OPI_DESTINATIONS);
		order.is_provisional_budget = test_random_below(&random, 4) == 0;
		make_flow(&order, &flow);
		assert_true(liquidation_add_up(rows, count, &totals));
		for (uint32_t i = 0; i < count && order.orders_vat; i++)
			if (rows[i].split_payment != 0)
				assert_true(cents_add(vat, rows[i].iva, &vat));
		assert_true(cents_add(vat, totals.payable, &vat));
		assert_true(cents_equal(vat, flow.total));
		const struct tree_node *root = make_tree(&flow);
		check(root);
		cases_expect_none_refused(&findings);
		cases_validate(root, OPI_SCHEMA);
		arena_init(&reading, other, sizeof(other));
		memset(again, 0, sizeof(again));
		root = cases_through_bytes(root, &reading);
		if (!opi_read(root, &back, &fault))
			fail_msg("%s", fault);
		assert_int_equal(back.count, flow.count);
		assert_int_equal(back.operation, flow.operation);
		assert_true(day_equal(back.day, flow.day));
		assert_true(cents_equal(back.total, flow.total));
		for (uint32_t i = 0; i < flow.count; i++)
			assert_memory_equal(&again[i], &payments[i], sizeof(again[i]));
		assert_memory_equal(back.id, flow.id, sizeof(back.id));
		assert_memory_equal(back.payer_name, flow.payer_name, sizeof(back.payer_name));
		assert_memory_equal(back.payer.a2a_body, payer.a2a_body, sizeof(payer.a2a_body));
	}
}

static void what_is_no_flow_is_refused(void **state)
{
	struct opi_flow flow = {.payments = again, .size = PAYMENTS};
	const char *fault = NULL;
	const struct tree_node *root = sample(OPI_INSERT);
	(void)state;
	assert_true(opi_read(root, &flow, &fault));
	flow.size = 4;
	assert_false(opi_read(root, &flow, &fault));
	assert_string_equal(fault, "informazioni_beneficiario");
	flow.size = PAYMENTS;
	cases_set_text(root, BUONO "tipo_pagamento", "ASSEGNO");
	assert_false(opi_read(root, &flow, &fault));
	assert_string_equal(fault, "tipo_pagamento");
	root = sample(OPI_INSERT);
	cases_set_text(root, INVOICE "numero_fattura_siope", LONG_37);
	assert_false(opi_read(root, &flow, &fault));
	assert_string_equal(fault, "dati_fattura_siope/numero_fattura_siope");
	assert_false(opi_read(NULL, &flow, &fault));
	assert_string_equal(opi_operation_name(OPI_CANCEL), "ANNULLO");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(golden_files_of_each_operation),
	    cmocka_unit_test(orders_gather_what_belongs_together),
	    cmocka_unit_test(what_does_not_fit_is_told),
	    cmocka_unit_test(what_the_treasurer_already_paid),
	    cmocka_unit_test(each_check_violated_alone),
	    cmocka_unit_test(replacements_name_what_they_replace),
	    cmocka_unit_test(amounts_are_amounts),
	    cmocka_unit_test(what_is_left_keeps_its_numbers),
	    cmocka_unit_test(any_batch_there_and_back),
	    cmocka_unit_test(what_is_no_flow_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
