/* Notices: every kind within the bounds of the service, facts in their places, what is refused. */
#include "connectors/format/notice.h"

#include "schemas/enums.def"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static struct notice notice;

#define V(prefix, name, number) #name,
static const char *const kinds[] = {ENUM_EVENT_KIND(V)};
#undef V

static struct day day_of(const char *text)
{
	struct day day;
	assert_true(day_parse(slice_from_text(text), &day));
	return day;
}

/* With all facts and with none but the title: whatever is left out, the bounds hold. */
static void every_kind(void **state)
{
	(void)state;
	uint32_t told = 0;
	for (uint32_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct notice_facts facts = {.kind = slice_from_text(kinds[i]),
					     .voucher = slice_from_text("0000001W")};
		if (!notice_is_for_persons(facts.kind)) {
			assert_int_equal(notice_write(&facts, &notice), NOTICE_KIND);
			continue;
		}
		told++;
		for (int full = 0; full < 2; full++) {
			facts.due = full == 1 ? day_of("2026-03-31") : (struct day){0};
			facts.amount = cents_from(full == 1 ? 123456 : 0);
			facts.contact = slice_from_text(full == 1 ? "tel. 0373 1" : "");
			assert_int_equal(notice_write(&facts, &notice), NOTICE_OK);
			assert_null(strpbrk(notice.subject, "{}[]"));
			assert_null(strpbrk(notice.text, "{}[]"));
			assert_int_equal(strstr(notice.text, "tel. 0373 1") != NULL, full == 1);
		}
	}
	assert_int_equal(told, 12);
}

static void facts_in_their_places(void **state)
{
	(void)state;
	struct notice_facts facts = {.kind = slice_from_text("COPAY_ARREARS"),
				     .voucher = slice_from_text("0000001W"),
				     .contact = slice_from_text("Ufficio di Piano"),
				     .amount = cents_from(123456),
				     .due = day_of("2026-03-31")};
	assert_int_equal(notice_write(&facts, &notice), NOTICE_OK);
	assert_string_equal(notice.subject, "Voucher 0000001W: una quota risulta non pagata");
	assert_string_equal(notice.text,
			    "Per il voucher **0000001W** risulta non pagata la sua quota di "
			    "partecipazione di **1.234,56 euro**. La scadenza era il 31/03/2026. Se "
			    "ha già pagato non tenga conto di questo messaggio.\n\nPer informazioni: "
			    "Ufficio di Piano");
	facts.amount = cents_zero();
	facts.due.number = 0;
	facts.contact.size = 0;
	assert_int_equal(notice_write(&facts, &notice), NOTICE_OK);
	assert_string_equal(notice.text,
			    "Per il voucher **0000001W** risulta non pagata la sua quota di "
			    "partecipazione. Se ha già pagato non tenga conto di questo messaggio.");
}

static void what_is_refused(void **state)
{
	(void)state;
	static char large[NOTICE_BYTES_MAX + 1];
	struct notice_facts facts = {.kind = slice_from_text("RECHOICE"),
				     .voucher = slice_from_text("0000001W"),
				     .contact = slice_from_text("\x01")};
	assert_int_equal(notice_write(&facts, &notice), NOTICE_CONTACT);
	memset(large, 'x', sizeof(large));
	facts.contact = (struct slice){large, NOTICE_TEXT_MAX};
	assert_int_equal(notice_write(&facts, &notice), NOTICE_LENGTH);
	facts.contact = (struct slice){large, NOTICE_BYTES_MAX};
	assert_int_equal(notice_write(&facts, &notice), NOTICE_LENGTH);
	facts.contact.size = 0;
	facts.voucher = (struct slice){large, NOTICE_SUBJECT_MAX};
	assert_int_equal(notice_write(&facts, &notice), NOTICE_SUBJECT);
	for (int fault = NOTICE_OK; fault <= NOTICE_CONTACT; fault++)
		assert_true(strlen(notice_fault_text((enum notice_fault)fault)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_kind),
	    cmocka_unit_test(facts_in_their_places),
	    cmocka_unit_test(what_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
