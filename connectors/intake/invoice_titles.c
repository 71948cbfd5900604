/* The titles on an invoice's lines, and which statement they and its amounts speak of. */
#include "connectors/intake/invoice_parts.h"

#include "engine/base/assert.h"
#include "engine/base/check.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define CANDIDATES_MAX 64u
#define MONTHS_BACK    13 /* an invoice is for services of the year before it at the most */

bool invoice_title_number(struct slice text, char ret_number[16])
{
	uint32_t id;
	if (!check_number_parse(text, &id))
		return false;
	uint32_t size = check_number_format(id, ret_number);
	ret_number[size] = '\0';
	return true;
}

/* The article that names a title: the one with our tag, else the first that is a title's number. */
static const struct fatturapa_article *article_of(const struct fatturapa_line *line,
						  const char *tag)
{
	char number[16];
	for (uint32_t i = 0; i < line->article_count; i++)
		if (text_equals_ignoring_case(line->articles[i].type, slice_from_text(tag)))
			return &line->articles[i];
	for (uint32_t i = 0; i < line->article_count; i++)
		if (invoice_title_number(line->articles[i].value, number))
			return &line->articles[i];
	return NULL;
}

/* Adds a line to its title: the amounts add up, the first line's price stands. */
static void add_title(json_t *titles, const char *code, const struct fatturapa_line *line)
{
	json_t *title = json_object_get(titles, code);
	if (title == NULL) {
		title = json_pack("{s:i, s:I, s:I, s:I}", "line", (int)line->number, "net_cents",
				  (json_int_t)0, "quantity", (json_int_t)0, "price",
				  (json_int_t)line->price);
		json_object_set_new(titles, code, title);
	}
	struct cents sum = intake_cents(title, "net_cents");
	if (cents_add(sum, line->amount, &sum))
		json_object_set_new(title, "net_cents", intake_json_cents(sum));
	if (tree_child(line->node, "Quantita") == NULL)
		json_object_set_new(title, "is_lump", json_true());
	json_int_t quantity = intake_number(title, "quantity");
	if (!__builtin_add_overflow(quantity, line->quantity, &quantity))
		json_object_set_new(title, "quantity", json_integer(quantity));
}

void invoice_titles(struct invoice_case *one)
{
	const char *tag = one->options->tag == NULL ? INTAKE_INVOICE_TAG : one->options->tag;
	one->titles = json_object();
	for (uint32_t i = 0; i < one->invoice->line_count; i++) {
		const struct fatturapa_line *line = &one->invoice->lines[i];
		const struct fatturapa_article *article = article_of(line, tag);
		char code[64];
		char number[16];
		if (article == NULL || article->value.size == 0 ||
		    article->value.size >= sizeof(code))
			continue;
		memcpy(code, article->value.data, article->value.size);
		code[article->value.size] = '\0';
		/* spreadsheets eat leading zeros; only the letters' case is held against it */
		bool is_number = invoice_title_number(article->value, number);
		size_t size = strlen(code);
		char last = code[size - 1];
		if (is_number && last >= 'a' && last <= 'z')
			one->is_case_wrong = true;
		add_title(one->titles, is_number ? number : code, line);
	}
}

/* ---- Candidates ---- */

struct candidates {
	const json_t *items[CANDIDATES_MAX];
	uint32_t count;
};

static void add(struct candidates *candidates, const json_t *statement)
{
	const char *id = intake_text(statement, "id");
	for (uint32_t i = 0; i < candidates->count; i++)
		if (strcmp(intake_text(candidates->items[i], "id"), id) == 0)
			return;
	if (candidates->count < CANDIDATES_MAX)
		candidates->items[candidates->count++] = statement;
}

/* The month that the lines speak of; false: none, or several. */
static bool period_of(const struct fatturapa_invoice *invoice, struct month *ret_month)
{
	struct month month = {0};
	for (uint32_t i = 0; i < invoice->line_count; i++) {
		const struct fatturapa_line *line = &invoice->lines[i];
		if (line->from.number == 0)
			continue;
		struct month of_line = month_of_day(line->from);
		if (month.number != 0 && month.number != of_line.number)
			return false;
		month = of_line;
	}
	*ret_month = month;
	return month.number != 0;
}

/* Whether the statement can be what the invoice is for, by its month. */
static bool is_of_time(const struct fatturapa_invoice *invoice, const json_t *statement)
{
	struct month month;
	struct month period;
	if (!month_parse(slice_from_text(intake_text(statement, "month")), &month))
		return false;
	if (period_of(invoice, &period))
		return month.number == period.number;
	int32_t behind = month_of_day(invoice->date).number - month.number;
	return behind >= 0 && behind <= MONTHS_BACK;
}

/* Lists keep their order; several pages were read as one. */
static bool gather(struct invoice_case *one, const char *filter, const char *value,
		   struct candidates *candidates)
{
	char path[INTAKE_PATH_SIZE];
	snprintf(path, sizeof(path), "/v1/statements?%s=%s", filter, value);
	const json_t *items = intake_list(one->intake, path);
	size_t at;
	json_t *statement;
	json_array_foreach(items, at, statement)
	{
		if (strcmp(intake_text(statement, "state"), "CANCELLED") != 0 &&
		    is_of_time(one->invoice, statement))
			add(candidates, statement);
	}
	return items != NULL;
}

/* How many of the invoice's titles have a line in the statement; -1: it cannot be read. */
static int titles_in(struct invoice_case *one, const json_t *statement)
{
	char path[INTAKE_PATH_SIZE];
	snprintf(path, sizeof(path), "/v1/statements/%s/lines?", intake_text(statement, "id"));
	const json_t *lines = intake_list(one->intake, path);
	if (lines == NULL)
		return -1;
	json_t *seen = json_object();
	size_t at;
	json_t *line;
	json_array_foreach(lines, at, line)
	{
		const char *voucher = intake_text(line, "voucher");
		if (json_object_get(one->titles, voucher) != NULL)
			json_object_set_new(seen, voucher, json_true());
	}
	int count = (int)json_object_size(seen);
	json_decref(seen);
	return count;
}

static bool has_amounts(const struct fatturapa_invoice *invoice, const json_t *statement)
{
	return cents_equal(invoice->net, intake_cents(statement, "net_cents")) &&
	       cents_equal(invoice->vat, intake_cents(statement, "vat_cents"));
}

static bool waits(const json_t *statement)
{
	return strcmp(intake_text(statement, "state"), "ATTESTED") == 0;
}

/* ---- The choice ---- */

enum wish {
	WISH_TITLES,  /* most of its titles */
	WISH_AMOUNTS, /* to the cent */
	WISH_WAITS,   /* attested, and without an invoice */
	WISHES
};

static bool fulfils(struct invoice_case *one, const json_t *statement, enum wish wish, int most)
{
	switch (wish) {
	case WISH_TITLES:
		return titles_in(one, statement) == most;
	case WISH_AMOUNTS:
		return has_amounts(one->invoice, statement);
	case WISH_WAITS:
		return waits(statement);
	case WISHES:
		break;
	}
	return false;
}

/* Keeps those that fulfil the wish, where some do. */
static void narrow(struct invoice_case *one, struct candidates *candidates, enum wish wish)
{
	struct candidates kept = {.count = 0};
	int most = 0;
	for (uint32_t i = 0; wish == WISH_TITLES && i < candidates->count; i++) {
		int here = titles_in(one, candidates->items[i]);
		most = here > most ? here : most;
	}
	for (uint32_t i = 0; i < candidates->count; i++)
		if (fulfils(one, candidates->items[i], wish, most))
			kept.items[kept.count++] = candidates->items[i];
	if (kept.count > 0)
		*candidates = kept;
}

/* Those that hold some of the titles that the invoice names. */
static void keep_with_titles(struct invoice_case *one, struct candidates *candidates)
{
	struct candidates kept = {.count = 0};
	for (uint32_t i = 0; i < candidates->count; i++)
		if (titles_in(one, candidates->items[i]) > 0)
			kept.items[kept.count++] = candidates->items[i];
	*candidates = kept;
}

static void tell_candidates(struct invoice_case *one, const struct candidates *candidates)
{
	json_t *told = json_array();
	for (uint32_t i = 0; i < candidates->count; i++) {
		const json_t *statement = candidates->items[i];
		json_array_append_new(
		    told, json_pack("{s:s, s:s, s:s, s:I, s:I}", "statement",
				    intake_text(statement, "id"), "month",
				    intake_text(statement, "month"), "state",
				    intake_text(statement, "state"), "net_cents",
				    (json_int_t)intake_number(statement, "net_cents"), "vat_cents",
				    (json_int_t)intake_number(statement, "vat_cents")));
	}
	json_object_set_new(one->report, "candidates", told);
}

/* Everybody's statements of the month that the lines speak of; where they name none, of the month
 * of the invoice's date and of the one before. */
static bool gather_all(struct invoice_case *one, struct candidates *candidates)
{
	struct month period;
	int32_t count = 1;
	if (!period_of(one->invoice, &period)) {
		period = month_of_day(one->invoice->date);
		count = 2;
	}
	for (int32_t back = 0; back < count; back++) {
		struct month of = {period.number - back};
		char month[MONTH_TEXT_SIZE + 1] = "";
		month_format(of, month);
		if (!gather(one, "month", month, candidates))
			return false;
	}
	return true;
}

/* The issuer's own statements, and those that it is paid for; where its titles are in none of them,
 * those of anybody in that month: another's titles. */
static bool all_candidates(struct invoice_case *one, struct candidates *candidates)
{
	const char *issuer = intake_text(one->provider, "id");
	if (!gather(one, "provider", issuer, candidates) ||
	    !gather(one, "payee", issuer, candidates))
		return false;
	if (json_object_size(one->titles) == 0)
		return true;
	keep_with_titles(one, candidates);
	if (candidates->count > 0)
		return true;
	if (!gather_all(one, candidates))
		return false;
	keep_with_titles(one, candidates);
	return true;
}

static bool choose_given(struct invoice_case *one)
{
	char path[INTAKE_PATH_SIZE];
	snprintf(path, sizeof(path), "/v1/statements/%.64s", one->options->statement);
	const json_t *statement = intake_get(one->intake, path);
	if (statement == NULL)
		return false;
	one->statement = json_deep_copy(statement);
	return true;
}

bool invoice_find_statement(struct invoice_case *one)
{
	struct candidates candidates = {.count = 0};
	if (one->options->statement != NULL)
		return choose_given(one);
	if (!all_candidates(one, &candidates))
		return false;
	bool has_titles = json_object_size(one->titles) > 0;
	for (enum wish wish = has_titles ? WISH_TITLES : WISH_AMOUNTS; wish < WISHES; wish++)
		if (candidates.count > 1)
			narrow(one, &candidates, wish);
	if (candidates.count == 1) {
		one->statement = json_deep_copy(candidates.items[0]);
		return true;
	}
	one->cause = candidates.count == 0 ? "NO_STATEMENT" : "SEVERAL_STATEMENTS";
	invoice_differ(one, one->cause, NULL, NULL,
		       candidates.count == 0
			   ? "no statement of this provider and period is there to compare with"
			   : "several statements may be meant: say which with --statement");
	tell_candidates(one, &candidates);
	return true;
}
