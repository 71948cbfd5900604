/* pagoPA numbers: see pagopa.h. */
#include "connectors/format/pagopa.h"

#include "engine/base/text.h"

#include <string.h>

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))
#define AUX_DIGIT	3u
#define CHECK_MODULUS	93u
#define LOCAL_SIZE	13u

#define FIELD_OWNER struct copay_position
static const struct field position_fields[] = {COPAY_POSITION(FIELD_ROW)};
#undef FIELD_OWNER
#define FIELD_OWNER struct copay_payment
static const struct field payment_fields[] = {COPAY_PAYMENT(FIELD_ROW)};
#undef FIELD_OWNER

const struct field_set copay_position_set = {
    .name = "copay_position",
    .fields = position_fields,
    .count = COUNT_OF(position_fields),
    .struct_size = sizeof(struct copay_position),
    .version = 1,
};

const struct field_set copay_payment_set = {
    .name = "copay_payment",
    .fields = payment_fields,
    .count = COUNT_OF(payment_fields),
    .struct_size = sizeof(struct copay_payment),
    .version = 1,
};

static void put_digits(uint64_t number, uint32_t size, char *digits)
{
	for (uint32_t i = size; i > 0; i--) {
		digits[i - 1] = (char)('0' + number % 10);
		number /= 10;
	}
	ASSERT(number == 0);
}

void pagopa_notice(uint32_t segregation, uint64_t local, char ret_digits[PAGOPA_NOTICE_SIZE])
{
	ASSERT(segregation <= PAGOPA_SEGREGATION_MAX && local <= PAGOPA_LOCAL_MAX);
	uint64_t number = (AUX_DIGIT * 100u + segregation) * (PAGOPA_LOCAL_MAX + 1) + local;
	put_digits(AUX_DIGIT, 1, ret_digits);
	put_digits(segregation, 2, ret_digits + 1);
	put_digits(local, LOCAL_SIZE, ret_digits + 3);
	put_digits(number % CHECK_MODULUS, 2, ret_digits + 3 + LOCAL_SIZE);
}

bool pagopa_read(struct slice digits, uint32_t *ret_segregation, uint64_t *ret_local)
{
	ASSERT(ret_segregation != NULL && ret_local != NULL);
	char notice[PAGOPA_NOTICE_SIZE];
	uint32_t segregation = 0;
	uint64_t local = 0;
	if (digits.size == PAGOPA_NOTICE_SIZE) {
		if (digits.data[0] != '0' + (char)AUX_DIGIT)
			return false;
		digits = (struct slice){digits.data + 1, PAGOPA_IUV_SIZE};
	}
	if (digits.size != PAGOPA_IUV_SIZE ||
	    !text_parse_u32((struct slice){digits.data, 2}, PAGOPA_SEGREGATION_MAX, &segregation) ||
	    !text_parse_u64((struct slice){digits.data + 2, LOCAL_SIZE}, PAGOPA_LOCAL_MAX, &local))
		return false;
	pagopa_notice(segregation, local, notice);
	if (memcmp(notice + 1, digits.data, PAGOPA_IUV_SIZE) != 0)
		return false;
	*ret_segregation = segregation;
	*ret_local = local;
	return true;
}
