/* Signatures of webhooks, held against the example of the standard's own libraries. */
#include "connectors/delivery/webhook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static void sign(const char *secrets_text, char ret_signature[WEBHOOK_SIGNATURE_SIZE])
{
	struct webhook_secrets secrets;
	assert_true(webhook_secrets_parse(slice_from_text(secrets_text), &secrets));
	webhook_sign(&secrets, slice_from_text("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
		     slice_from_text("{\"test\": 2432232314}"), ret_signature);
}

/* SOURCE Standard Webhooks, reference libraries: their test vector. */
static void the_standards_own_example(void **state)
{
	(void)state;
	char signature[WEBHOOK_SIGNATURE_SIZE];
	sign(SECRET, signature);
	assert_string_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void two_secrets_sign_both(void **state)
{
	(void)state;
	char one[WEBHOOK_SIGNATURE_SIZE];
	char other[WEBHOOK_SIGNATURE_SIZE];
	char both[WEBHOOK_SIGNATURE_SIZE];
	char four[WEBHOOK_SIGNATURE_SIZE];
	const char *second = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	char text[256];
	sign(SECRET, one);
	sign(second, other);
	(void)snprintf(text, sizeof(text), " %s,\n%s ", SECRET, second);
	sign(text, both);
	assert_memory_equal(both, one, strlen(one));
	assert_int_equal(both[strlen(one)], ' ');
	assert_string_equal(both + strlen(one) + 1, other);
	(void)snprintf(text, sizeof(text), "%s %s %s %s", SECRET, second, SECRET, second);
	sign(text, four);
	assert_int_equal(strlen(four), 4 * strlen(one) + 3);
}

static void what_is_no_secret(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    "",
	    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	    "whsec_",
	    "whsec_MfKQ9r8GKYqrTwjU",				/* 12 bytes */
	    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",		/* no whole groups */
	    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaL*Sw",		/* a foreign letter */
	    SECRET " " SECRET " " SECRET " " SECRET " " SECRET, /* five */
	    SECRET " nothing",
	};
	struct webhook_secrets secrets;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (webhook_secrets_parse(slice_from_text(bad[i]), &secrets))
			fail_msg("%s", bad[i]);
	assert_true(webhook_secrets_parse(
	    slice_from_text("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk="), &secrets));
	assert_int_equal(secrets.sizes[0], 26);
	assert_int_equal(secrets.bytes[0][25], 25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_standards_own_example),
	    cmocka_unit_test(two_secrets_sign_both),
	    cmocka_unit_test(what_is_no_secret),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
