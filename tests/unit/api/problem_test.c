/* What a refusal says of a field: the edge's sentences, the rules' advice, both languages. */
#include "engine/api/problem.h"

#include "engine/api/advice.h"
#include "engine/base/text.h"
#include "engine/domain/inputs.h"
#include "engine/domain/voucher.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static_assert(ADVICE_CENTS_MAX == INPUT_CENTS_MAX, "the advice names the rules' bound");
static_assert(ADVICE_UNITS_PER_MONTH_MAX == VOUCHER_UNITS_PER_MONTH_MAX,
	      "the advice names the rules' bound");

static void must_say(enum result result, const char *name, enum result_language language,
		     const char *expected)
{
	char text[256] = {0};
	struct api_problem problem =
	    problem_of_name(result, PROBLEM_EXPECTS_NOTHING, slice_from_text(name));
	uint32_t size = problem_detail(&problem, language, text, sizeof(text) - 1);
	assert_int_equal(size, strlen(expected));
	assert_string_equal(text, expected);
}

static void refusals_of_the_rules_say_what_is_expected(void **state)
{
	(void)state;
	must_say(RESULT_FIELD_INVALID, "vat_number", RESULT_LANGUAGE_IT,
		 "Campo «vat_number»: attesa una partita IVA: 11 cifre, l'ultima di controllo.");
	must_say(RESULT_FIELD_OUT_OF_RANGE, "minutes", RESULT_LANGUAGE_EN,
		 "Field «minutes»: expected 1 to 1440 minutes.");
	must_say(RESULT_FIELD_MISSING, "minutes", RESULT_LANGUAGE_EN,
		 "Field «minutes»: give the minutes (1 at least) or the end.");
	must_say(RESULT_FIELD_OUT_OF_RANGE, "last_month", RESULT_LANGUAGE_IT,
		 "Campo «last_month»: atteso un mese non precedente al primo, per al massimo 36 mesi "
		 "in tutto.");
	must_say(RESULT_INVOICE_MISMATCH, "cig", RESULT_LANGUAGE_IT,
		 "Campo «cig»: atteso sulla fattura il CIG del patto di accreditamento.");
}

/* The sixty-odd kinds of events, in 256 bytes: no name is cut, none is left out between commas. */
static void long_lists_end_with_an_ellipsis(void **state)
{
	(void)state;
	char text[256] = {0};
	static const struct field kind = {
	    .name = "kind", .type = FIELD_ENUM, .enumeration = &enum_event_kind};
	struct api_problem problem = {.result = RESULT_FIELD_INVALID,
				      .expected = PROBLEM_EXPECTS_ENUM,
				      .field = &kind};
	uint32_t size = problem_detail(&problem, RESULT_LANGUAGE_EN, text, sizeof(text) - 1);
	assert_int_equal(size, strlen(text));
	assert_null(strstr(text, ", ,"));
	assert_non_null(strstr(text, ": expected one of: STATEMENT_FROZEN, "));
	assert_string_equal(text + size - strlen(", …."), ", ….");
}

static void every_amount_has_its_bound(void **state)
{
	(void)state;
	must_say(RESULT_FIELD_OUT_OF_RANGE, "stated_cents", RESULT_LANGUAGE_EN,
		 "Field «stated_cents»: expected an amount from 0 to 100000000000000 cents.");
	must_say(RESULT_FIELD_OUT_OF_RANGE, "amount_cents", RESULT_LANGUAGE_EN,
		 "Field «amount_cents»: expected an amount from 1 to 100000000000000 cents.");
}

static void without_advice_the_title_remains(void **state)
{
	(void)state;
	must_say(RESULT_FIELD_INVALID, "comune", RESULT_LANGUAGE_EN,
		 "Field «comune»: The value of a field is invalid.");
	assert_null(advice_of(slice_from_text("minutes"), RESULT_FORBIDDEN));
	assert_null(advice_of(slice_from_text("_cents"), RESULT_FIELD_OUT_OF_RANGE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refusals_of_the_rules_say_what_is_expected),
	    cmocka_unit_test(every_amount_has_its_bound),
	    cmocka_unit_test(long_lists_end_with_an_ellipsis),
	    cmocka_unit_test(without_advice_the_title_remains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
