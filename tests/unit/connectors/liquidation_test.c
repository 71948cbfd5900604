/* From answers of the API to files: grouping, sums, refusals, the same bytes again. */
#include "connectors/delivery/folder.h"
#include "connectors/liquidation/liquidation.h"
#include "connectors/liquidation/render.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

/* A ledger of paths and answers. */
struct page {
	const char *path;
	const char *body;
};

static const struct page masters[] = {
    {"/v1/ambiti/CREMA", "{\"code\":\"CREMA\",\"name\":\"Ambito\",\"lead_tax_code\":\"1\"}"},
    {"/v1/providers/ALFA", "{\"code\":\"ALFA\",\"legal_name\":\"=ALFA\",\"vat_number\":\"2\","
			   "\"iban\":\"IT60X0542811101000000123456\"}"},
    {"/v1/providers/BANCA", "{\"code\":\"BANCA\",\"legal_name\":\"Banca\",\"vat_number\":\"3\","
			    "\"iban\":\"IT60X0542811101000000123456\"}"},
    {"/v1/line-adjustments?statement=stm_12&limit=1000",
     "{\"items\":[{\"id\":\"adj_2\",\"line\":\"stl_3\",\"kind\":\"SET_OFF\",\"net_cents\":150,"
     "\"vat_cents\":5},{\"id\":\"adj_3\",\"line\":\"stl_3\",\"kind\":\"CREDITED\",\"net_cents\":30}"
     ","
     "{\"id\":\"adj_4\",\"line\":\"stl_2\",\"kind\":\"ROUNDING_PROMISED\",\"vat_cents\":1}]}"},
    {"/v1/accreditations/acc_1", "{\"cig\":\"1234567CE7\"}"},
    {"/v1/services/SAD_OSS", "{\"siope_code\":\"1030215009\"}"},
    {"/v1/commitments/imp_1", "{\"number\":\"412\",\"chapter\":\"3550\",\"act\":\"DT 321/2026\"}"},
    {"/v1/commitments/imp_2", "{\"number\":\"77\",\"chapter\":\"3560\",\"act\":\"verbal\"}"},
    {"/v1/comuni/019067", "{\"cadastral_code\":\"G306\",\"name\":\"Pandino\"}"},
    {"/v1/comuni/019035", "{\"cadastral_code\":\"D142\",\"name\":\"Crema\"}"},
};

#define STATEMENT(state, net)                                                                      \
	"{\"id\":\"stm_12\",\"state\":\"" state "\",\"ambito\":\"CREMA\",\"provider\":\"ALFA\","   \
	"\"accreditation\":\"acc_1\",\"month\":\"2026-10\",\"vat_bp\":500,\"net_cents\":" net ","  \
	"\"vat_cents\":25,\"invoice_number\":\"7\",\"invoice_date\":\"2026-11-12\"}"
#define LINE(id, fund, voucher, comune, commitment, net, vat)                                      \
	"{\"id\":\"" id "\",\"fund_year\":\"" fund "\",\"voucher\":\"" voucher                     \
	"\",\"comune\":\"" comune "\",\"commitment\":\"" commitment                                \
	"\",\"service\":\"SAD_OSS\",\"net_cents\":" net ",\"vat_cents\":" vat "}"

struct ledger {
	const char *statement;
	uint32_t reads;
};

static json_t *fetch(void *context, const char *path)
{
	struct ledger *ledger = context;
	const char *body = NULL;
	json_error_t error;
	ledger->reads++;
	if (strcmp(path, "/v1/statements/stm_12") == 0)
		body = ledger->statement;
	else if (strcmp(path, "/v1/statements/stm_12/lines?limit=1000") == 0)
		body = "{\"items\":[" LINE("stl_3", "FNPS-2026", "V2", "019067", "imp_1", "200",
					   "10") "," LINE("stl_2", "FNPS-2026", "V1", "019035",
							  "imp_1", "100",
							  "5") "],\"next_cursor\":\"c2\"}";
	else if (strcmp(path, "/v1/statements/stm_12/lines?limit=1000&cursor=c2") == 0)
		body = "{\"items\":[" LINE("stl_1", "COMUNI-2026", "V3", "019067", "imp_2", "150",
					   "8") "," LINE("stl_0", "FNPS-2026", "V1", "019035",
							 "imp_1", "50", "2") "]}";
	for (size_t i = 0; body == NULL && i < sizeof(masters) / sizeof(masters[0]); i++)
		if (strcmp(path, masters[i].path) == 0)
			body = masters[i].body;
	return body == NULL ? NULL : json_loads(body, 0, &error);
}

static void lines_become_one_row_for_each_impegno(void **state)
{
	struct ledger ledger = {.statement = STATEMENT("APPROVED", "500")};
	struct liquidation_source source = {.fetch = fetch, .context = &ledger};
	struct liquidation_batch batch;
	(void)state;
	assert_int_equal(liquidation_read(&source, "stm_12", &batch), RESULT_OK);
	assert_int_equal(batch.row_count, 2);
	assert_string_equal(batch.id, "VCH-202610-CREMA-S12");
	assert_memory_equal(batch.rows[0].fondo, "COMUNI", 7);
	assert_memory_equal(batch.rows[1].fondo, "FNPS", 5);
	assert_true(cents_equal(batch.rows[0].imponibile, cents_from(150)));
	assert_true(cents_equal(batch.rows[1].imponibile, cents_from(350)));
	assert_true(cents_equal(batch.rows[1].iva, cents_from(17)));
	/* Split payment: the payee gets the net. */
	assert_true(cents_equal(batch.rows[1].importo_da_pagare, cents_from(350)));
	/* One comune is named, several are the ambito's; titles are counted once. */
	assert_memory_equal(batch.rows[0].comune, "Pandino", 8);
	assert_memory_equal(batch.rows[1].comune, "Ambito", 7);
	assert_int_equal(batch.rows[1].numero_voucher, 2);
	assert_int_equal(batch.rows[1].atto_anno, 2026);
	assert_memory_equal(batch.rows[1].atto_numero, "321", 4);
	assert_memory_equal(batch.rows[0].atto_numero, "verbal", 7);
	assert_memory_equal(batch.rows[0].end_to_end_id, "VCH-202610-S12-001", 19);
	liquidation_batch_free(&batch);
	liquidation_source_free(&source);
}

static void what_is_not_approved_is_not_exported(void **state)
{
	struct ledger ledger = {.statement = STATEMENT("INVOICED", "500")};
	struct liquidation_source source = {.fetch = fetch, .context = &ledger};
	struct liquidation_batch batch;
	(void)state;
	assert_int_equal(liquidation_read(&source, "stm_12", &batch), RESULT_STATEMENT_NOT_OPEN);
	liquidation_batch_free(&batch);
	assert_int_equal(liquidation_read(&source, "stm_99", &batch), RESULT_UNREACHABLE);
	liquidation_batch_free(&batch);
	liquidation_source_free(&source);
}

/* What was set off, credited or paid in substitution is not paid again; another may be the payee.
 */
static void what_is_not_paid_whole_says_so(void **state)
{
	(void)state;
	struct ledger ledger = {
	    .statement = "{\"id\":\"stm_12\",\"state\":\"APPROVED\",\"ambito\":\"CREMA\","
			 "\"provider\":\"ALFA\",\"payee\":\"BANCA\",\"accreditation\":\"acc_9\","
			 "\"payee_accreditation\":\"acc_1\",\"month\":\"2026-10\",\"vat_bp\":500,"
			 "\"net_cents\":500,\"vat_cents\":25,\"payable_net_cents\":320,"
			 "\"payable_vat_cents\":20,\"invoice_number\":\"7\","
			 "\"invoice_date\":\"2026-11-12\"}"};
	struct liquidation_source source = {.fetch = fetch, .context = &ledger};
	struct liquidation_batch batch;
	assert_int_equal(liquidation_read(&source, "stm_12", &batch), RESULT_OK);
	assert_int_equal(batch.row_count, 2);
	assert_memory_equal(batch.rows[0].fondo, "COMUNI", 7);
	assert_true(cents_equal(batch.rows[0].imponibile, cents_from(150)));
	assert_true(cents_equal(batch.rows[1].importo_da_pagare, cents_from(170)));
	assert_true(cents_equal(batch.totals.net, cents_from(320)));
	assert_true(cents_equal(batch.totals.vat, cents_from(20)));
	assert_memory_equal(batch.rows[0].beneficiario, "Banca", 6);
	assert_memory_equal(batch.rows[0].cig, "1234567CE7", 10);
	assert_non_null(strstr(batch.rows[0].causale, "AL NETTO"));
	liquidation_batch_free(&batch);
	liquidation_source_free(&source);
}

/* ---- Exports ---- */

#define EXPORT(state, more)                                                                        \
	"{\"id\":\"exp_7\",\"state\":\"" state                                                     \
	"\",\"paying_body\":\"CAPO\",\"month\":\"2026-10\","                                       \
	"\"ordinal\":3,\"format\":\"TABLE\",\"family\":\"STATEMENTS\",\"operation\":\"INSERT\","   \
	"\"payer_name\":\"Comune\",\"payer_tax_code\":\"00111540191\",\"net_cents\":500,"          \
	"\"vat_cents\":25,\"item_count\":1,\"opened_at\":\"2026-11-20T09:00:00+01:00\"" more "}"
#define ITEM(state)                                                                                \
	"{\"id\":\"exi_345\",\"export\":\"exp_7\",\"statement\":\"stm_12\","                       \
	"\"net_cents\":500,\"vat_cents\":25,\"state\":\"" state "\"}"

/* A ledger with one export of the statement. */
struct exporting {
	struct ledger ledger;
	const char *export;
	const char *items;
};

static json_t *fetch_exported(void *context, const char *path)
{
	struct exporting *exporting = context;
	json_error_t error;
	if (strcmp(path, "/v1/exports/exp_7") == 0)
		return json_loads(exporting->export, 0, &error);
	if (strcmp(path, "/v1/export-items?export=exp_7&limit=1000") == 0)
		return json_loads(exporting->items, 0, &error);
	if (strcmp(path, "/v1/exports/exp_6") == 0) /* varies exp_5 */
		return json_loads("{\"id\":\"exp_6\",\"paying_body\":\"CAPO\",\"month\":\"2026-10\","
				  "\"ordinal\":2,\"operation\":\"VARIATION\",\"replaces\":\"exp_5\"}",
				  0, &error);
	if (strcmp(path, "/v1/exports/exp_5") == 0)
		return json_loads("{\"id\":\"exp_5\",\"paying_body\":\"CAPO\",\"month\":\"2026-10\","
				  "\"ordinal\":1,\"operation\":\"INSERT\",\"state\":\"DRAFT\","
				  "\"net_cents\":500,\"vat_cents\":25,\"item_count\":1,"
				  "\"opened_at\":\"2025-11-20T09:00:00+01:00\"}",
				  0, &error);
	if (strcmp(path, "/v1/export-items?export=exp_5&limit=1000") == 0)
		return json_loads(exporting->items, 0, &error);
	return fetch(&exporting->ledger, path);
}

static void an_export_is_its_payments(void **state)
{
	(void)state;
	struct exporting exporting = {
	    .ledger = {.statement = STATEMENT("APPROVED", "500")},
	    .export = EXPORT("DRAFT", ""),
	    .items = "{\"items\":[{\"id\":\"exi_2\",\"state\":\"REMOVED\"}," ITEM("INCLUDED") "]}"};
	struct liquidation_source source = {.fetch = fetch_exported, .context = &exporting};
	struct liquidation_batch batch;
	assert_int_equal(liquidation_read_export(&source, "exp_7", &batch), RESULT_OK);
	assert_string_equal(batch.id, "TIT-202610-CAPO-3");
	assert_string_equal(batch.export.created, "2026-11-20T09:00:00+01:00");
	assert_memory_equal(batch.payer.name, "Comune", 7);
	assert_int_equal(batch.row_count, 2);
	assert_memory_equal(batch.rows[0].end_to_end_id, "TIT-7-345-1", 12);
	assert_memory_equal(batch.rows[1].end_to_end_id, "TIT-7-345-2", 12);
	assert_memory_equal(batch.rows[0].cf_ente, "00111540191", 12);
	assert_memory_equal(batch.rows[0].id_lotto, "TIT-202610-CAPO-3", 18);
	liquidation_batch_free(&batch);
	liquidation_source_free(&source);
}

/* A VARIAZIONE keeps the numbers of what it varies: what replaces it names those. */
static void a_varied_export_has_the_first_numbers(void **state)
{
	(void)state;
	struct exporting exporting = {.ledger = {.statement = STATEMENT("APPROVED", "500")},
				      .export = EXPORT("DRAFT", ",\"replaces\":\"exp_6\""),
				      .items = "{\"items\":[" ITEM("INCLUDED") "]}"};
	struct liquidation_source source = {.fetch = fetch_exported, .context = &exporting};
	struct liquidation_batch batch;
	assert_int_equal(liquidation_read_export(&source, "exp_7", &batch), RESULT_OK);
	assert_string_equal(batch.id, "TIT-202610-CAPO-3");
	assert_string_equal(batch.export.replaces, "TIT-202610-CAPO-1");
	assert_int_equal(batch.earlier_count, 2);
	assert_int_equal(batch.earlier_year, 2025);
	assert_memory_equal(batch.earlier[0].id_lotto, "TIT-202610-CAPO-1", 18);
	liquidation_batch_free(&batch);
	exporting.export = EXPORT("DRAFT", ",\"replaces\":\"exp_4\"");
	assert_int_equal(liquidation_read_export(&source, "exp_7", &batch), RESULT_UNREACHABLE);
	liquidation_batch_free(&batch);
	liquidation_source_free(&source);
}

/* Sealed, then credited, blocked, or its payments withdrawn: it says what it said. */
static void a_sealed_export_says_what_it_said(void **state)
{
	(void)state;
	struct exporting exporting = {
	    .ledger =
		{.statement =
		     "{\"id\":\"stm_12\",\"state\":\"BLOCKED\",\"ambito\":\"CREMA\","
		     "\"provider\":\"ALFA\",\"accreditation\":\"acc_1\",\"month\":\"2026-10\","
		     "\"vat_bp\":500,\"net_cents\":680,\"vat_cents\":30,"
		     "\"payable_net_cents\":1,\"payable_vat_cents\":0,"
		     "\"invoice_number\":\"7\",\"invoice_date\":\"2026-11-12\"}"},
	    .export = EXPORT("SEALED", ",\"last_adjustment\":\"adj_8\",\"content_hash\":\"ab\""),
	    .items = "{\"items\":[" ITEM("WITHDRAWN") "]}"};
	struct liquidation_source source = {.fetch = fetch_exported, .context = &exporting};
	struct liquidation_batch batch;
	/* adj_9 came after the seal: of lines 500 and 25 nothing is taken that counts twice */
	assert_int_equal(liquidation_read_export(&source, "exp_7", &batch), RESULT_CHECK_FAILED);
	liquidation_batch_free(&batch);
	exporting.export =
	    EXPORT("SEALED", ",\"last_adjustment\":\"adj_1\",\"content_hash\":\"ab\"");
	assert_int_equal(liquidation_read_export(&source, "exp_7", &batch), RESULT_OK);
	assert_true(cents_equal(batch.totals.net, cents_from(500)));
	assert_string_equal(batch.export.content_hash, "ab");
	liquidation_batch_free(&batch);
	liquidation_source_free(&source);
}

static void an_export_that_does_not_add_up_is_read_again(void **state)
{
	(void)state;
	struct exporting exporting = {.ledger = {.statement = STATEMENT("APPROVED", "500")},
				      .export = EXPORT("DRAFT", ""),
				      .items = "{\"items\":[]}"};
	struct liquidation_source source = {.fetch = fetch_exported, .context = &exporting};
	struct liquidation_batch batch;
	assert_int_equal(liquidation_read_export(&source, "exp_7", &batch),
			 RESULT_EXPORT_TOTALS_DIFFER);
	liquidation_batch_free(&batch);
	assert_int_equal(liquidation_read_export(&source, "exp_8", &batch), RESULT_UNREACHABLE);
	liquidation_batch_free(&batch);
	liquidation_source_free(&source);
}

/* ---- Files of an export ---- */

static void files_are_the_same_again(void **state)
{
	(void)state;
	struct exporting exporting = {.ledger = {.statement = STATEMENT("APPROVED", "500")},
				      .export = EXPORT("DRAFT", ""),
				      .items = "{\"items\":[" ITEM("INCLUDED") "]}"};
	char hash[65] = "";
	for (int i = 0; i < 2; i++) {
		struct liquidation_source source = {.fetch = fetch_exported, .context = &exporting};
		struct liquidation_batch batch;
		struct render render = {.schemas = NULL};
		assert_int_equal(liquidation_read_export(&source, "exp_7", &batch), RESULT_OK);
		assert_int_equal(render_batch(&render, &batch, NULL), RESULT_OK);
		assert_int_equal(render.count, 3);
		assert_string_equal(render.files[0].name, "TIT-202610-CAPO-3.excel-it.csv");
		assert_string_equal(render.files[1].name, "TIT-202610-CAPO-3.rfc4180.csv");
		assert_string_equal(render.files[2].name, "TIT-202610-CAPO-3.manifest.csv");
		assert_int_equal(render.files[0].manifest.righe, 2);
		assert_int_equal(render.files[0].manifest.totale_da_pagare_centesimi, 500);
		if (i == 1)
			assert_string_equal(render.manifest_hash, hash);
		memcpy(hash, render.manifest_hash, sizeof(hash));
		render_free(&render);
		assert_int_equal(render_batch(&render, &batch, "NOPE"), RESULT_FIELD_INVALID);
		/* A file that pays another sum than the ledger does not leave. */
		batch.totals.payable = cents_from(501);
		assert_int_equal(render_batch(&render, &batch, NULL), RESULT_EXPORT_TOTALS_DIFFER);
		render_free(&render);
		liquidation_batch_free(&batch);
		liquidation_source_free(&source);
	}
}

static void a_cent_between_lines_and_statement_is_found(void **state)
{
	struct ledger ledger = {.statement = STATEMENT("APPROVED", "501")};
	struct liquidation_source source = {.fetch = fetch, .context = &ledger};
	struct liquidation_batch batch;
	(void)state;
	assert_int_equal(liquidation_read(&source, "stm_12", &batch), RESULT_CHECK_FAILED);
	assert_true(source.fault[0] != '\0');
	liquidation_batch_free(&batch);
	liquidation_source_free(&source);
}

static size_t read_file(const char *folder, const char *name, char *ret_text, size_t size)
{
	char path[TEST_FOLDER_SIZE + 160];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t got = fread(ret_text, 1, size - 1, file);
	fclose(file);
	ret_text[got] = '\0';
	return got;
}

static void delivered_twice_is_delivered_once(void **state)
{
	static char text[16384];
	struct ledger ledger = {.statement = STATEMENT("EXPORTED", "500")};
	struct liquidation_source source = {.fetch = fetch, .context = &ledger};
	struct liquidation_delivery first;
	struct liquidation_delivery second;
	struct liquidation_batch batch;
	char folder[TEST_FOLDER_SIZE];
	(void)state;
	test_folder_make("liquidation", folder);
	assert_int_equal(liquidation_read(&source, "stm_12", &batch), RESULT_OK);
	assert_int_equal(liquidation_deliver(&source, &batch, folder, &first), RESULT_OK);
	assert_int_equal(liquidation_deliver(&source, &batch, folder, &second), RESULT_OK);
	assert_memory_equal(&first, &second, sizeof(first));
	/* The manifest tells each file's name and hash; its own hash is that of its bytes. */
	size_t size = read_file(folder, first.manifest_name, text, sizeof(text));
	uint8_t hash[FOLDER_HASH_SIZE];
	char hex[2 * FOLDER_HASH_SIZE + 1] = "";
	folder_hash((struct slice){text, (uint32_t)size}, hash);
	for (uint32_t i = 0; i < FOLDER_HASH_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	assert_string_equal(hex, first.manifest_hash);
	assert_non_null(strstr(text, first.names[0]));
	assert_non_null(strstr(text, ";2;500;500;25;UTF-8;VIRGOLA;"));
	read_file(folder, first.names[1], text, sizeof(text));
	assert_non_null(strstr(text, ",'=ALFA,"));
	liquidation_batch_free(&batch);
	liquidation_source_free(&source);
}

static void others_bytes_are_never_overwritten(void **state)
{
	char folder[TEST_FOLDER_SIZE];
	char text[16];
	(void)state;
	test_folder_make("delivery", folder);
	assert_int_equal(folder_deliver(folder, "a.csv", slice_from_text("one")), RESULT_OK);
	assert_int_equal(folder_deliver(folder, "a.csv", slice_from_text("one")), RESULT_OK);
	assert_int_equal(folder_deliver(folder, "a.csv", slice_from_text("two")),
			 RESULT_ALREADY_EXISTS);
	assert_int_equal(folder_deliver(folder, "a.csv", slice_from_text("ones")),
			 RESULT_ALREADY_EXISTS);
	assert_int_equal(read_file(folder, "a.csv", text, sizeof(text)), 3);
	assert_string_equal(text, "one");
	assert_int_equal(folder_deliver(folder, "../b", slice_from_text("x")),
			 RESULT_FIELD_INVALID);
	assert_int_equal(folder_deliver(folder, ".b", slice_from_text("x")), RESULT_FIELD_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_become_one_row_for_each_impegno),
	    cmocka_unit_test(what_is_not_approved_is_not_exported),
	    cmocka_unit_test(what_is_not_paid_whole_says_so),
	    cmocka_unit_test(an_export_is_its_payments),
	    cmocka_unit_test(a_varied_export_has_the_first_numbers),
	    cmocka_unit_test(a_sealed_export_says_what_it_said),
	    cmocka_unit_test(an_export_that_does_not_add_up_is_read_again),
	    cmocka_unit_test(files_are_the_same_again),
	    cmocka_unit_test(a_cent_between_lines_and_statement_is_found),
	    cmocka_unit_test(delivered_twice_is_delivered_once),
	    cmocka_unit_test(others_bytes_are_never_overwritten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
