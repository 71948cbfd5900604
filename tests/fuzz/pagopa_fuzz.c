/* A partner's report of payments for pagoPA under any bytes: what becomes an act names one of our
 * bills, a whole amount and an idempotency key. */
#include "connectors/copay/payments.h"
#include "connectors/profiles/profile_file.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SEGREGATION 47u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct profile *profile_of(void)
{
	static struct profile profile;
	static bool is_loaded;
	struct profile_file_fault fault;
	if (!is_loaded && profile_file_load("connectors/profiles", "pagopa-payments",
					    &copay_payment_set, &profile, &fault) != RESULT_OK)
		abort();
	is_loaded = true;
	return &profile;
}

static void check_number(struct slice text)
{
	char notice[PAGOPA_NOTICE_SIZE];
	uint32_t segregation = 0;
	uint64_t local = 0;
	if (!pagopa_read(text, &segregation, &local))
		return;
	ASSERT(segregation <= PAGOPA_SEGREGATION_MAX && local <= PAGOPA_LOCAL_MAX);
	pagopa_notice(segregation, local, notice);
	ASSERT(memcmp(notice + PAGOPA_NOTICE_SIZE - text.size, text.data, text.size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct payments payments;
	struct copay_payment payment;
	struct payments_act act;
	if (size > 65536)
		return 0;
	struct slice bytes = {(const char *)data, (uint32_t)size};
	check_number(bytes);
	if (!payments_begin(&payments, profile_of(), SEGREGATION, bytes)) {
		ASSERT(payments.fault[0] != '\0');
		return 0;
	}
	for (uint32_t i = 0; i <= size; i++) {
		enum table_step step = payments_next(&payments, &payment, &act);
		if (step == TABLE_READ_END || payments.table.fault != TABLE_NO_FAULT)
			return 0;
		if (step == TABLE_READ_FAULT)
			continue;
		ASSERT(strncmp(act.path, "/v1/receivables/cpy_", 20) == 0);
		ASSERT(strncmp(act.key, "pagopa-", 7) == 0);
		ASSERT(cents_less(cents_zero(), payment.amount_cents));
		ASSERT(strchr(act.body, '\n') == NULL);
	}
	abort(); /* more rows than bytes */
}
