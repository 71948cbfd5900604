/* See chunked.h. */
#include "engine/http/chunked.h"

#include "engine/base/assert.h"

enum chunked_state {
	CHUNKED_AT_SIZE, /* its first digit comes */
	CHUNKED_IN_SIZE,
	CHUNKED_AFTER_SIZE, /* LF comes */
	CHUNKED_IN_DATA,
	CHUNKED_AFTER_DATA, /* CR comes */
	CHUNKED_AFTER_DATA_CR,
	CHUNKED_AT_END, /* the last chunk was read: CR comes */
	CHUNKED_AT_END_CR,
	CHUNKED_OVER,
};

/* The value of a hexadecimal digit; 16: it is none. */
static uint32_t chunked_digit(char byte)
{
	char small = (char)(byte | 0x20);

	if (byte >= '0' && byte <= '9')
		return (uint32_t)(byte - '0');
	return small >= 'a' && small <= 'f' ? (uint32_t)(small - 'a') + 10 : 16;
}

static bool chunked_take_size(struct chunked *chunked, char byte)
{
	uint32_t digit = chunked_digit(byte);

	if (byte == '\r' && chunked->state == CHUNKED_IN_SIZE) {
		chunked->state = CHUNKED_AFTER_SIZE;
		return true;
	}
	if (digit > 15 || chunked->left >> 60 != 0)
		return false;
	chunked->left = chunked->left << 4 | digit;
	chunked->state = CHUNKED_IN_SIZE;
	return true;
}

/* A byte that has no choice. */
static bool chunked_take(struct chunked *chunked, char byte, char wanted, uint8_t next)
{
	chunked->state = next;
	return byte == wanted;
}

/* One byte that is not of the data. */
static bool chunked_step(struct chunked *chunked, char byte)
{
	switch ((enum chunked_state)chunked->state) {
	case CHUNKED_AT_SIZE:
	case CHUNKED_IN_SIZE:
		return chunked_take_size(chunked, byte);
	case CHUNKED_AFTER_SIZE:
		return chunked_take(chunked, byte, '\n',
				    chunked->left == 0 ? CHUNKED_AT_END : CHUNKED_IN_DATA);
	case CHUNKED_AFTER_DATA:
		return chunked_take(chunked, byte, '\r', CHUNKED_AFTER_DATA_CR);
	case CHUNKED_AFTER_DATA_CR:
		return chunked_take(chunked, byte, '\n', CHUNKED_AT_SIZE);
	case CHUNKED_AT_END:
		return chunked_take(chunked, byte, '\r', CHUNKED_AT_END_CR);
	case CHUNKED_AT_END_CR:
		return chunked_take(chunked, byte, '\n', CHUNKED_OVER);
	case CHUNKED_IN_DATA:
	case CHUNKED_OVER:
		break;
	}
	ASSERT(false);
	return false;
}

static struct slice chunked_take_data(struct chunked *chunked, struct slice bytes)
{
	uint32_t size = chunked->left < bytes.size ? (uint32_t)chunked->left : bytes.size;

	chunked->left -= size;
	if (chunked->left == 0)
		chunked->state = CHUNKED_AFTER_DATA;
	return (struct slice){bytes.data, size};
}

enum chunked_step chunked_read(struct chunked *chunked, struct slice bytes, uint32_t *ret_used,
			       struct slice *ret_data)
{
	*ret_data = (struct slice){NULL, 0};
	*ret_used = 0;
	ASSERT(chunked->state != CHUNKED_OVER);
	while (*ret_used < bytes.size) {
		const char *at = bytes.data + *ret_used;

		if (chunked->state == CHUNKED_IN_DATA) {
			*ret_data =
			    chunked_take_data(chunked, (struct slice){at, bytes.size - *ret_used});
			*ret_used += ret_data->size;
			return CHUNKED_DATA;
		}
		(*ret_used)++;
		if (!chunked_step(chunked, *at))
			return CHUNKED_BAD;
		if (chunked->state == CHUNKED_OVER)
			return CHUNKED_END;
		if (chunked->state == CHUNKED_IN_DATA)
			return CHUNKED_SIZE;
	}
	return CHUNKED_MORE;
}
