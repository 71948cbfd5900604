/* What SIUSS is told of a month: see cases.h. */
#include "connectors/siuss/cases.h"

#include "connectors/format/siuss.h"
#include "connectors/pages/pages.h"
#include "engine/base/assert.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE	      256u
#define KEY_SIZE	      64u
#define SERVICES_MAX_OF_TITLE 64u

/* The most by which a bill's own roundings exceed the statement, for each record. */
#define ROUNDING_PER_RECORD_CENTS 2

struct reading {
	struct cases_source *source;
	struct cases *cases;
	json_t *places; /* "title service": row */
	json_t *titles; /* title: its first row */
	json_t *bills;	/* title: cents that the person owes */
	enum result result;
	bool is_public; /* the statement at hand holds the public share alone */
};

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

static int64_t number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static bool fail(struct reading *reading, enum result result, const char *text, const char *about)
{
	snprintf(reading->source->fault, sizeof(reading->source->fault), "%s: %.100s", text, about);
	reading->result = result;
	return false;
}

static bool copy(char *member, size_t size, const char *text)
{
	size_t length = strlen(text);
	if (length == 0 || length >= size)
		return false;
	memcpy(member, text, length + 1);
	return true;
}

/* ---- Lists ---- */

typedef bool take_item(struct reading *reading, const json_t *item);

/* Every item of a list, page by page. */
static bool each(struct reading *reading, const char *list, take_item *take)
{
	struct pages pages = {
	    .fetch = reading->source->fetch, .context = reading->source->context, .list = list};
	const json_t *item;
	bool is_good = true;
	while (is_good && (item = pages_next(&pages)) != NULL)
		is_good = take(reading, item);
	if (!pages_close(&pages))
		return fail(reading, RESULT_UNREACHABLE, "a list cannot be read", list);
	return is_good;
}

/* ---- Rows ---- */

static struct cases_row *add_row(struct reading *reading)
{
	struct cases *cases = reading->cases;
	if (cases->count == cases->capacity) {
		uint32_t capacity = cases->capacity == 0 ? 64 : 2 * cases->capacity;
		void *grown = realloc(cases->rows, capacity * sizeof(cases->rows[0]));
		if (grown == NULL) {
			(void)fail(reading, RESULT_OUT_OF_MEMORY, "out of memory", "rows");
			return NULL;
		}
		cases->rows = grown;
		cases->capacity = capacity;
	}
	struct cases_row *row = &cases->rows[cases->count++];
	*row = (struct cases_row){.title = ""};
	return row;
}

/* The row of a title and service, made where there is none; NULL: a failure was told. */
static struct cases_row *row_of(struct reading *reading, const char *title, const char *service)
{
	char key[KEY_SIZE];
	snprintf(key, sizeof(key), "%.31s %.31s", title, service);
	json_t *place = json_object_get(reading->places, key);
	if (place != NULL)
		return &reading->cases->rows[json_integer_value(place)];
	struct cases_row *row = add_row(reading);
	if (row == NULL)
		return NULL;
	if (!copy(row->title, sizeof(row->title), title) ||
	    !copy(row->service, sizeof(row->service), service)) {
		(void)fail(reading, RESULT_CHECK_FAILED, "not a title or service", title);
		return NULL;
	}
	json_int_t at = (json_int_t)reading->cases->count - 1;
	json_object_set_new(reading->places, key, json_integer(at));
	if (json_object_get(reading->titles, title) == NULL)
		json_object_set_new(reading->titles, title, json_integer(at));
	return row;
}

static bool add_amount(struct reading *reading, struct cases_row *row, struct cents amount)
{
	if (row == NULL)
		return false;
	if (!cents_add(row->body_share, amount, &row->body_share) ||
	    (reading->is_public && !cents_add(row->public_share, amount, &row->public_share)))
		return fail(reading, RESULT_CHECK_FAILED, "amounts beyond 64 bits", row->title);
	return true;
}

static bool take_line(struct reading *reading, const json_t *line)
{
	struct cents gross;
	if (!cents_add(cents_from(number_of(line, "net_cents")),
		       cents_from(number_of(line, "vat_cents")), &gross))
		return fail(reading, RESULT_CHECK_FAILED, "amounts beyond 64 bits",
			    text_of(line, "id"));
	struct cases_row *row =
	    row_of(reading, text_of(line, "voucher"), text_of(line, "service"));
	if (row != NULL)
		row->records += (uint32_t)number_of(line, "redemption_count");
	return add_amount(reading, row, gross);
}

/* Whose title it is, into its first row. */
static bool take_title(struct reading *reading, const json_t *title)
{
	json_t *place = json_object_get(reading->titles, text_of(title, "id"));
	if (place == NULL)
		return true;
	struct cases_row *row = &reading->cases->rows[json_integer_value(place)];
	return (copy(row->beneficiary, sizeof(row->beneficiary), text_of(title, "beneficiary")) &&
		copy(row->comune, sizeof(row->comune), text_of(title, "comune"))) ||
	       fail(reading, RESULT_CHECK_FAILED, "a title without its person", row->title);
}

static bool take_statement(struct reading *reading, const json_t *statement)
{
	char path[PATH_SIZE];
	const char *state = text_of(statement, "state");
	if (strcmp(state, "OPEN") == 0)
		reading->cases->open_statements++;
	if (strcmp(state, "OPEN") == 0 || strcmp(state, "CANCELLED") == 0)
		return true;
	reading->is_public = json_is_true(json_object_get(statement, "net_of_copay"));
	snprintf(path, sizeof(path), "/v1/statements/%.64s/lines",
		 text_of(statement, "id"));
	if (!each(reading, path, take_line))
		return false;
	snprintf(path, sizeof(path), "/v1/statements/%.64s/vouchers",
		 text_of(statement, "id"));
	return each(reading, path, take_title);
}

static bool take_payment(struct reading *reading, const json_t *payment)
{
	reading->is_public = false;
	return add_amount(reading, row_of(reading, text_of(payment, "voucher"), SIUSS_BUONO),
			  cents_from(number_of(payment, "amount_cents")));
}

/* What was waived is the body's to bear. */
static bool take_bill(struct reading *reading, const json_t *bill)
{
	struct cents owed;
	const char *title = text_of(bill, "voucher");
	int64_t before = json_integer_value(json_object_get(reading->bills, title));
	if (!cents_sub(cents_from(number_of(bill, "charged_cents")),
		       cents_from(number_of(bill, "waived_cents")), &owed) ||
	    !cents_add(owed, cents_from(before), &owed))
		return fail(reading, RESULT_CHECK_FAILED, "a bill is not an amount", title);
	json_object_set_new(reading->bills, title, json_integer(owed.raw /* raw: JSON */));
	return true;
}

/* ---- Persons and their shares ---- */

static int compare(const void *left, const void *right)
{
	const struct cases_row *a = left;
	const struct cases_row *b = right;
	int order = strcmp(a->title, b->title);
	return order != 0 ? order : strcmp(a->service, b->service);
}

/* What the person pays is the body's no more. False: more than there is, roundings apart. */
static bool take_share(struct cases_row *row)
{
	struct cents most;
	int64_t roundings = (int64_t)row->records * ROUNDING_PER_RECORD_CENTS;
	if (cents_sub(row->body_share, row->user_share, &row->body_share))
		return true;
	if (!cents_add(row->body_share, cents_from(roundings), &most) ||
	    cents_less(most, row->user_share))
		return false;
	row->user_share = row->body_share;
	row->body_share = cents_zero();
	return true;
}

/* A title's bill over its services, in proportion to what of each is not the public share alone; of
 * a statement that holds the public share the person's comes on top of it. */
static bool share_bill(struct reading *reading, struct cases_row *rows, uint32_t count)
{
	uint64_t weights[SERVICES_MAX_OF_TITLE];
	struct cents parts[SERVICES_MAX_OF_TITLE];
	struct cents bill =
	    cents_from(json_integer_value(json_object_get(reading->bills, rows[0].title)));
	if (cents_is_zero(bill))
		return true;
	if (count > SERVICES_MAX_OF_TITLE)
		return fail(reading, RESULT_CHECK_FAILED, "too many services", rows[0].title);
	for (uint32_t i = 0; i < count; i++)
		/* raw: weights of a proportion */
		weights[i] = cents_is_negative(rows[i].body_share)
				 ? 0
				 : (uint64_t)rows[i].body_share.raw; /* raw: same */
	if (!cents_allocate_largest_remainder(bill, weights, count, parts))
		return fail(reading, RESULT_CHECK_FAILED, "a bill without services", rows[0].title);
	for (uint32_t i = 0; i < count; i++) {
		rows[i].user_share = parts[i];
		if (cents_is_zero(rows[i].public_share) && !take_share(&rows[i]))
			return fail(reading, RESULT_CHECK_FAILED,
				    "more is billed than was delivered", rows[i].title);
	}
	return true;
}

/* Whose title it is: one of its rows knows, or it is asked for (of buoni). */
static bool set_person(struct reading *reading, struct cases_row *rows, uint32_t count)
{
	char path[PATH_SIZE];
	const struct cases_row *known = NULL;
	for (uint32_t i = 0; i < count && known == NULL; i++)
		known = rows[i].beneficiary[0] == '\0' ? NULL : &rows[i];
	for (uint32_t i = 0; i < count && known != NULL; i++) {
		memcpy(rows[i].beneficiary, known->beneficiary, sizeof(known->beneficiary));
		memcpy(rows[i].comune, known->comune, sizeof(known->comune));
	}
	if (known != NULL)
		return true;
	snprintf(path, sizeof(path), "/v1/vouchers/%s", rows[0].title);
	json_t *voucher = reading->source->fetch(reading->source->context, path);
	bool is_good = voucher != NULL;
	for (uint32_t i = 0; i < count && is_good; i++)
		is_good = copy(rows[i].beneficiary, sizeof(rows[i].beneficiary),
			       text_of(voucher, "beneficiary")) &&
			  copy(rows[i].comune, sizeof(rows[i].comune), text_of(voucher, "comune"));
	json_decref(voucher);
	return is_good ||
	       fail(reading, RESULT_UNREACHABLE, "a title cannot be read", rows[0].title);
}

static uint32_t count_of_title(const struct cases *cases, uint32_t first)
{
	uint32_t count = 1;
	while (first + count < cases->count &&
	       strcmp(cases->rows[first].title, cases->rows[first + count].title) == 0)
		count++;
	return count;
}

static void take_out_empty(struct cases *cases)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < cases->count; i++)
		if (cents_less(cents_zero(), cases->rows[i].body_share))
			cases->rows[kept++] = cases->rows[i];
	cases->count = kept;
}

/* Rows of one title go together; those that came to nothing are taken out before its bill is
 * shared. */
static bool finish(struct reading *reading)
{
	struct cases *cases = reading->cases;
	uint32_t count;
	if (cases->count > 0)
		qsort(cases->rows, cases->count, sizeof(cases->rows[0]), compare);
	for (uint32_t first = 0; first < cases->count; first += count) {
		count = count_of_title(cases, first);
		if (!set_person(reading, &cases->rows[first], count))
			return false;
	}
	take_out_empty(cases);
	for (uint32_t first = 0; first < cases->count; first += count) {
		count = count_of_title(cases, first);
		if (!share_bill(reading, &cases->rows[first], count))
			return false;
	}
	return true;
}

enum result cases_read(struct cases_source *source, struct month month, struct cases *ret_cases)
{
	ASSERT(source != NULL && source->fetch != NULL && ret_cases != NULL);
	ASSERT(month_is_valid(month));
	struct reading reading = {.source = source, .cases = ret_cases};
	char text[MONTH_TEXT_SIZE];
	char statements[PATH_SIZE];
	char payments[PATH_SIZE];
	char bills[PATH_SIZE];
	*ret_cases = (struct cases){.rows = NULL};
	source->fault[0] = '\0';
	month_format(month, text);
	snprintf(statements, sizeof(statements), "/v1/statements?month=%.*s",
		 (int)sizeof(text), text);
	snprintf(payments, sizeof(payments),
		 "/v1/cash-grant-payments?month=%.*s&state=PAID", (int)sizeof(text),
		 text);
	snprintf(bills, sizeof(bills), "/v1/receivables?month=%.*s", (int)sizeof(text),
		 text);
	reading.result = RESULT_OK;
	reading.places = json_object();
	reading.titles = json_object();
	reading.bills = json_object();
	if (each(&reading, statements, take_statement) && each(&reading, payments, take_payment) &&
	    each(&reading, bills, take_bill))
		(void)finish(&reading);
	json_decref(reading.places);
	json_decref(reading.titles);
	json_decref(reading.bills);
	return reading.result;
}

void cases_free(struct cases *cases)
{
	if (cases == NULL)
		return;
	free(cases->rows);
	*cases = (struct cases){.rows = NULL};
}
