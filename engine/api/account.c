/* Names of accounts: see account.h. */
#include "engine/api/account.h"

#include "engine/api/name.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <string.h>

const char *account_symbol(enum book book, uint8_t slot)
{
#define A(BOOK, SYMBOL, slot_, code) [slot_] = code "_" #SYMBOL,
	static const char *const fund[] = {FUND_ACCOUNTS(A)};
#undef A
#define A(BOOK, SYMBOL, slot_, code) [slot_] = code "_CEILING_" #SYMBOL,
	static const char *const ceiling[] = {CEILING_ACCOUNTS(A)};
#undef A
#define A(BOOK, SYMBOL, slot_, code) [slot_] = code "_UNITS_" #SYMBOL,
	static const char *const units[] = {UNITS_ACCOUNTS(A)};
#undef A
#define A(BOOK, SYMBOL, slot_, code) [slot_] = code "_COPAY_" #SYMBOL,
	static const char *const receivable[] = {RECEIVABLE_ACCOUNTS(A)};
#undef A
	switch (book) {
	case BOOK_FUND:
		return slot < sizeof(fund) / sizeof(fund[0]) ? fund[slot] : NULL;
	case BOOK_CEILING:
		return slot < sizeof(ceiling) / sizeof(ceiling[0]) ? ceiling[slot] : NULL;
	case BOOK_UNITS:
		return slot < sizeof(units) / sizeof(units[0]) ? units[slot] : NULL;
	case BOOK_RECEIVABLE:
		return slot < sizeof(receivable) / sizeof(receivable[0]) ? receivable[slot] : NULL;
	}
	return NULL;
}

static void put(struct account_name *name, const char *bytes, size_t size)
{
	ASSERT(size <= sizeof(name->text) - name->size);
	memcpy(name->text + name->size, bytes, size);
	name->size += (uint32_t)size;
}

void account_begin(struct account_name *name, enum book book, uint8_t slot)
{
	ASSERT(name != NULL);
	const char *symbol = account_symbol(book, slot);
	ASSERT(symbol != NULL);
	name->size = 0;
	put(name, symbol, strlen(symbol));
}

void account_add(struct account_name *name, struct directory *directory, enum record_kind kind,
		 uint32_t id)
{
	char text[NAME_SIZE_MAX];
	uint32_t size = name_format(directory, kind, id, text);
	put(name, "|", 1);
	if (size == 0)
		put(name, "*", 1);
	else
		put(name, text, size);
}

void account_add_year(struct account_name *name, struct slice fund, uint16_t year)
{
	char digits[TEXT_U64_SIZE_MAX];
	put(name, "|", 1);
	put(name, fund.data, fund.size);
	put(name, "-", 1);
	put(name, digits, text_format_u64(year, digits));
}

void account_add_named(struct account_name *name, const char *dimension, struct slice value)
{
	if (value.size == 0)
		return;
	put(name, "|", 1);
	put(name, dimension, strlen(dimension));
	put(name, "=", 1);
	put(name, value.data, value.size);
}

struct slice account_slice(const struct account_name *name)
{
	return (struct slice){name->text, name->size};
}
