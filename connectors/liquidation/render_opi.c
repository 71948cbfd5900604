/* Batches as flows of orders: see render.h. Orders are numbered from the export's own place among
 * those of its body (a stretch of numbers for each), so that a variation or a cancellation names
 * the orders that it is about, and a replacement those that it replaces. */
#include "connectors/format/opi.h"
#include "connectors/format/opi_settings.h"
#include "connectors/liquidation/render_xml.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODES_NAME	"siope-uscite.codes"
#define SETTINGS_NAME	"opi"
#define TREE_OF_PAYMENT 10240u /* bytes of a payment in the tree and its checks */
#define CODES_MEMORY	(4u * 1024u * 1024u)

struct desk {
	struct render_xml xml;
	struct opi_settings settings;
	struct opi_flow flow;
	struct opi_place *places; /* of the rows of the batch that this one is about */
	struct siope siope;
	struct arena codes;
};

static enum result read_settings(struct render *render, const char *profile,
				 struct opi_settings *ret_settings)
{
	char name[64];
	char *text = NULL;
	uint32_t size = 0;
	uint32_t line = 0;
	const char *fault = NULL;
	snprintf(name, sizeof(name), "%.24s.conf", profile[0] == '\0' ? SETTINGS_NAME : profile);
	enum result result = render_xml_read(render, name, &text, &size);
	if (result != RESULT_OK)
		return render_fail(render,
				   result == RESULT_NOT_FOUND ? RESULT_CONFIG_INVALID : result,
				   "the settings of flows of orders cannot be read (see "
				   "opi.conf.example among the profiles)",
				   name);
	if (!opi_settings_read(ret_settings, (struct slice){text, size}, &line, &fault)) {
		snprintf(render->fault, sizeof(render->fault), "%s, line %u: %s", name, line,
			 fault);
		result = RESULT_CONFIG_INVALID;
	}
	free(text);
	return result;
}

static enum result read_codes(struct render *render, struct desk *desk)
{
	char *text = NULL;
	uint32_t size = 0;
	uint32_t line = 0;
	enum result result = render_xml_read(render, CODES_NAME, &text, &size);
	void *memory = malloc(CODES_MEMORY);
	if (result != RESULT_OK || memory == NULL) {
		free(memory);
		return render_fail(render, result == RESULT_OK ? RESULT_OUT_OF_MEMORY : result,
				   "the list of SIOPE codes cannot be read", CODES_NAME);
	}
	arena_init(&desk->codes, memory, CODES_MEMORY);
	if (!siope_read(&desk->siope, &desk->codes, (struct slice){text, size}, &line)) {
		snprintf(render->fault, sizeof(render->fault), CODES_NAME ", line %u: not a code",
			 line);
		result = RESULT_CONFIG_INVALID;
	}
	free(text);
	return result;
}

/* The number at the end of a batch's id: its place among the exports of its body. */
static uint32_t ordinal_of(const char *id)
{
	uint32_t ordinal = 0;
	const char *dash = strrchr(id, '-');
	if (dash == NULL || !text_parse_u32(slice_from_text(dash + 1), OPI_NUMBER_MAX, &ordinal))
		return 0;
	return ordinal;
}

static uint32_t first_of(const struct desk *desk, const char *id)
{
	uint64_t first = (uint64_t)(ordinal_of(id) - 1) * desk->settings.numbers + 1;
	return ordinal_of(id) == 0 || first > OPI_NUMBER_MAX ? 0 : (uint32_t)first;
}

static bool set_numbers(const struct desk *desk, const struct liquidation_batch *batch,
			struct opi_order *order)
{
	static const char *const operations[OPI_OPERATIONS] = {
	    [OPI_INSERT] = "INSERT",
	    [OPI_VARIATION] = "VARIATION",
	    [OPI_CANCEL] = "CANCEL",
	    [OPI_REPLACE] = "REPLACE",
	};
	const char *replaced = batch->export.replaces;
	for (int i = OPI_INSERT; i < OPI_OPERATIONS; i++)
		if (strcmp(batch->export.operation, operations[i]) == 0)
			order->operation = (enum opi_operation)i;
	bool is_own = order->operation == OPI_INSERT || order->operation == OPI_REPLACE;
	order->first_number = first_of(desk, is_own ? batch->id : replaced);
	if (order->operation != OPI_INSERT) {
		order->earlier = batch->earlier;
		order->earlier_count = batch->earlier_count;
		order->earlier_first = first_of(desk, replaced);
		order->earlier_year = batch->earlier_year;
		order->places = desk->places;
	}
	return order->operation != 0 && order->first_number != 0 &&
	       (order->operation == OPI_INSERT || order->earlier_first != 0);
}

static enum result make_flow(struct render *render, const struct liquidation_batch *batch,
			     struct desk *desk)
{
	struct payer payer = batch->payer;
	struct opi_order order = {.payer = &payer,
				  .rows = batch->rows,
				  .count = batch->row_count,
				  .id = slice_from_text(batch->id),
				  .destination = desk->settings.destination,
				  .orders_vat = desk->settings.orders_vat,
				  .is_provisional_budget = desk->settings.is_provisional_budget};
	memcpy(payer.a2a_body, desk->settings.a2a_body, sizeof(payer.a2a_body));
	memcpy(payer.a2a_treasury, desk->settings.a2a_treasury, sizeof(payer.a2a_treasury));
	if (desk->settings.stamp_reason[0] != '\0')
		order.stamp_reason = desk->settings.stamp_reason;
	if (!render_xml_created(batch, &order.created, &order.day) ||
	    !set_numbers(desk, batch, &order))
		return render_fail(render, RESULT_FIELD_INVALID,
				   "orders are of an export that was opened and has its number",
				   batch->id);
	if (!opi_facts(&order, &desk->flow, &desk->xml.findings))
		return render_fail(render, RESULT_CHECK_FAILED,
				   "no numbers for orders are left, amounts beyond 64 bits, or a "
				   "payment that is not in the flow which this one is about",
				   batch->id);
	if (desk->flow.count == 0)
		return render_fail(render, RESULT_CHECK_FAILED, "nothing is to be paid", batch->id);
	const struct opi_payment *last = &desk->flow.payments[desk->flow.count - 1];
	if (last->order - order.first_number >= desk->settings.numbers)
		return render_fail(render, RESULT_CHECK_FAILED,
				   "more orders than numeri_per_flusso keeps for an export",
				   batch->id);
	return RESULT_OK;
}

/* What the payees get; the VAT that the flow orders is not theirs. */
static struct cents paid_to_payees(const struct opi_flow *flow)
{
	struct cents paid = cents_zero();
	for (uint32_t i = 0; i < flow->count; i++) {
		bool is_good = flow->payments[i].debt == OPI_VAT ||
			       cents_add(paid, flow->payments[i].amount, &paid);
		ASSERT(is_good); /* the sum of all is within 64 bits */
	}
	return paid;
}

static enum result write_flow(struct render *render, const struct liquidation_batch *batch,
			      struct desk *desk)
{
	enum result result = make_flow(render, batch, desk);
	if (result != RESULT_OK)
		return result;
	struct render_xml *xml = &desk->xml;
	opi_write(&desk->flow, &xml->tree);
	if (xml->tree.overflow ||
	    !opi_check(xml->tree.root, &desk->siope, &xml->arena, &xml->findings))
		return render_fail(render, RESULT_OUT_OF_MEMORY, "no memory for", batch->id);
	if (xml->findings.refused > 0)
		return render_xml_refuse(render, xml);
	struct render_content content = {.suffix = "opi.xml",
					 .rows = desk->flow.count,
					 .encoding = "UTF-8",
					 .separator = "XML",
					 .totals = batch->totals};
	content.totals.payable = paid_to_payees(&desk->flow);
	return render_xml_add(render, batch, xml, OPI_SCHEMA, &content);
}

enum result render_settings(struct render *render, const char *format, const char *profile)
{
	static struct opi_settings settings;
	ASSERT(render != NULL && format != NULL && profile != NULL);
	return strcmp(format, "OPI") == 0 ? read_settings(render, profile, &settings) : RESULT_OK;
}

enum result render_opi(struct render *render, const struct liquidation_batch *batch)
{
	struct desk *desk = calloc(1, sizeof(*desk));
	if (desk == NULL)
		return render_fail(render, RESULT_OUT_OF_MEMORY, "no memory for", batch->id);
	uint32_t most = 2 * batch->row_count + 1; /* VAT has payments of its own */
	desk->flow.size = most;
	desk->flow.payments = calloc(most, sizeof(desk->flow.payments[0]));
	desk->places = calloc(batch->earlier_count + 1, sizeof(desk->places[0]));
	enum result result = RESULT_OUT_OF_MEMORY;
	if (desk->flow.payments != NULL && desk->places != NULL)
		result = render_xml_begin(&desk->xml, most, TREE_OF_PAYMENT);
	if (result != RESULT_OK)
		result = render_fail(render, result, "no memory for", batch->id);
	if (result == RESULT_OK)
		result = read_settings(render, batch->export.profile, &desk->settings);
	if (result == RESULT_OK)
		result = read_codes(render, desk);
	if (result == RESULT_OK)
		result = write_flow(render, batch, desk);
	render_xml_end(&desk->xml);
	free(desk->codes.base);
	free(desk->flow.payments);
	free(desk->places);
	free(desk);
	return result;
}
