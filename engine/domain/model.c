/* The records as data: see model.h. One function per kind holds its static description. */
#include "engine/domain/model.h"

#include "engine/base/assert.h"

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

#define R(name_, NAME, number_, version_, prefix_, what_)                                          \
	static_assert((number_) <= RECORD_KIND_MAX, "RECORD_KIND_MAX covers every kind");          \
	static const struct record_info *info_##name_(void)                                        \
	{                                                                                          \
		typedef struct name_ FIELD_OWNER;                                                  \
		static const struct field fields[] = {RECORD_##NAME(FIELD_ROW)};                   \
		static const struct record_info info = {                                           \
		    .name = #name_,                                                                \
		    .prefix = prefix_,                                                             \
		    .what = what_,                                                                 \
		    .set = {.name = #name_,                                                        \
			    .fields = fields,                                                      \
			    .count = COUNT_OF(fields),                                             \
			    .struct_size = sizeof(struct name_),                                   \
			    .version = version_},                                                  \
		};                                                                                 \
		return &info;                                                                      \
	}
RECORDS(R)
#undef R

const struct record_info *record_info(enum record_kind kind)
{
	switch (kind) {
#define R(name, NAME, number, version, prefix, what)                                               \
	case RECORD_KIND_##NAME:                                                                   \
		return info_##name();
		RECORDS(R)
#undef R
	case RECORD_KIND_NONE:
		break;
	}
	ASSERT(false);
	return NULL;
}

bool record_kind_exists(uint32_t kind)
{
	switch (kind) {
#define R(name, NAME, number, version, prefix, what) case RECORD_KIND_##NAME:
		RECORDS(R)
#undef R
		return true;
	default:
		return false;
	}
}

bool record_kind_is_sparse(enum record_kind kind)
{
	return kind == RECORD_KIND_FUND_ACCOUNT || kind == RECORD_KIND_CEILING_ACCOUNT ||
	       kind == RECORD_KIND_VOUCHER_SECRET;
}

#define FIELD_OWNER struct posting
static const struct field posting_fields[] = {
    FIELD_ROW(U64, amount, 0, SHOW, "cents, or units in book U")
    FIELD_ROW(ID, fund_year, fund_year, SHOW, "fund year")
    FIELD_ROW(ID, ceiling, ceiling, SHOW, "ceiling, in book C")
    FIELD_ROW(ID, cell, cell, HIDE, "cell")
    FIELD_ROW(ID, comune, comune, SHOW, "comune")
    FIELD_ROW(ID, voucher, voucher, SHOW, "title")
    FIELD_ROW(ID, provider, provider, SHOW, "payee")
    FIELD_ROW(ID, statement, statement, SHOW, "statement")
    FIELD_ROW(ENUM, book, book, SHOW, "book")
    FIELD_ROW(ENUM, kind, posting_kind, SHOW, "why")
    FIELD_ROW(U8, from, 0, SHOW, "slot of the account that gives")
    FIELD_ROW(U8, to, 0, SHOW, "slot of the account that takes")
};
#undef FIELD_OWNER

const struct field_set posting_set = {
    .name = "posting",
    .fields = posting_fields,
    .count = COUNT_OF(posting_fields),
    .struct_size = sizeof(struct posting),
    .version = 1,
};
