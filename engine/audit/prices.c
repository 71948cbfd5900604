/* Prices: what a delivery and a promise cost, from units, tariff and VAT.
 *
 *   net   = units × tariff / 60 (minutes) or units × tariff (pieces), half-up
 *   gross = net + net × VAT, half-up; of a title in euro the units are the gross in cents
 *
 * A delivery that falls into several months or funds is several records of one entry: each is worth
 * what the whole is worth up to it, less what was worth before it. A month's allotment bounds the
 * net, what is promised bounds the gross (schemas/ledger.md, 5.2). */
#include "engine/audit/audit.h"

#include <inttypes.h>

#define MINUTES_PER_HOUR 60
#define US_PER_MINUTE	 INT64_C(60000000)

enum provider_kind { SOCIAL_COOP = 1, NON_COMMERCIAL_ETS = 2, INDIVIDUAL_ASSISTANT = 4 };

struct price {
	int64_t rate;
	int64_t per;
	int64_t vat_bp;
	bool in_euro;
	bool has_supplements;
};

static int64_t net_of(const struct price *price, int64_t units)
{
	return price->in_euro ? money_part(units, BASIS_POINTS, BASIS_POINTS + price->vat_bp)
			      : money_part(units, price->rate, price->per);
}

static int64_t gross_of(const struct price *price, int64_t units, int64_t net)
{
	return price->in_euro ? units : net + money_part(net, price->vat_bp, BASIS_POINTS);
}

static int64_t service_of_cell(const struct audit *audit, const int64_t *cell)
{
	int64_t first = audit_field(audit, KIND_VOUCHER, cell[CELL_VOUCHER], VOUCHER_FIRST_LINE);
	return audit_field(audit, KIND_VOUCHER_LINE, first + cell[CELL_LINE], VOUCHER_LINE_SERVICE);
}

static int64_t vat_of_provider(const struct audit *audit, const int64_t *service, int64_t provider)
{
	switch ((enum provider_kind)audit_field(audit, KIND_PROVIDER, provider, PROVIDER_KIND)) {
	case SOCIAL_COOP:
		return service[SERVICE_VAT_SOCIAL_COOP_BP];
	case NON_COMMERCIAL_ETS:
		return service[SERVICE_VAT_NON_COMMERCIAL_ETS_BP];
	case INDIVIDUAL_ASSISTANT:
		return 0;
	}
	return service[SERVICE_VAT_OTHER_BP];
}

static bool has_supplements(const struct audit *audit, int64_t service)
{
	for (uint32_t id = 1; id <= audit->ledger.counts[KIND_SUPPLEMENT]; id++)
		if (audit_field(audit, KIND_SUPPLEMENT, id, SUPPLEMENT_SERVICE) == service)
			return true;
	return false;
}

/* The price of a cell: with a provider its own VAT, without one the rate it is promised at. */
static struct price price_of(const struct audit *audit, const int64_t *cell, int64_t provider)
{
	int64_t id = service_of_cell(audit, cell);
	const int64_t *service = ledger_row(&audit->ledger, KIND_SERVICE, id);
	return (struct price){
	    .rate = audit_field(audit, KIND_TARIFF, cell[CELL_TARIFF], TARIFF_NET_CENTS),
	    .per = service[SERVICE_UNIT] == UNIT_MINUTE ? MINUTES_PER_HOUR : 1,
	    .vat_bp = provider != 0 ? vat_of_provider(audit, service, provider) : cell[CELL_VAT_BP],
	    .in_euro = service[SERVICE_UNIT] == UNIT_EURO,
	    .has_supplements = has_supplements(audit, id),
	};
}

/* ---- Tariffs ---- */

/* The tariff in force for a service on a day: the latest that begins not after it; 0: none. */
static int64_t tariff_on(const struct audit *audit, int64_t service, int64_t day)
{
	int64_t found = 0;
	int64_t latest = INT64_MIN;
	for (uint32_t id = 1; id <= audit->ledger.counts[KIND_TARIFF]; id++) {
		const int64_t *tariff = ledger_row(&audit->ledger, KIND_TARIFF, id);
		if (tariff[TARIFF_SERVICE] != service || tariff[TARIFF_VALID_FROM] > day ||
		    tariff[TARIFF_VALID_FROM] < latest)
			continue;
		latest = tariff[TARIFF_VALID_FROM];
		found = id;
	}
	return found;
}

/* A cell takes the tariff in force on its month's first day. */
static void judge_tariff(struct audit *audit, const struct write *write)
{
	if (write->after[CELL_TARIFF] == write->before[CELL_TARIFF] ||
	    write->after[CELL_TARIFF] == 0)
		return;
	int64_t service = service_of_cell(audit, write->after);
	int64_t right = tariff_on(audit, service, calendar_first_day(write->after[CELL_MONTH]));
	if (write->after[CELL_TARIFF] != right)
		report_fault(audit->report, FAULT_TARIFF, audit->entry.sequence,
			     "cell %u takes tariff %" PRId64 "; in force for service %" PRId64
			     " on its month's first day is %" PRId64,
			     write->id, write->after[CELL_TARIFF], service, right);
}

/* ---- Promises ---- */

/* Is it the first promise of a title's month, told at its share 0? */
static bool is_new_promise(const struct write *write)
{
	const int64_t *before = write->before;
	return before[CELL_COMMITTED_CENTS] == 0 && before[CELL_RESERVED_CENTS] == 0 &&
	       before[CELL_HELD_CENTS] == 0 && write->after[CELL_HELD_CENTS] > 0 &&
	       write->after[CELL_SHARE] == 0 && before[CELL_USED_UNITS] == 0 &&
	       before[CELL_EXPIRED_UNITS] == 0 && before[CELL_GRANTED_UNITS] == 0;
}

/* All that the funds of a title hold for one line and month. */
static int64_t held_by_all(const struct audit *audit, uint32_t id)
{
	const int64_t *cell = ledger_row(&audit->ledger, KIND_CELL, id);
	const int64_t *voucher = ledger_row(&audit->ledger, KIND_VOUCHER, cell[CELL_VOUCHER]);
	int64_t step = voucher[VOUCHER_LINE_COUNT] * voucher[VOUCHER_MONTH_COUNT];
	int64_t held = 0;
	for (int64_t n = 0; n == 0 || n < voucher[VOUCHER_SHARE_COUNT]; n++)
		held += audit_field(audit, KIND_CELL, id + n * step, CELL_HELD_CENTS);
	return held;
}

/* The monthly amount of a buono whose title this is; false: it is none. */
static bool is_buono(const struct audit *audit, int64_t voucher, int64_t *ret_monthly)
{
	for (uint32_t id = audit->ledger.counts[KIND_CASH_GRANT]; id > 0; id--) {
		const int64_t *grant = ledger_row(&audit->ledger, KIND_CASH_GRANT, id);
		if (grant[CASH_GRANT_VOUCHER] != voucher)
			continue;
		*ret_monthly = grant[CASH_GRANT_MONTHLY_CENTS];
		return true;
	}
	return false;
}

static void judge_promise(struct audit *audit, const struct write *write)
{
	const int64_t *cell = write->after;
	int64_t monthly;
	if (!is_new_promise(write))
		return;
	if (is_buono(audit, cell[CELL_VOUCHER], &monthly)) {
		int64_t promised = held_by_all(audit, write->id);
		if (promised != monthly)
			report_fault(audit->report, FAULT_AMOUNT, audit->entry.sequence,
				     "cell %u of a buono is promised %s, a month of it is %s",
				     write->id, money_text(promised).text,
				     money_text(monthly).text);
		return;
	}
	struct price price = price_of(audit, cell, 0);
	int64_t net = net_of(&price, cell[CELL_GRANTED_UNITS]);
	int64_t right = gross_of(&price, cell[CELL_GRANTED_UNITS], net);
	int64_t held = held_by_all(audit, write->id);
	bool is_public = audit_field(audit, KIND_VOUCHER, cell[CELL_VOUCHER],
				     VOUCHER_COPAY_MODEL) == COPAY_MODEL_A;
	bool is_right = held == right;
	if (is_public)
		is_right = held <= right || price.has_supplements;
	else if (price.has_supplements)
		is_right = held >= right;
	if (!is_right)
		report_fault(audit->report, FAULT_AMOUNT, audit->entry.sequence,
			     "cell %u is promised %s; %" PRId64
			     " units at its tariff and VAT are %s",
			     write->id, money_text(held).text, cell[CELL_GRANTED_UNITS],
			     money_text(right).text);
}

/* ---- Deliveries ---- */

static bool is_taken(int64_t state)
{
	return state == REDEMPTION_ACCEPTED || state == REDEMPTION_DISPUTED ||
	       state == REDEMPTION_MISSED;
}

/* Does this write make a delivery of the record, or end its wait? */
static bool is_new_delivery(const struct write *write)
{
	return write->kind == KIND_REDEMPTION && is_taken(write->after[REDEMPTION_STATE]) &&
	       !is_taken(write->before[REDEMPTION_STATE]);
}

/* The deliveries of this entry so far, of one price. */
struct running {
	int64_t units;
	int64_t net;
	int64_t gross;
	int64_t tariff;
	int64_t month;
	uint32_t records;
};

/* The whole of one delivery: a record with units, and those of the other funds that follow it. */
struct delivery {
	const struct write *first;
	int64_t net;
	int64_t gross;
	int64_t used_net_before; /* of its cells */
	int64_t promised_before;
};

static void add_record(const struct audit *audit, struct delivery *delivery,
		       const struct write *write)
{
	const struct write *cell =
	    entry_write(&audit->entry, KIND_CELL, write->after[REDEMPTION_CELL]);
	delivery->net += write->after[REDEMPTION_NET_CENTS];
	delivery->gross += write->after[REDEMPTION_GROSS_CENTS];
	if (cell == NULL)
		return;
	delivery->used_net_before += cell->before[CELL_USED_NET_CENTS];
	delivery->promised_before += cell->before[CELL_COMMITTED_CENTS];
}

static void report_delivery(struct audit *audit, const struct delivery *delivery, const char *what,
			    int64_t stands, int64_t right)
{
	report_fault(audit->report, FAULT_AMOUNT, audit->entry.sequence,
		     "redemption %u: its %s is %s; %" PRId64
		     " units at its title's tariff and its provider's VAT are %s",
		     delivery->first->id, what, money_text(stands).text,
		     delivery->first->after[REDEMPTION_UNITS], money_text(right).text);
}

static int64_t least(int64_t left, int64_t right)
{
	return left < right ? left : right;
}

static int64_t beyond(int64_t whole, int64_t before)
{
	return whole > before ? whole - before : 0;
}

/* One delivery against its price. What supplements and co-pay of model A add or take is bounded:
 * the first raises, the second lowers. */
static void judge_delivery(struct audit *audit, struct running *running,
			   const struct delivery *delivery)
{
	const int64_t *record = delivery->first->after;
	const int64_t *cell = ledger_row(&audit->ledger, KIND_CELL, record[REDEMPTION_CELL]);
	struct price price = price_of(audit, cell, record[REDEMPTION_PROVIDER]);
	int64_t month = calendar_month(&audit->ledger, record[REDEMPTION_START]);
	if (running->tariff != cell[CELL_TARIFF] || running->month != month)
		*running = (struct running){.tariff = cell[CELL_TARIFF], .month = month};
	running->units += record[REDEMPTION_UNITS];
	running->records++;
	int64_t own = beyond(net_of(&price, running->units), running->net);
	int64_t allotted = net_of(&price, cell[CELL_GRANTED_UNITS]);
	int64_t net = least(own, beyond(allotted, delivery->used_net_before));
	running->net += net;
	int64_t gross = beyond(gross_of(&price, running->units, running->net), running->gross);
	running->gross += gross;
	bool is_public = audit_field(audit, KIND_VOUCHER, record[REDEMPTION_VOUCHER],
				     VOUCHER_COPAY_MODEL) == COPAY_MODEL_A;
	if (is_public) {
		int64_t apart =
		    money_part(delivery->gross, BASIS_POINTS, BASIS_POINTS + price.vat_bp);
		if (delivery->gross > gross && !price.has_supplements)
			report_delivery(audit, delivery, "gross", delivery->gross, gross);
		else if (delivery->net > apart + 1 || delivery->net < apart - 1)
			report_delivery(audit, delivery, "net", delivery->net, apart);
		return;
	}
	if (price.has_supplements ? delivery->net < net : delivery->net != net) {
		report_delivery(audit, delivery, "net", delivery->net, net);
		return;
	}
	int64_t bound = delivery->promised_before;
	bool is_right = delivery->gross == gross ||
			(delivery->gross < gross && running->records > 1) ||
			(delivery->gross < gross && delivery->gross <= bound && bound < gross);
	if (!is_right && !(price.has_supplements && delivery->gross > gross))
		report_delivery(audit, delivery, "gross", delivery->gross, gross);
}

/* The minutes between the instants of a request, or those it states, are those of its records. */
static void judge_minutes(struct audit *audit)
{
	const struct entry *entry = &audit->entry;
	const int64_t *input = entry->input;
	int64_t asked = input[IN_REDEMPTION_SUBMIT_MINUTES];
	int64_t taken = 0;
	uint32_t first = 0;
	if (input[IN_REDEMPTION_SUBMIT_END] != 0)
		asked = (input[IN_REDEMPTION_SUBMIT_END] - input[IN_REDEMPTION_SUBMIT_START]) /
			US_PER_MINUTE;
	for (uint32_t i = 0; i < entry->write_count; i++) {
		const struct write *write = &entry->writes[i];
		if (!is_new_delivery(write))
			continue;
		first = first == 0 ? write->id : first;
		taken += write->after[REDEMPTION_MINUTES];
		if (write->after[REDEMPTION_VOUCHER] != input[IN_REDEMPTION_SUBMIT_VOUCHER])
			report_fault(audit->report, FAULT_ACT, entry->sequence,
				     "redemption %u is on another title than was asked for",
				     write->id);
	}
	if (first != 0 && taken != asked)
		report_fault(audit->report, FAULT_ACT, entry->sequence,
			     "redemption %u has %" PRId64 " minutes, asked were %" PRId64, first,
			     taken, asked);
}

static void judge_deliveries(struct audit *audit)
{
	const struct entry *entry = &audit->entry;
	struct running running = {0};
	for (uint32_t i = 0; i < entry->write_count; i++) {
		const struct write *write = &entry->writes[i];
		if (!is_new_delivery(write) || write->after[REDEMPTION_UNITS] == 0)
			continue;
		struct delivery delivery = {.first = write};
		add_record(audit, &delivery, write);
		for (uint32_t k = i + 1; k < entry->write_count; k++) {
			const struct write *other = &entry->writes[k];
			if (!is_new_delivery(other))
				continue;
			if (other->after[REDEMPTION_UNITS] != 0)
				break;
			add_record(audit, &delivery, other);
		}
		judge_delivery(audit, &running, &delivery);
	}
	if (entry->has_input && entry->command == COMMAND_REDEMPTION_SUBMIT)
		judge_minutes(audit);
}

/* What was accepted is never edited: it is reversed, or superseded by a record of its own. */
static void judge_history(struct audit *audit, const struct write *write)
{
	static const uint32_t fields[] = {
	    REDEMPTION_NET_CENTS, REDEMPTION_GROSS_CENTS, REDEMPTION_START,   REDEMPTION_VOUCHER,
	    REDEMPTION_CELL,	  REDEMPTION_PROVIDER,	  REDEMPTION_MINUTES, REDEMPTION_UNITS};
	if (write->before[REDEMPTION_STATE] != REDEMPTION_ACCEPTED)
		return;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (write->after[fields[i]] != write->before[fields[i]])
			report_fault(audit->report, FAULT_AMOUNT, audit->entry.sequence,
				     "redemption %u was accepted and its %s is changed", write->id,
				     layout_field_name(KIND_REDEMPTION, fields[i]));
}

void prices_judge(struct audit *audit)
{
	const struct entry *entry = &audit->entry;
	for (uint32_t i = 0; i < entry->write_count; i++) {
		const struct write *write = &entry->writes[i];
		if (write->kind == KIND_CELL) {
			judge_tariff(audit, write);
			judge_promise(audit, write);
		} else if (write->kind == KIND_REDEMPTION) {
			judge_history(audit, write);
		}
	}
	judge_deliveries(audit);
}
