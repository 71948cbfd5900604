/* Batches as XML files: names, totals, numbers of orders, what stops a file, and the same bytes
 * again. */
#include "connectors/liquidation/render.h"

#include "connectors/delivery/folder.h"
#include "tests/support/test_folder.h"
#include "tests/unit/connectors/payment_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CODES	 "1030215003\n1030215009\n1040202999\n"
#define SETTINGS "tramite_ente = A2A-12345678\ntramite_bt = A2A-87654321\n"
#define SCHEMAS	 "../shared/formats"

static char profiles[TEST_FOLDER_SIZE];
static struct liquidation_row rows[CASES_ROWS];
static struct liquidation_row sent[CASES_ROWS]; /* of the batch that it is about */

static void put_file(const char *name, const char *text)
{
	char path[TEST_FOLDER_SIZE + 64];
	snprintf(path, sizeof(path), "%s/%s", profiles, name);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

/* The manifest is a table: its profile stands with the others. */
static void copy_manifest(void)
{
	static char text[8192];
	FILE *file = fopen("connectors/profiles/manifest.profile", "rb");
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	put_file("manifest.profile", text);
}

static void make_folder(void)
{
	test_folder_make("render", profiles);
	copy_manifest();
	put_file("siope-uscite.codes", CODES);
	put_file("opi.conf", SETTINGS);
}

static struct liquidation_batch batch_of(const char *operation)
{
	struct liquidation_batch batch = {.rows = rows, .row_count = CASES_ROWS};
	make_folder();
	cases_rows(rows);
	assert_true(liquidation_add_up(rows, CASES_ROWS, &batch.totals));
	snprintf(batch.id, sizeof(batch.id), "TIT-202603-A794-7");
	snprintf(batch.export.id, sizeof(batch.export.id), "exp_12");
	snprintf(batch.export.operation, sizeof(batch.export.operation), "%s", operation);
	snprintf(batch.export.created, sizeof(batch.export.created), "2026-04-04T10:15:00+02:00");
	snprintf(batch.export.replaces, sizeof(batch.export.replaces), "TIT-202603-A794-3");
	memcpy(sent, rows, sizeof(sent));
	batch.earlier = sent;
	batch.earlier_count = CASES_ROWS;
	batch.earlier_year = 2025;
	batch.payer = cases_payer();
	memset(batch.payer.a2a_body, 0, sizeof(batch.payer.a2a_body));
	memset(batch.payer.a2a_treasury, 0, sizeof(batch.payer.a2a_treasury));
	return batch;
}

static struct render render_of(void)
{
	struct render render = {.profiles = profiles};
	if (access(SCHEMAS, R_OK) == 0)
		render.schemas = SCHEMAS;
	else
		printf("SKIP: no " SCHEMAS ", nothing is validated\n");
	return render;
}

static bool holds(const struct render *render, const char *words)
{
	return memmem(render->files[0].data, render->files[0].size, words, strlen(words)) != NULL;
}

static void check_format(const char *format, const char *suffix, uint32_t payments)
{
	struct liquidation_batch batch = batch_of("INSERT");
	struct render first = render_of();
	struct render second = render_of();
	char name[LIQUIDATION_NAME_SIZE];
	if (render_batch(&first, &batch, format) != RESULT_OK)
		fail_msg("%s: %s", format, first.fault);
	assert_int_equal(render_batch(&second, &batch, format), RESULT_OK);
	assert_int_equal(first.count, 2);
	snprintf(name, sizeof(name), "TIT-202603-A794-7.%s", suffix);
	assert_string_equal(first.files[0].name, name);
	assert_int_equal(first.files[0].manifest.righe, payments);
	assert_int_equal(first.files[0].manifest.totale_da_pagare_centesimi,
			 125050 + 40000 + 8000 + 12345);
	assert_int_equal(first.files[0].size, second.files[0].size);
	assert_memory_equal(first.files[0].data, second.files[0].data, first.files[0].size);
	assert_string_equal(first.manifest_hash, second.manifest_hash);
	/* Accents and the euro sign of the first row were replaced, and that is told. */
	assert_non_null(strstr(first.told, "payment 1, "));
	assert_non_null(strstr(first.told, "letters were replaced"));
	assert_string_equal(first.told, second.told);
	render_free(&first);
	render_free(&second);
}

static void each_format_makes_its_file(void **state)
{
	(void)state;
	check_format("OPI", "opi.xml", 4);
	check_format("PAIN001_03", "pain001.03.xml", 4);
	check_format("PAIN001_09", "pain001.09.xml", 4);
}

/* The fourth of April 2026 is a Saturday, and Monday is the one after Easter. */
static void transfers_are_executed_on_a_working_day(void **state)
{
	struct liquidation_batch batch = batch_of("INSERT");
	struct render render = render_of();
	(void)state;
	assert_int_equal(render_batch(&render, &batch, "PAIN001_03"), RESULT_OK);
	assert_true(holds(&render, "<ReqdExctnDt>2026-04-07</ReqdExctnDt>"));
	assert_true(holds(&render, "<CreDtTm>2026-04-04T10:15:00</CreDtTm>"));
	render_free(&render);
}

static void orders_are_numbered_by_the_export(void **state)
{
	(void)state;
	struct liquidation_batch batch = batch_of("INSERT");
	struct render render = render_of();
	assert_int_equal(render_batch(&render, &batch, "OPI"), RESULT_OK);
	assert_true(holds(&render, "<numero_mandato>6001</numero_mandato>"));
	assert_true(holds(&render, "<numero_mandato>6003</numero_mandato>"));
	render_free(&render);
	/* A cancellation and a variation name the orders of the export that they are about. */
	static const char *const same[] = {"CANCEL", "VARIATION"};
	for (size_t i = 0; i < 2; i++) {
		batch = batch_of(same[i]);
		assert_int_equal(render_batch(&render, &batch, "OPI"), RESULT_OK);
		assert_true(holds(&render, i == 0 ? "ANNULLO" : "VARIAZIONE"));
		assert_true(holds(&render, "<numero_mandato>2001</numero_mandato>"));
		render_free(&render);
	}
	batch = batch_of("REPLACE");
	assert_int_equal(render_batch(&render, &batch, "OPI"), RESULT_OK);
	assert_true(holds(&render, "<numero_mandato>6001</numero_mandato>"));
	assert_true(holds(&render, "<numero_mandato_da_sostituire>2001<"));
	assert_true(holds(&render, "<esercizio_mandato_da_sostituire>2025<"));
	render_free(&render);
}

static void vat_may_be_ordered_with_the_rest(void **state)
{
	struct liquidation_batch batch = batch_of("INSERT");
	struct render render = render_of();
	(void)state;
	put_file("opi.conf", SETTINGS "iva = F24EP\n");
	if (render_batch(&render, &batch, "OPI") != RESULT_OK)
		fail_msg("%s", render.fault);
	assert_true(holds(&render, "<tipo_pagamento>F24EP</tipo_pagamento>"));
	assert_int_equal(render.files[0].manifest.righe, 5);
	render_free(&render);
}

static void expect_refused(const struct liquidation_batch *batch, const char *format,
			   enum result result, const char *words)
{
	struct render render = render_of();
	enum result got = render_batch(&render, batch, format);
	if (got != result || strstr(render.fault, words) == NULL)
		fail_msg("%s: %s, not %s", result_code(got), render.fault, words);
	assert_int_equal(render.count, 0);
}

static void what_stops_a_file_is_told(void **state)
{
	(void)state;
	struct liquidation_batch batch = batch_of("CANCEL");
	expect_refused(&batch, "PAIN001_09", RESULT_FIELD_INVALID, "cancel with the bank");
	batch = batch_of("INSERT");
	CASES_SET(rows[1].iban, "IT61X0542811101000000123456");
	expect_refused(&batch, "PAIN001_09", RESULT_CHECK_FAILED, "payment 2, IBAN");
	expect_refused(&batch, "OPI", RESULT_CHECK_FAILED, "payment 2, iban");
	batch = batch_of("INSERT");
	memset(rows[0].id_sdi, 0, sizeof(rows[0].id_sdi));
	expect_refused(&batch, "OPI", RESULT_CHECK_FAILED, "payment 1, fattura_siope");
	batch = batch_of("INSERT");
	put_file("siope-uscite.codes", "1030215009\n");
	expect_refused(&batch, "OPI", RESULT_CHECK_FAILED, "payment 2, codice_cgu");
	put_file("siope-uscite.codes", "1.03\n");
	expect_refused(&batch, "OPI", RESULT_CONFIG_INVALID, "line 1");
	put_file("siope-uscite.codes", CODES);
	put_file("opi.conf", "colore = blu\n");
	expect_refused(&batch, "OPI", RESULT_CONFIG_INVALID, "opi.conf, line 1");
	put_file("opi.conf", SETTINGS "numeri_per_flusso = 2\n");
	expect_refused(&batch, "OPI", RESULT_CHECK_FAILED, "numeri_per_flusso");
	put_file("opi.conf", SETTINGS);
	snprintf(batch.export.profile, sizeof(batch.export.profile), "altro");
	expect_refused(&batch, "OPI", RESULT_CONFIG_INVALID, "altro.conf");
	struct render render = render_of();
	assert_int_equal(render_settings(&render, "OPI", "altro"), RESULT_CONFIG_INVALID);
	assert_non_null(strstr(render.fault, "altro.conf"));
	assert_int_equal(render_settings(&render, "OPI", ""), RESULT_OK);
	assert_int_equal(render_settings(&render, "PAIN001_09", "altro"), RESULT_OK);
	batch = batch_of("INSERT");
	batch.export.created[0] = '\0';
	expect_refused(&batch, "OPI", RESULT_FIELD_INVALID, "opened");
	expect_refused(&batch, "PAIN001_03", RESULT_FIELD_INVALID, "opened");
	batch = batch_of("INSERT");
	batch.row_count = 0;
	expect_refused(&batch, "PAIN001_03", RESULT_CHECK_FAILED, "nothing is to be paid");
	expect_refused(&batch, "OPI", RESULT_CHECK_FAILED, "nothing is to be paid");
}

static void a_schema_that_is_not_there_stops_the_file(void **state)
{
	struct liquidation_batch batch = batch_of("INSERT");
	struct render render = {.profiles = profiles, .schemas = profiles};
	(void)state;
	assert_int_equal(render_batch(&render, &batch, "OPI"), RESULT_NOT_FOUND);
	assert_non_null(strstr(render.fault, "opi/"));
	assert_int_equal(render.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_format_makes_its_file),
	    cmocka_unit_test(transfers_are_executed_on_a_working_day),
	    cmocka_unit_test(orders_are_numbered_by_the_export),
	    cmocka_unit_test(vat_may_be_ordered_with_the_rest),
	    cmocka_unit_test(what_stops_a_file_is_told),
	    cmocka_unit_test(a_schema_that_is_not_there_stops_the_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
