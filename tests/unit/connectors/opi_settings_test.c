/* Settings of flows of orders, line by line. */
#include "connectors/format/opi_settings.h"

#include "connectors/format/opi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CODES "tramite_ente = A2A-12345678\ntramite_bt = A2A-87654321\n"

static void the_example_is_good(void **state)
{
	static char text[4096];
	struct opi_settings settings;
	uint32_t line = 0;
	const char *fault = NULL;
	(void)state;
	FILE *file = fopen("connectors/profiles/opi.conf.example", "rb");
	assert_non_null(file);
	size_t size = fread(text, 1, sizeof(text), file);
	fclose(file);
	if (!opi_settings_read(&settings, (struct slice){text, (uint32_t)size}, &line, &fault))
		fail_msg("line %u: %s", line, fault);
	assert_memory_equal(settings.a2a_body, "A2A-12345678", 12);
	assert_memory_equal(settings.a2a_treasury, "A2A-87654321", 12);
	assert_int_equal(settings.destination, OPI_FREE);
	assert_false(settings.orders_vat);
	assert_false(settings.is_provisional_budget);
	assert_int_equal(settings.numbers, 1000);
	assert_true(opi_settings_read(
	    &settings, slice_from_text(CODES "iva = F24EP\ngestione_provvisoria = SI\n"), &line,
	    &fault));
	assert_true(settings.orders_vat);
	assert_true(settings.is_provisional_budget);
	assert_int_equal(settings.destination, 0);
}

static void each_fault_is_told_with_its_line(void **state)
{
	static const struct {
		const char *text;
		uint32_t line;
		const char *words;
	} all[] = {
	    {"", 0, "needed"},
	    {"tramite_ente = A2A-12345678\n", 0, "needed"},
	    {"\xff", 0, "UTF-8"},
	    {CODES "colore = blu\n", 3, "no such key"},
	    {CODES CODES, 3, "once"},
	    {"tramite_bt = A2A-123456789\n", 1, "12 signs"},
	    {CODES "# note\n\ndestinazione = X\n", 5, "LIBERA"},
	    {CODES "iva = SI\n", 3, "F24EP"},
	    {CODES "gestione_provvisoria\n", 3, "SI or NO"},
	    {CODES "numeri_per_flusso = 0\n", 3, "from 1"},
	    {CODES "esenzione_bollo =\n", 3, "64 letters"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct opi_settings settings;
		uint32_t line = 99;
		const char *fault = NULL;
		assert_false(
		    opi_settings_read(&settings, slice_from_text(all[i].text), &line, &fault));
		if (line != all[i].line || strstr(fault, all[i].words) == NULL)
			fail_msg("line %u: %s: %s", line, fault, all[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_example_is_good),
	    cmocka_unit_test(each_fault_is_told_with_its_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
