/* The registry of results: its rows hold together, and no number ever changed its meaning. */
#include "engine/base/result.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Numbers as they were given out. Rows are added at the end and never changed: journals carry
 * them. */
static const struct {
	uint32_t number;
	const char *code;
} given[] = {
    {0, "ok"},
    {1, "accepted"},
    {2, "accepted_partial"},
    {3, "disputed"},
    {4, "waitlisted"},
    {5, "approval_pending"},
    {100, "bad_request"},
    {101, "malformed_json"},
    {102, "malformed_csv"},
    {103, "unknown_field"},
    {104, "duplicate_field"},
    {105, "field_missing"},
    {106, "field_invalid"},
    {107, "field_out_of_range"},
    {108, "body_too_large"},
    {109, "batch_too_large"},
    {110, "unsupported_media_type"},
    {111, "not_acceptable"},
    {112, "method_not_allowed"},
    {113, "route_not_found"},
    {114, "header_too_large"},
    {115, "uri_too_long"},
    {116, "request_timeout"},
    {117, "version_unsupported"},
    {118, "expectation_failed"},
    {119, "unauthenticated"},
    {120, "forbidden"},
    {121, "not_owner"},
    {122, "idempotency_key_missing"},
    {123, "idempotency_key_reused"},
    {124, "request_in_progress"},
    {125, "too_many_lines"},
    {126, "not_attempted"},
    {200, "not_found"},
    {201, "unknown_reference"},
    {202, "already_exists"},
    {203, "illegal_transition"},
    {204, "four_eyes_required"},
    {205, "too_many_effects"},
    {206, "all_or_nothing_failed"},
    {207, "clock_not_manual"},
    {208, "clock_backwards"},
    {210, "fund_exhausted"},
    {211, "ceiling_exceeded"},
    {212, "commitment_exceeded"},
    {213, "provider_change_unfunded"},
    {214, "fund_suspended"},
    {215, "fund_restriction_mismatch"},
    {216, "fund_year_not_open"},
    {217, "year_closed"},
    {218, "late_prior_year"},
    {219, "ceiling_frozen"},
    {220, "ceiling_below_used"},
    {221, "appropriation_below_used"},
    {230, "voucher_code_unknown"},
    {231, "voucher_not_active"},
    {232, "out_of_validity"},
    {233, "voucher_suspended_at_service_date"},
    {234, "exceeds_monthly_allotment"},
    {235, "not_accredited_at_service_date"},
    {236, "accreditation_not_active"},
    {237, "service_not_covered"},
    {238, "territory_not_covered"},
    {239, "provider_capacity_reached"},
    {240, "provider_not_chosen"},
    {241, "no_provider_for_service"},
    {242, "no_tariff_in_force"},
    {243, "tariff_version_mismatch"},
    {244, "qualification_too_low"},
    {245, "duplicate_service"},
    {246, "operator_overlap"},
    {247, "beneficiary_overlap"},
    {248, "late_submission"},
    {249, "submission_window_closed"},
    {250, "ambiguous_local_time"},
    {251, "nonexistent_local_time"},
    {252, "future_service"},
    {253, "measure_incompatible"},
    {254, "isee_expired"},
    {255, "copay_change_unfunded"},
    {256, "redemption_in_statement"},
    {257, "visit_not_proven"},
    {258, "daily_maximum_reached"},
    {259, "visit_too_short"},
    {260, "statement_not_open"},
    {261, "statement_empty"},
    {262, "statement_too_early"},
    {263, "invoice_mismatch"},
    {264, "durc_invalid"},
    {265, "cig_missing"},
    {266, "payment_blocked"},
    {300, "outcome_unknown"},
    {301, "not_yet_visible"},
    {302, "overloaded"},
    {303, "rate_limited"},
    {304, "draining"},
    {305, "disk_nearly_full"},
    {306, "capacity_of_ledger_reached"},
    {900, "io_failed"},
    {901, "log_fenced"},
    {902, "log_unknown"},
    {903, "journal_corrupt"},
    {904, "journal_torn"},
    {905, "store_corrupt"},
    {906, "store_full"},
    {907, "ledger_locked"},
    {908, "ledger_mismatch"},
    {909, "unsafe_filesystem"},
    {910, "bad_time_zone"},
    {911, "clock_behind_journal"},
    {912, "config_invalid"},
    {913, "out_of_memory"},
    {914, "check_failed"},
    {915, "unreachable"},
    {916, "folder_not_empty"},
    {917, "backup_folder_unusable"},
    {365, "person_erased"},
    {925, "vault_key_wrong"},
    {926, "vault_closed"},
};

static void numbers_never_change(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		enum result by_number;
		enum result by_code;
		if (!result_from_number(given[i].number, &by_number))
			fail_msg("number %u is gone", given[i].number);
		if (!result_from_code(slice_from_text(given[i].code), &by_code))
			fail_msg("code %s is gone", given[i].code);
		assert_int_equal(by_number, by_code);
		assert_string_equal(result_code(by_number), given[i].code);
	}
	assert_in_range(RESULT_COUNT, sizeof(given) / sizeof(given[0]), 1000);
}

/* DOMAIN section 13: the outcomes that rules and clients name. */
static void codes_of_the_domain(void **state)
{
	(void)state;
	static const char *const codes[] = {
	    "accepted", "accepted_partial", "disputed", "waitlisted", "fund_exhausted",
	    "ceiling_exceeded", "commitment_exceeded", "provider_change_unfunded",
	    "fund_suspended", "fund_restriction_mismatch", "year_closed", "late_prior_year",
	    "voucher_not_active", "out_of_validity", "voucher_suspended_at_service_date",
	    "exceeds_monthly_allotment", "not_accredited_at_service_date", "service_not_covered",
	    "territory_not_covered", "provider_capacity_reached", "provider_not_chosen",
	    "qualification_too_low", "duplicate_service", "operator_overlap",
	    "beneficiary_overlap", "idempotency_key_reused", "late_submission",
	    "submission_window_closed", "ambiguous_local_time", "nonexistent_local_time",
	    "future_service", "measure_incompatible", "isee_expired", "copay_change_unfunded",
	    "tariff_version_mismatch", "durc_invalid", "cig_missing", "invoice_mismatch",
	    "payment_blocked", "four_eyes_required",
	};
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		enum result result;
		if (!result_from_code(slice_from_text(codes[i]), &result))
			fail_msg("no %s", codes[i]);
	}
}

/* The kind a number's group stands for. */
static enum result_kind kind_of_group(uint32_t number)
{
	if (number < 100 || number == 248) /* a late record: refused once, kept now */
		return RESULT_KIND_OK;
	if (number < 200)
		return RESULT_KIND_REQUEST;
	if (number >= 310 && number < 370) /* refusals again: 200 to 299 are nearly given out */
		return RESULT_KIND_REFUSAL;
	return number < 300 ? RESULT_KIND_REFUSAL : RESULT_KIND_FAULT;
}

static bool retry_status(uint32_t status)
{
	return status == 408 || status == 409 || status == 424 || status == 429 || status >= 500;
}

static void rows_hold_together(void **state)
{
	(void)state;
	for (uint32_t position = 0; position < RESULT_COUNT; position++) {
		const struct result_info *info = result_at(position);
		assert_ptr_equal(info, result_info(info->result));
		assert_int_equal(info->number, (int)info->result);
		assert_int_equal(info->kind, kind_of_group(info->number));
		assert_int_equal(result_is_success(info->result), info->kind == RESULT_KIND_OK);
		assert_int_equal(info->exit == 0, info->kind == RESULT_KIND_OK);
		if (info->kind == RESULT_KIND_OK)
			assert_in_range(info->status, 200, 299);
		else
			assert_in_range(info->status, 400, 599);
		if (info->kind == RESULT_KIND_REFUSAL)
			assert_in_range(info->status, 400, 499);
		if (info->retryable)
			assert_true(retry_status(info->status));
		for (const char *at = info->code; *at != 0; at++)
			assert_true((*at >= 'a' && *at <= 'z') || *at == '_');
		enum result back;
		assert_true(result_from_code(slice_from_text(info->code), &back));
		assert_int_equal(back, info->result);
		assert_true(result_from_number(info->number, &back));
		assert_int_equal(back, info->result);
	}
}

/* Whoever reads it is told what happened and what to do, in both languages. */
static void texts_are_complete(void **state)
{
	(void)state;
	for (uint32_t position = 0; position < RESULT_COUNT; position++) {
		const struct result_info *info = result_at(position);
		for (int language = 0; language < RESULT_LANGUAGES; language++) {
			struct slice title = slice_from_text(info->title[language]);
			struct slice remedy = slice_from_text(info->remedy[language]);
			assert_true(text_is_printable(title));
			assert_true(text_is_printable(remedy));
			assert_in_range(title.size, 4, 100);
			assert_true(title.data[title.size - 1] != '.');
			if (info->result == RESULT_OK)
				continue;
			assert_in_range(remedy.size, 12, 220);
			assert_true(remedy.data[remedy.size - 1] == '.');
			assert_null(strstr(remedy.data, "  "));
		}
		/* A text that was not translated. */
		if (strcmp(info->title[0], info->title[1]) == 0)
			fail_msg("%s: one title in two languages", info->code);
	}
}

static void unknown_is_refused(void **state)
{
	(void)state;
	enum result kept = RESULT_DISPUTED;
	assert_false(result_from_code(slice_from_text(""), &kept));
	assert_false(result_from_code(slice_from_text("Accepted"), &kept));
	assert_false(result_from_code(slice_from_text("accepted "), &kept));
	assert_false(result_from_number(999, &kept));
	assert_false(result_from_number(UINT32_MAX, &kept));
	assert_int_equal(kept, RESULT_DISPUTED);
	assert_int_equal(RESULT_OK, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_never_change), cmocka_unit_test(codes_of_the_domain),
	    cmocka_unit_test(rows_hold_together),   cmocka_unit_test(texts_are_complete),
	    cmocka_unit_test(unknown_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
