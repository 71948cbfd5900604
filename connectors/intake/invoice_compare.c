/* Every difference between an invoice and its statement, with the figures of both sides. */
#include "connectors/intake/invoice_parts.h"

#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define MINUTES_PER_HOUR 60

const char *invoice_amount(struct cents amount, char ret_text[32])
{
	uint32_t size = text_format_cents_italian(amount, ret_text);
	ret_text[size] = '\0';
	return ret_text;
}

void invoice_differ(struct invoice_case *one, const char *what, const char *found,
		    const char *expected, const char *text)
{
	json_t *all = json_object_get(one->report, "differences");
	json_t *difference = json_pack("{s:s, s:s}", "what", what, "text", text);
	if (found != NULL)
		json_object_set_new(difference, "found", json_string(found));
	if (expected != NULL)
		json_object_set_new(difference, "expected", json_string(expected));
	json_array_append_new(all, difference);
}

/* ---- Amounts ---- */

static void differ_amount(struct invoice_case *one, const char *what, const char *name,
			  struct cents found, struct cents expected)
{
	char amounts[3][32];
	char text[INVOICE_TEXT_SIZE];
	struct cents delta;
	if (cents_equal(found, expected) || !cents_delta(found, expected, &delta))
		return;
	bool is_more = !cents_is_negative(delta);
	if (!is_more && !cents_delta(expected, found, &delta))
		return;
	snprintf(text, sizeof(text), "%s %s on the invoice, %s on the statement: %s %s", name,
		 invoice_amount(found, amounts[0]), invoice_amount(expected, amounts[1]),
		 invoice_amount(delta, amounts[2]), is_more ? "too much" : "too little");
	invoice_differ(one, what, amounts[0], amounts[1], text);
}

static void compare_amounts(struct invoice_case *one)
{
	const struct fatturapa_invoice *invoice = one->invoice;
	struct cents net = intake_cents(one->statement, "net_cents");
	struct cents vat = intake_cents(one->statement, "vat_cents");
	struct cents total;
	struct cents expected;
	if (!cents_add(invoice->net, invoice->vat, &total) || !cents_add(net, vat, &expected))
		return;
	differ_amount(one, "TOTAL", "total", total, expected);
	differ_amount(one, "TAXABLE", "taxable amount", invoice->net, net);
	differ_amount(one, "VAT", "VAT", invoice->vat, vat);
	struct cents more;
	if (!cents_is_zero(invoice->stamp) && cents_delta(invoice->net, net, &more) &&
	    cents_equal(more, invoice->stamp))
		invoice_differ(one, "STAMP", NULL, NULL,
			       "the difference is the stamp duty: it is owed by the provider and "
			       "is no part of the taxable amount");
	if (invoice->has_total && !cents_equal(invoice->total, total) &&
	    cents_is_zero(invoice->stamp))
		differ_amount(one, "DOCUMENT_TOTAL", "ImportoTotaleDocumento", invoice->total,
			      total);
}

static void compare_rates(struct invoice_case *one)
{
	uint32_t expected = (uint32_t)intake_number(one->statement, "vat_bp");
	for (uint32_t i = 0; i < one->invoice->summary_count; i++) {
		uint32_t found = one->invoice->summaries[i].vat_bp;
		char texts[2][32];
		char text[INVOICE_TEXT_SIZE];
		if (found == expected)
			continue;
		snprintf(texts[0], sizeof(texts[0]), "%u.%02u%%", found / 100, found % 100);
		snprintf(texts[1], sizeof(texts[1]), "%u.%02u%%", expected / 100, expected % 100);
		snprintf(text, sizeof(text), "VAT at %s on the invoice; this provider's services "
					     "bear %s",
			 texts[0], texts[1]);
		invoice_differ(one, "VAT_RATE", texts[0], texts[1], text);
	}
}

/* ---- Codes ---- */

static const char *regime_name(enum fatturapa_regime regime)
{
	static const char *const names[] = {"S (split payment)", "I (immediate)", "D (deferred)",
					    "none (exempt)", "different ones"};
	ASSERT((uint32_t)regime < sizeof(names) / sizeof(names[0]));
	return names[regime];
}

static void compare_regime(struct invoice_case *one)
{
	char text[INVOICE_TEXT_SIZE];
	struct cents vat = intake_cents(one->statement, "vat_cents");
	if (cents_is_zero(vat) || one->invoice->regime == FATTURAPA_SPLIT)
		return;
	snprintf(text, sizeof(text),
		 "EsigibilitaIVA is %s: VAT is paid to the Treasury, the invoice must say S",
		 regime_name(one->invoice->regime));
	invoice_differ(one, "SPLIT_PAYMENT", regime_name(one->invoice->regime), "S", text);
}

/* The pact that the invoice must name; NULL: it cannot be read. */
static const json_t *pact_of(struct invoice_case *one)
{
	char path[INTAKE_PATH_SIZE];
	const char *id = intake_text(one->statement, "payee_accreditation");
	if (id[0] == '\0')
		id = intake_text(one->statement, "accreditation");
	snprintf(path, sizeof(path), "/v1/accreditations/%s", id);
	return intake_get(one->intake, path);
}

static void compare_cig(struct invoice_case *one, const json_t *pact)
{
	char text[INVOICE_TEXT_SIZE];
	char found[36] = "";
	const char *expected = intake_text(pact, "cig");
	struct slice cig = one->invoice->cig;
	if (slice_equals_text(cig, expected) && one->invoice->cig_count <= 1)
		return;
	if (cig.size < sizeof(found) && cig.size > 0)
		memcpy(found, cig.data, cig.size);
	const char *why = "is another's";
	if (cig.size == 0)
		why = "is missing";
	else if (slice_equals_text(cig, expected))
		why = "is one of several on the invoice";
	else if (text_equals_ignoring_case(cig, slice_from_text(expected)))
		why = "has letters of the other case";
	snprintf(text, sizeof(text), "the CIG %s: «%s» on the invoice, «%s» on the pact", why,
		 found, expected);
	invoice_differ(one, "CIG", found, expected, text);
}

/* Who issued it, and who should: another, or one that was merged since. */
static bool compare_issuer(struct invoice_case *one, const json_t *pact)
{
	char text[INVOICE_TEXT_SIZE];
	char path[INTAKE_PATH_SIZE];
	const char *found = intake_text(one->provider, "id");
	const char *expected = intake_text(pact, "provider");
	if (strcmp(found, expected) == 0)
		return true;
	snprintf(path, sizeof(path), "/v1/providers/%s", expected);
	const json_t *other = intake_get(one->intake, path);
	if (other == NULL)
		return false;
	const char *successor = intake_text(one->provider, "successor");
	bool is_merged = json_is_true(json_object_get(one->provider, "merged"));
	if (is_merged)
		snprintf(text, sizeof(text),
			 "issued by %s, which was merged into %s on %s: from that day %s invoices "
			 "(partita IVA %s)",
			 found, successor, intake_text(one->provider, "succeeded_from"), expected,
			 intake_text(other, "vat_number"));
	else
		snprintf(text, sizeof(text),
			 "issued by %s; the services are those that %s invoices (partita IVA %s)",
			 found, expected, intake_text(other, "vat_number"));
	invoice_differ(one, is_merged ? "MERGED_ISSUER" : "ISSUER", found, expected, text);
	return true;
}

static void compare_state(struct invoice_case *one)
{
	char text[INVOICE_TEXT_SIZE];
	const char *state = intake_text(one->statement, "state");
	const char *invoiced = intake_text(one->statement, "invoice_number");
	if (strcmp(state, "ATTESTED") == 0)
		return;
	if (invoiced[0] != '\0') {
		snprintf(text, sizeof(text),
			 "the statement is invoiced already: number %s of %s (state %s)", invoiced,
			 intake_text(one->statement, "invoice_date"), state);
		invoice_differ(one, "ALREADY_INVOICED", NULL, invoiced, text);
		return;
	}
	snprintf(text, sizeof(text),
		 "the statement is %s: %d of its %d lines are attested; the invoice waits", state,
		 (int)intake_number(one->statement, "attested_count"),
		 (int)intake_number(one->statement, "line_count"));
	invoice_differ(one, "NOT_ATTESTED", state, "ATTESTED", text);
}

/* ---- Lines, title by title ---- */

/* What the statement has for each title: its lines added up. */
static json_t *expected_titles(const json_t *lines)
{
	json_t *titles = json_object();
	size_t at;
	json_t *line;
	json_array_foreach(lines, at, line)
	{
		const char *number = intake_text(line, "voucher");
		json_t *title = json_object_get(titles, number);
		if (title == NULL) {
			title = json_object();
			json_object_set_new(titles, number, title);
		}
		static const char *const sums[] = {"net_cents", "units", "redemption_count"};
		for (int i = 0; i < 3; i++)
			json_object_set_new(title, sums[i],
					    json_integer(intake_number(title, sums[i]) +
							 intake_number(line, sums[i])));
	}
	return titles;
}

/* Why a title's amounts differ: units, rounding of each visit, or another tariff. */
static const char *why(const json_t *found, const json_t *expected, char ret_text[128])
{
	json_int_t quantity = intake_number(found, "quantity"); /* x 10^-8: hours, or pieces */
	json_int_t units = intake_number(expected, "units");
	json_int_t visits = intake_number(expected, "redemption_count");
	json_int_t delta =
	    intake_number(found, "net_cents") - intake_number(expected, "net_cents");
	json_int_t from = 0;
	bool fits = !__builtin_mul_overflow(units, FATTURAPA_DECIMALS, &from);
	bool is_hours = fits && quantity == from / MINUTES_PER_HOUR;
	bool is_lump = json_is_true(json_object_get(found, "is_lump")); /* it tells no quantity */
	bool is_same = is_lump || is_hours || (fits && quantity == from);
	if (!is_same) {
		snprintf(ret_text, 128, "units: %lld.%02lld on the invoice, %lld on the statement",
			 (long long)(quantity / FATTURAPA_DECIMALS),
			 (long long)(quantity % FATTURAPA_DECIMALS / (FATTURAPA_DECIMALS / 100)),
			 (long long)units);
		return ret_text;
	}
	delta = delta < 0 ? -delta : delta;
	if (delta <= visits) {
		snprintf(ret_text, 128, "rounding: half a cent at most on each of %lld visits",
			 (long long)visits);
		return ret_text;
	}
	if (is_lump)
		return "units or tariff: the line tells no quantity";
	snprintf(ret_text, 128, "tariff: %lld,%02lld on the invoice is not the one in force",
		 (long long)(intake_number(found, "price") / FATTURAPA_DECIMALS),
		 (long long)(intake_number(found, "price") % FATTURAPA_DECIMALS /
			     (FATTURAPA_DECIMALS / 100)));
	return ret_text;
}

static void tell_line(struct invoice_case *one, const char *number, const json_t *found,
		      const json_t *expected)
{
	char text[128] = "";
	const char *cause = text;
	if (found == NULL)
		cause = "missing on the invoice";
	else if (expected == NULL)
		cause = "not in the statement";
	else
		cause = why(found, expected, text);
	json_t *line = json_pack("{s:s, s:I, s:I, s:s}", "voucher", number, "found_cents",
				 (json_int_t)intake_number(found, "net_cents"), "expected_cents",
				 (json_int_t)intake_number(expected, "net_cents"), "why", cause);
	if (found != NULL)
		json_object_set(line, "line", json_object_get(found, "line"));
	json_array_append_new(json_object_get(one->report, "lines"), line);
	one->are_lines_wrong = true;
}

static bool compare_lines(struct invoice_case *one)
{
	char path[INTAKE_PATH_SIZE];
	snprintf(path, sizeof(path), "/v1/statements/%s/lines?",
		 intake_text(one->statement, "id"));
	const json_t *lines = intake_list(one->intake, path);
	if (lines == NULL)
		return false;
	if (json_object_size(one->titles) == 0)
		return true;
	json_t *expected = expected_titles(lines);
	const char *number;
	json_t *title;
	json_object_foreach(one->titles, number, title)
	{
		const json_t *other = json_object_get(expected, number);
		if (other == NULL ||
		    intake_number(other, "net_cents") != intake_number(title, "net_cents"))
			tell_line(one, number, title, other);
	}
	json_object_foreach(expected, number, title)
	{
		if (json_object_get(one->titles, number) == NULL)
			tell_line(one, number, NULL, title);
	}
	json_decref(expected);
	return true;
}

bool invoice_compare(struct invoice_case *one)
{
	ASSERT(one->statement != NULL);
	const json_t *pact = pact_of(one);
	if (pact == NULL || !compare_lines(one) || !compare_issuer(one, pact))
		return false;
	compare_state(one);
	compare_amounts(one);
	compare_rates(one);
	compare_cig(one, pact);
	compare_regime(one);
	if (one->is_case_wrong)
		invoice_differ(one, "VOUCHER_CASE", NULL, NULL,
			       "a title's number is written with small letters: the codes of an "
			       "invoice count as they are written");
	if (one->are_lines_wrong)
		invoice_differ(one, "VOUCHER_LINES", NULL, NULL,
			       "lines of titles differ from the statement's: see the lines");
	return true;
}
