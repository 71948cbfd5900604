/* Positions: see positions.h. */
#include "connectors/copay/positions.h"

#include "connectors/pages/pages.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 256u
#define PREFIX	  "cpy_" /* of a bill's id */

struct reading {
	positions_fetch *fetch;
	void *context;
	const struct positions_wanted *wanted;
	struct positions *positions;
	json_t *bodies;	 /* comune, or ambito for lead bodies -> tax code */
	uint32_t capacity;
	enum result result;
};

static bool fail(struct reading *reading, enum result result, const char *text, const char *about)
{
	snprintf(reading->positions->fault, sizeof(reading->positions->fault), "%s: %.160s", text,
		 about);
	reading->result = result;
	return false;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

static void set_text(char *member, size_t size, const char *text)
{
	size_t length = strnlen(text, size);
	memset(member, 0, size);
	memcpy(member, text, length);
}
#define SET(member, text) set_text(member, sizeof(member), text)

/* Every item of a list. */
static bool each_item(struct reading *reading, const char *list,
		      bool (*take)(struct reading *reading, const json_t *item))
{
	struct pages pages = {.fetch = reading->fetch, .context = reading->context, .list = list};
	const json_t *item;
	bool is_good = true;
	while (is_good && (item = pages_next(&pages)) != NULL)
		is_good = take(reading, item);
	return pages_close(&pages) ? is_good
				   : fail(reading, RESULT_UNREACHABLE, "cannot read", list);
}

/* ---- Who is owed ---- */

static bool take_body(struct reading *reading, const json_t *item)
{
	const char *comune = text_of(item, "comune");
	const char *tax_code = text_of(item, "tax_code");
	if (tax_code[0] == '\0')
		return true;
	return json_object_set_new(reading->bodies,
				   comune[0] != '\0' ? comune : text_of(item, "ambito"),
				   json_string(tax_code)) == 0 ||
	       fail(reading, RESULT_OUT_OF_MEMORY, "no memory", "");
}

/* The tax code of the comune's own body, else of the ambito's lead body; empty: unknown. */
static const char *creditor_of(struct reading *reading, const json_t *bill)
{
	if (reading->wanted->creditor != NULL)
		return reading->wanted->creditor;
	const char *own = text_of(reading->bodies, text_of(bill, "comune"));
	return own[0] != '\0' ? own : text_of(reading->bodies, text_of(bill, "ambito"));
}

/* ---- Bills ---- */

static struct copay_position *append(struct reading *reading)
{
	struct positions *positions = reading->positions;
	if (positions->count == POSITIONS_MAX)
		return NULL;
	if (positions->count == reading->capacity) {
		uint32_t capacity = reading->capacity == 0 ? 64 : 2 * reading->capacity;
		void *rows = reallocarray(positions->rows, capacity, sizeof(*positions->rows));
		if (rows == NULL)
			return NULL;
		positions->rows = rows;
		reading->capacity = capacity;
	}
	struct copay_position *row = &positions->rows[positions->count++];
	memset(row, 0, sizeof(*row));
	return row;
}

static void set_debtor(struct copay_position *row, const struct person *person)
{
	SET(row->debtor_kind, "F");
	memcpy(row->debtor_tax_code, person->tax_code, sizeof(row->debtor_tax_code));
	memcpy(row->debtor_surname, person->surname, sizeof(row->debtor_surname));
	memcpy(row->debtor_name, person->name, sizeof(row->debtor_name));
	memcpy(row->address, person->address, sizeof(row->address));
	memcpy(row->postal_code, person->postal_code, sizeof(row->postal_code));
	memcpy(row->city, person->city, sizeof(row->city));
	memcpy(row->province, person->province, sizeof(row->province));
	memcpy(row->email, person->email, sizeof(row->email));
}

/* The numbers of a notice from the bill's own. */
static bool set_numbers(struct reading *reading, struct copay_position *row, const char *id)
{
	char notice[PAGOPA_NOTICE_SIZE];
	uint64_t local = 0;
	if (strncmp(id, PREFIX, strlen(PREFIX)) != 0 ||
	    !text_parse_u64(slice_from_text(id + strlen(PREFIX)), PAGOPA_LOCAL_MAX, &local))
		return fail(reading, RESULT_CHECK_FAILED, "a bill without its number", id);
	pagopa_notice(reading->wanted->segregation, local, notice);
	memcpy(row->notice_number, notice, PAGOPA_NOTICE_SIZE);
	memcpy(row->iuv, notice + 1, PAGOPA_IUV_SIZE);
	SET(row->receivable, id);
	return true;
}

static bool set_terms(struct reading *reading, struct copay_position *row, const json_t *bill)
{
	char reason[sizeof(row->reason) + 1];
	const char *month = text_of(bill, "month");
	if (!month_parse(slice_from_text(month), &row->month) ||
	    !day_parse(slice_from_text(text_of(bill, "due_on")), &row->due_on))
		return fail(reading, RESULT_CHECK_FAILED, "a bill without month or due day",
			    text_of(bill, "id"));
	snprintf(reason, sizeof(reason), "Compartecipazione %.7s titolo %.24s", month,
		 text_of(bill, "voucher"));
	SET(row->reason, reason);
	SET(row->comune, text_of(bill, "comune"));
	return true;
}

static bool take_bill(struct reading *reading, const json_t *bill)
{
	struct positions *positions = reading->positions;
	const char *id = text_of(bill, "id");
	const char *beneficiary = text_of(bill, "beneficiary");
	struct cents owed = cents_from(json_integer_value(json_object_get(bill, "due_cents")));
	struct cents late = cents_from(json_integer_value(json_object_get(bill, "arrears_cents")));
	if (!cents_add(owed, late, &owed) || cents_is_negative(owed))
		return fail(reading, RESULT_CHECK_FAILED, "a bill beyond any amount", id);
	if (cents_is_zero(owed)) {
		positions->paid_count++;
		return true;
	}
	const struct person *person =
	    persons_find(reading->wanted->persons, slice_from_text(beneficiary));
	if (person == NULL)
		return fail(reading, RESULT_NOT_FOUND,
			    "the persons file lacks the debtor of a bill; add a row for",
			    beneficiary);
	const char *creditor = creditor_of(reading, bill);
	if (creditor[0] == '\0')
		return fail(reading, RESULT_NOT_FOUND,
			    "nobody is known who is owed: give --creditor, or a paying body for",
			    text_of(bill, "comune"));
	struct copay_position *row = append(reading);
	if (row == NULL)
		return fail(reading, RESULT_OUT_OF_MEMORY, "too many bills", id);
	row->amount_cents = owed;
	set_debtor(row, person);
	SET(row->creditor_tax_code, creditor);
	return cents_add(positions->total, owed, &positions->total) &&
	       set_numbers(reading, row, id) && set_terms(reading, row, bill);
}

enum result positions_read(positions_fetch *fetch, void *context,
			   const struct positions_wanted *wanted, struct positions *ret_positions)
{
	ASSERT(fetch != NULL && wanted != NULL && ret_positions != NULL);
	ASSERT(wanted->month != NULL && wanted->persons != NULL);
	*ret_positions = (struct positions){.total = cents_zero()};
	struct reading reading = {.fetch = fetch,
				  .context = context,
				  .wanted = wanted,
				  .positions = ret_positions,
				  .bodies = json_object(),
				  .result = RESULT_OK};
	char path[PATH_SIZE];
	bool has_comune = wanted->comune != NULL;
	snprintf(path, sizeof(path), "/v1/receivables?month=%.16s%s%.16s", wanted->month,
		 has_comune ? "&comune=" : "", has_comune ? wanted->comune : "");
	if (wanted->creditor != NULL || each_item(&reading, "/v1/paying-bodies", take_body))
		(void)each_item(&reading, path, take_bill);
	json_decref(reading.bodies);
	return reading.result;
}

void positions_free(struct positions *positions)
{
	if (positions == NULL)
		return;
	free(positions->rows);
	positions->rows = NULL;
	positions->count = 0;
}
