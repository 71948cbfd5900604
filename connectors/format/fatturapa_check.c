/* What the SdI checks on sums and codes of an invoice: see fatturapa.h.
 *
 * An invoice that reached the office passed these checks, unless it did not come through the SdI or
 * was made by hand; a person who sees the code knows at once what to ask the provider for. */
#include "connectors/format/fatturapa.h"

#include <string.h>

#define CENT	  (FATTURAPA_DECIMALS / 100)
#define WIDE	  __int128
#define EURO_CENTS INT64_C(100)

static const struct {
	uint32_t code;
	const char *text;
} texts[] = {
    {200, "the file does not follow the format: missing, repeated or out of its place"},
    {400, "a line at 0 % VAT does not say its Natura"},
    {401, "a line with VAT says a Natura"},
    {421, "the VAT of a summary is not its rate of its taxable amount"},
    {422, "the taxable amount of a summary is not the sum of its lines"},
    {423, "the total of a line is not its price times its quantity"},
    {424, "a VAT rate is written as a fraction, not as a percentage"},
    {425, "the number of the invoice has no digit"},
    {427, "the office code does not suit the format: 6 characters for a public body"},
    {429, "a summary at 0 % VAT does not say its Natura"},
    {430, "a summary with VAT says a Natura"},
    {443, "a VAT rate of the lines has no summary"},
    {444, "the Natura of a line has no summary"},
    {445, "a Natura that is no longer accepted without its detail (N2, N3, N6)"},
};

const char *fatturapa_finding_text(uint32_t code)
{
	for (uint32_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].code == code)
			return texts[i].text;
	return NULL;
}

static void find(struct fatturapa_findings *findings, const struct fatturapa_finding *finding)
{
	if (findings->count < FATTURAPA_FINDINGS_MAX)
		findings->items[findings->count++] = *finding;
}

static void find_line(struct fatturapa_findings *findings, uint32_t code,
		      const struct fatturapa_line *line, struct slice about)
{
	struct fatturapa_finding finding = {
	    .code = code, .line = line->node->line, .number = line->number, .about = about};
	find(findings, &finding);
}

static void find_summary(struct fatturapa_findings *findings, uint32_t code,
			 const struct fatturapa_summary *summary)
{
	struct fatturapa_finding finding = {
	    .code = code, .line = summary->node->line, .about = summary->nature};
	find(findings, &finding);
}

/* Half away from zero. */
static WIDE divide(WIDE value, int64_t divisor)
{
	WIDE half = value < 0 ? -(WIDE)(divisor / 2) : (WIDE)(divisor / 2);
	return (value + half) / divisor;
}

static struct cents cents_of(WIDE value)
{
	WIDE cents = divide(value, CENT);
	if (cents > INT64_MAX)
		cents = INT64_MAX;
	return cents_from((int64_t)(cents < INT64_MIN ? INT64_MIN : cents));
}

/* Are two amounts further apart than the SdI tolerates? */
static bool is_apart(struct cents left, struct cents right, int64_t tolerance)
{
	struct cents delta;
	if (!cents_delta(left, right, &delta))
		return true;
	return cents_less(delta, cents_from(-tolerance)) ||
	       cents_less(cents_from(tolerance), delta);
}

/* ---- Lines ---- */

static bool parse_value(struct slice text, int64_t *ret_value)
{
	int64_t value = 0;
	uint32_t decimals = 0;
	bool is_after = false;
	if (text.size == 0 || text.size > 20)
		return false;
	for (uint32_t i = text.data[0] == '-' ? 1 : 0; i < text.size; i++) {
		char symbol = text.data[i];
		if (symbol == '.' && !is_after) {
			is_after = true;
			continue;
		}
		if (symbol < '0' || symbol > '9' || value > INT64_C(90000000000000000))
			return false;
		value = value * 10 + (symbol - '0');
		decimals += is_after ? 1 : 0;
	}
	for (; decimals < 8; decimals++)
		if (__builtin_mul_overflow(value, 10, &value))
			return false;
	*ret_value = text.data[0] == '-' ? -value : value;
	return decimals == 8;
}

/* The price after discounts and surcharges, in their order; false: one cannot be read. */
static bool price_of(const struct fatturapa_line *line, WIDE *ret_price)
{
	WIDE price = line->price;
	const struct tree_node *node = tree_child(line->node, "ScontoMaggiorazione");
	for (; node != NULL; node = tree_next(node)) {
		bool is_discount = slice_equals_text(tree_text_at(node, "Tipo"), "SC");
		struct slice amount = tree_text_at(node, "Importo");
		bool is_share = amount.size == 0;
		int64_t value;
		if (!parse_value(is_share ? tree_text_at(node, "Percentuale") : amount, &value))
			return false;
		if (price > INT64_MAX || price < INT64_MIN)
			return false;
		WIDE change = is_share ? divide(price * value, 100 * FATTURAPA_DECIMALS)
				       : (WIDE)value;
		price = is_discount ? price - change : price + change;
	}
	*ret_price = price;
	return price <= INT64_MAX && price >= INT64_MIN;
}

static void check_total(const struct fatturapa_line *line, struct fatturapa_findings *findings)
{
	WIDE price;
	struct fatturapa_finding finding = {.code = 423,
					    .line = line->node->line,
					    .number = line->number,
					    .found = line->amount,
					    .has_figures = true};
	if (!price_of(line, &price)) {
		find_line(findings, 423, line, line->description);
		return;
	}
	finding.expected = cents_of(divide(price * line->quantity, FATTURAPA_DECIMALS));
	if (is_apart(finding.expected, finding.found, 1))
		find(findings, &finding);
}

static bool is_generic_nature(struct slice nature)
{
	return slice_equals_text(nature, "N2") || slice_equals_text(nature, "N3") ||
	       slice_equals_text(nature, "N6");
}

static void check_line(const struct fatturapa_invoice *invoice, const struct fatturapa_line *line,
		       struct fatturapa_findings *findings)
{
	bool has_rate = false;
	bool has_nature = false;
	for (uint32_t i = 0; i < invoice->summary_count; i++) {
		const struct fatturapa_summary *summary = &invoice->summaries[i];
		has_rate |= summary->vat_bp == line->vat_bp;
		has_nature |= slice_equals(summary->nature, line->nature);
	}
	if (line->vat_bp == 0 && line->nature.size == 0)
		find_line(findings, 400, line, line->description);
	if (line->vat_bp != 0 && line->nature.size != 0)
		find_line(findings, 401, line, line->nature);
	if (line->vat_bp > 0 && line->vat_bp < 100)
		find_line(findings, 424, line, tree_text_at(line->node, "AliquotaIVA"));
	if (is_generic_nature(line->nature))
		find_line(findings, 445, line, line->nature);
	if (!has_rate)
		find_line(findings, 443, line, tree_text_at(line->node, "AliquotaIVA"));
	if (line->nature.size != 0 && !has_nature)
		find_line(findings, 444, line, line->nature);
	check_total(line, findings);
}

/* ---- Summaries ---- */

/* What lines, funds and expenses of its rate and Natura come to. */
static bool sum_of(const struct fatturapa_invoice *invoice,
		   const struct fatturapa_summary *summary, WIDE *ret_sum)
{
	WIDE sum = summary->rounding;
	int64_t expenses = 0;
	struct slice told = tree_text_at(summary->node, "SpeseAccessorie");
	if (told.size != 0 && !parse_value(told, &expenses))
		return false;
	for (uint32_t i = 0; i < invoice->line_count; i++) {
		const struct fatturapa_line *line = &invoice->lines[i];
		if (line->vat_bp == summary->vat_bp && slice_equals(line->nature, summary->nature))
			sum += line->total;
	}
	*ret_sum = sum + expenses;
	return true;
}

static bool has_funds(const struct fatturapa_summary *summary)
{
	const struct tree_node *body = summary->node->parent->parent;
	return tree_at(body, "DatiGenerali/DatiGeneraliDocumento/DatiCassaPrevidenziale") != NULL;
}

static void check_summary(const struct fatturapa_invoice *invoice,
			  const struct fatturapa_summary *summary,
			  struct fatturapa_findings *findings)
{
	struct fatturapa_finding finding = {
	    .line = summary->node->line, .has_figures = true, .about = summary->nature};
	WIDE net = (WIDE)summary->net.raw; /* raw: its product has more than 64 bits */
	finding.found = summary->vat;
	WIDE vat = divide(net * summary->vat_bp, 10000);
	finding.expected = cents_of(vat * CENT);
	finding.code = 421;
	if (is_apart(finding.expected, finding.found, 1))
		find(findings, &finding);
	WIDE sum;
	finding.code = 422;
	finding.found = summary->net;
	if (!has_funds(summary) && sum_of(invoice, summary, &sum)) {
		finding.expected = cents_of(sum);
		if (is_apart(finding.expected, finding.found, EURO_CENTS))
			find(findings, &finding);
	}
	if (summary->vat_bp == 0 && summary->nature.size == 0)
		find_summary(findings, 429, summary);
	if (summary->vat_bp != 0 && summary->nature.size != 0)
		find_summary(findings, 430, summary);
	if (is_generic_nature(summary->nature))
		find_summary(findings, 445, summary);
}

void fatturapa_check_lot(const struct fatturapa_lot *lot, struct fatturapa_findings *findings)
{
	ASSERT(lot != NULL && findings != NULL);
	uint32_t wanted = slice_equals_text(lot->format, "FPA12") ? 6 : 7;
	struct fatturapa_finding finding = {.code = 427, .about = lot->office};
	if (lot->office.size != wanted)
		find(findings, &finding);
}

void fatturapa_check(const struct fatturapa_invoice *invoice, struct fatturapa_findings *findings)
{
	ASSERT(invoice != NULL && findings != NULL);
	bool has_digit = false;
	for (uint32_t i = 0; i < invoice->number.size; i++)
		has_digit |= invoice->number.data[i] >= '0' && invoice->number.data[i] <= '9';
	struct fatturapa_finding finding = {.code = 425, .about = invoice->number};
	if (!has_digit)
		find(findings, &finding);
	for (uint32_t i = 0; i < invoice->line_count; i++)
		check_line(invoice, &invoice->lines[i], findings);
	for (uint32_t i = 0; i < invoice->summary_count; i++)
		check_summary(invoice, &invoice->summaries[i], findings);
}
