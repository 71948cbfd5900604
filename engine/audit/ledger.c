/* The state: see ledger.h. */
#include "engine/audit/ledger.h"

#include <string.h>

#define FUND_SLOTS    32u
#define CEILING_SLOTS 8u

const int64_t *ledger_row(const struct ledger *ledger, uint32_t kind, int64_t id)
{
	static const int64_t never_written[FIELDS_MAX];
	if (id <= 0 || id > ledger->counts[kind])
		return never_written;
	return &ledger->tables[kind].values[(size_t)id * layout_field_count(kind)];
}

void ledger_free(struct ledger *ledger)
{
	for (uint32_t kind = 0; kind < KIND_MAX; kind++)
		numbers_free(&ledger->tables[kind]);
}

bool ledger_is_fixed(uint32_t kind)
{
	return kind == KIND_FUND_ACCOUNT || kind == KIND_CEILING_ACCOUNT ||
	       kind == KIND_VOUCHER_SECRET;
}

static bool may_have_id(const struct ledger *ledger, uint32_t kind, uint32_t id)
{
	if (kind == KIND_FUND_ACCOUNT)
		return id / FUND_SLOTS != 0 && id / FUND_SLOTS <= ledger->counts[KIND_FUND_YEAR];
	if (kind == KIND_CEILING_ACCOUNT)
		return id / CEILING_SLOTS != 0 &&
		       id / CEILING_SLOTS <= ledger->counts[KIND_CEILING];
	if (kind == KIND_VOUCHER_SECRET)
		return id != 0 && id <= ledger->counts[KIND_VOUCHER];
	return id != 0 && id <= ledger->counts[kind] + 1;
}

const char *ledger_put(struct ledger *ledger, uint32_t kind, uint32_t id, const int64_t *after,
		       int64_t *ret_before)
{
	uint32_t fields = layout_field_count(kind);
	if (!may_have_id(ledger, kind, id))
		return "its id does not follow those that were given";
	memcpy(ret_before, ledger_row(ledger, kind, id), fields * sizeof(int64_t));
	size_t place = (size_t)id * fields;
	if (numbers_at(&ledger->tables[kind], place + fields) == NULL)
		return "out of memory";
	memcpy(&ledger->tables[kind].values[place], after, fields * sizeof(int64_t));
	if (id > ledger->counts[kind])
		ledger->counts[kind] = id;
	return NULL;
}
