/* Identifiers of a command and places of records: see references.h. */
#include "engine/domain/references.h"

#include "engine/base/assert.h"
#include "engine/domain/decide.h"

#include <string.h>

static uint32_t id_at(const unsigned char *bytes)
{
	uint32_t id = 0;
	memcpy(&id, bytes, sizeof(id));
	return id;
}

/* A list begins with its count: it is given when that is not 0, as an identifier is. */
uint64_t references_given(const struct command_info *info, const struct command *command)
{
	ASSERT(info != NULL && info->reference_count <= 64);
	const unsigned char *input = (const unsigned char *)&command->input;
	uint64_t given = 0;
	for (uint32_t i = 0; i < info->reference_count; i++)
		given |= (uint64_t)(id_at(input + info->references[i].offset) != 0) << i;
	return given;
}

void references_begin(struct references *references, const struct command *command)
{
	const struct command_info *info = command_info(command->kind);
	*references = (struct references){
	    .info = info,
	    .input = (const unsigned char *)&command->input,
	    .left = references_given(info, command),
	};
}

void references_of(struct references *references, const struct decision *decision)
{
	*references = (struct references){
	    .info = decision->info,
	    .input = (const unsigned char *)&decision->command->input,
	    .left = decision->given,
	};
}

/* The next identifier inside the list at hand; false when the list is over. */
static bool next_in_list(struct references *references, const struct field *list,
			 struct reference *ret_reference)
{
	ASSERT(list->type == FIELD_LIST);
	const unsigned char *member = references->input + list->offset;
	uint32_t count = id_at(member);
	while (references->item < count && references->item < list->items_max) {
		if (references->item_field >= list->items->count) {
			references->item++;
			references->item_field = 0;
			continue;
		}
		const struct field *field = &list->items->fields[references->item_field++];
		if (field->type != FIELD_ID)
			continue;
		const unsigned char *item =
		    member + list->size + (size_t)references->item * list->items->struct_size;
		uint32_t id = id_at(item + field->offset);
		if (id == 0)
			continue;
		*ret_reference = (struct reference){list, (enum record_kind)field->kind, id};
		return true;
	}
	references->item = 0;
	references->item_field = 0;
	return false;
}

bool references_next(struct references *references, struct reference *ret_reference)
{
	ASSERT(references->info != NULL);
	const struct command_info *info = references->info;
	while (references->left != 0) {
		const struct command_reference *row =
		    &info->references[(uint32_t)__builtin_ctzll(references->left)];
		const struct field *field = &info->set.fields[row->field];
		if (row->kind == 0 && next_in_list(references, field, ret_reference))
			return true;
		references->left &= references->left - 1;
		if (row->kind == 0)
			continue;
		uint32_t id = id_at(references->input + row->offset);
		*ret_reference = (struct reference){field, (enum record_kind)row->kind, id};
		return true;
	}
	return false;
}

static const void *find_in_state(const void *context, enum record_kind kind, uint32_t id)
{
	return state_record(context, kind, id);
}

struct record_source record_source_of_state(const struct state *state)
{
	ASSERT(state != NULL);
	return (struct record_source){find_in_state, state};
}

#define FINDER(name, NAME)                                                                         \
	static const struct name *find_##name(const struct record_source *source,                  \
					      struct name##_id id)                                 \
	{                                                                                          \
		return source->find(source->context, RECORD_KIND_##NAME, id.raw);                  \
	}
FINDER(comune, COMUNE)
FINDER(redemption, REDEMPTION)
FINDER(voucher, VOUCHER)
FINDER(cell, CELL)
FINDER(fund_year, FUND_YEAR)
FINDER(ceiling, CEILING)
FINDER(statement, STATEMENT)
FINDER(statement_line, STATEMENT_LINE)
FINDER(service, SERVICE)
FINDER(principal, PRINCIPAL)
FINDER(provider, PROVIDER)
FINDER(beneficiary, BENEFICIARY)
FINDER(copay_scheme, COPAY_SCHEME)
FINDER(fund, FUND)
#undef FINDER

static struct place place_of_comune(const struct record_source *source, struct comune_id id)
{
	const struct comune *comune = find_comune(source, id);
	if (comune == NULL)
		return (struct place){.comune = id};
	return (struct place){
	    .ambito = comune->ambito, .sub_ambito = comune->sub_ambito, .comune = id};
}

static struct place place_of_beneficiary(const struct record_source *source, uint32_t id,
					 const struct beneficiary *beneficiary)
{
	struct place place = place_of_comune(source, beneficiary->comune);
	place.beneficiary.raw = id;
	return place;
}

static struct place place_of_voucher(const struct record_source *source,
				     const struct voucher *voucher)
{
	struct comune_id comune = voucher->comune;
	const struct residence *latest = source->find(source->context, RECORD_KIND_RESIDENCE,
						      voucher->last_residence.raw);
	if (latest != NULL)
		comune = latest->comune;
	const struct comune *found = find_comune(source, comune);
	if (found != NULL && found->successor.raw != 0)
		comune = found->successor;
	struct place place = place_of_comune(source, comune);
	place.ambito = voucher->ambito;
	place.provider = voucher->provider;
	place.beneficiary = voucher->beneficiary;
	return place;
}

static struct place place_of_voucher_id(const struct record_source *source, struct voucher_id id)
{
	const struct voucher *voucher = find_voucher(source, id);
	if (voucher == NULL)
		return (struct place){.ambito = {0}};
	return place_of_voucher(source, voucher);
}

static struct place place_of_cell_id(const struct record_source *source, struct cell_id id)
{
	const struct cell *cell = find_cell(source, id);
	if (cell == NULL)
		return (struct place){.ambito = {0}};
	return place_of_voucher_id(source, cell->voucher);
}

static struct place place_of_ceiling(const struct record_source *source,
				     const struct ceiling *ceiling)
{
	struct place place = {.ambito = ceiling->ambito};
	if (ceiling->comune.raw != 0)
		place = place_of_comune(source, ceiling->comune);
	if (ceiling->sub_ambito.raw != 0)
		place.sub_ambito = ceiling->sub_ambito;
	place.provider = ceiling->provider;
	place.beneficiary = ceiling->beneficiary;
	return place;
}

static struct place place_of_fund_year(const struct record_source *source, struct fund_year_id id)
{
	const struct fund_year *fund_year = find_fund_year(source, id);
	if (fund_year == NULL)
		return (struct place){.ambito = {0}};
	return (struct place){.ambito = fund_year->ambito};
}

static struct place place_of_ceiling_id(const struct record_source *source, struct ceiling_id id)
{
	const struct ceiling *ceiling = find_ceiling(source, id);
	if (ceiling == NULL)
		return (struct place){.ambito = {0}};
	return place_of_ceiling(source, ceiling);
}

static struct place place_of_statement(const struct statement *statement)
{
	return (struct place){.ambito = statement->ambito,
			      .provider = statement->provider,
			      .payee = statement->payee};
}

static struct place place_of_statement_line(const struct record_source *source,
					    const struct statement_line *line)
{
	struct place place = place_of_comune(source, line->comune);
	const struct statement *statement = find_statement(source, line->statement);
	if (statement != NULL) {
		place.ambito = statement->ambito;
		place.provider = statement->provider;
		place.payee = statement->payee;
	}
	return place;
}

static struct place place_of_line_id(const struct record_source *source,
				     struct statement_line_id id)
{
	const struct statement_line *line = find_statement_line(source, id);
	return line == NULL ? (struct place){.ambito = {0}}
			    : place_of_statement_line(source, line);
}

static struct place place_of_statement_id(const struct record_source *source,
					  struct statement_id id)
{
	const struct statement *statement = find_statement(source, id);
	return statement == NULL ? (struct place){.ambito = {0}} : place_of_statement(statement);
}

static struct place place_of_outcome(const struct record_source *source,
				     const struct payment_outcome *outcome)
{
	struct place place = {.ambito = outcome->ambito};
	if (outcome->statement.raw != 0)
		place = place_of_statement_id(source, outcome->statement);
	return place;
}

static struct place place_of_redemption(const struct record_source *source,
					const struct redemption *redemption)
{
	struct place place = place_of_voucher_id(source, redemption->voucher);
	place.provider = redemption->provider;
	place.beneficiary = redemption->beneficiary;
	return place;
}

static struct place place_of_visit_detail(const struct record_source *source,
					  const struct visit_detail *detail)
{
	const struct redemption *redemption = find_redemption(source, detail->redemption);
	if (redemption == NULL)
		return (struct place){.ambito = {0}};
	return place_of_redemption(source, redemption);
}

static struct place place_of_principal(const struct principal *principal)
{
	return (struct place){
	    .ambito = principal->ambito,
	    .sub_ambito = principal->sub_ambito,
	    .comune = principal->comune,
	    .provider = principal->provider,
	    .beneficiary = principal->beneficiary,
	};
}

static struct place place_of_principal_id(const struct record_source *source,
					  struct principal_id id)
{
	const struct principal *principal = find_principal(source, id);
	if (principal == NULL)
		return (struct place){.ambito = {0}};
	return place_of_principal(principal);
}

/* Records of the plan: places, services, money, organisations. */
static struct place place_of_invoice(const struct record_source *source,
				     const struct invoice *invoice)
{
	struct place place = {.provider = invoice->provider};
	const struct provider *provider = find_provider(source, invoice->provider);
	if (provider != NULL)
		place.ambito = provider->ambito;
	return place;
}

static struct place place_of_master(const struct record_source *source, enum record_kind kind,
				    uint32_t id, const void *record)
{
	if (kind == RECORD_KIND_AMBITO)
		return (struct place){.ambito = {id}};
	if (kind == RECORD_KIND_SUB_AMBITO)
		return (struct place){.ambito = ((const struct sub_ambito *)record)->ambito,
				      .sub_ambito = {id}};
	if (kind == RECORD_KIND_COMUNE) {
		const struct comune *comune = record;
		return (struct place){
		    .ambito = comune->ambito, .sub_ambito = comune->sub_ambito, .comune = {id}};
	}
	if (kind == RECORD_KIND_SERVICE)
		return (struct place){.ambito = ((const struct service *)record)->ambito};
	if (kind == RECORD_KIND_TARIFF) {
		const struct service *service =
		    find_service(source, ((const struct tariff *)record)->service);
		return (struct place){.ambito = service == NULL ? (struct ambito_id){0}
								: service->ambito};
	}
	if (kind == RECORD_KIND_FUND)
		return (struct place){.ambito = ((const struct fund *)record)->ambito};
	if (kind == RECORD_KIND_FUND_YEAR)
		return (struct place){.ambito = ((const struct fund_year *)record)->ambito};
	if (kind == RECORD_KIND_FUND_ACCOUNT)
		return place_of_fund_year(source, (struct fund_year_id){id / FUND_ACCOUNT_SLOTS});
	if (kind == RECORD_KIND_COMMITMENT)
		return place_of_fund_year(source, ((const struct commitment *)record)->fund_year);
	if (kind == RECORD_KIND_CEILING)
		return place_of_ceiling(source, record);
	if (kind == RECORD_KIND_CEILING_ACCOUNT)
		return place_of_ceiling_id(source, (struct ceiling_id){id / CEILING_ACCOUNT_SLOTS});
	if (kind == RECORD_KIND_PROVIDER)
		return (struct place){.ambito = ((const struct provider *)record)->ambito,
				      .provider = {id}};
	if (kind == RECORD_KIND_ACCREDITATION) {
		const struct accreditation *accreditation = record;
		return (struct place){.ambito = accreditation->ambito,
				      .provider = accreditation->provider};
	}
	return (struct place){.ambito = {0}};
}

/* A place inside a fund year: comune, provider and title where they are told. */
static struct place place_in_year(const struct record_source *source, struct fund_year_id year,
				  struct comune_id comune, struct provider_id provider,
				  struct voucher_id voucher_id)
{
	struct place place = place_of_comune(source, comune);
	const struct voucher *voucher = find_voucher(source, voucher_id);
	place.ambito = place_of_fund_year(source, year).ambito;
	place.provider = provider;
	if (voucher != NULL)
		place.beneficiary = voucher->beneficiary;
	return place;
}

/* Records of budgets, openings and recoveries. */
static struct place place_of_money(const struct record_source *source, enum record_kind kind,
				   const void *record)
{
	if (kind == RECORD_KIND_RECOVERY) {
		const struct recovery *recovery = record;
		return place_in_year(source, recovery->fund_year, recovery->comune,
				     recovery->provider, recovery->voucher);
	}
	if (kind == RECORD_KIND_BUDGET_LINE)
		return place_of_fund_year(source, ((const struct budget_line *)record)->fund_year);
	if (kind == RECORD_KIND_FUND_RESTRICTION) {
		const struct fund *fund =
		    find_fund(source, ((const struct fund_restriction *)record)->fund);
		return (struct place){.ambito = fund == NULL ? (struct ambito_id){0}
							     : fund->ambito};
	}
	if (kind == RECORD_KIND_OPENING)
		return (struct place){.ambito = ((const struct opening *)record)->ambito};
	ASSERT(kind == RECORD_KIND_OPENING_ROW);
	const struct opening_row *row = record;
	return place_in_year(source, row->fund_year, row->comune, row->provider, row->voucher);
}

static struct place place_of_accreditation(const struct record_source *source,
					   struct accreditation_id id)
{
	const struct accreditation *accreditation =
	    source->find(source->context, RECORD_KIND_ACCREDITATION, id.raw);
	if (accreditation == NULL)
		return (struct place){.ambito = {0}};
	return (struct place){.ambito = accreditation->ambito,
			      .provider = accreditation->provider};
}

/* Records of the register and of dated masters. */
static struct place place_of_register(const struct record_source *source, enum record_kind kind,
				      const void *record)
{
	if (kind == RECORD_KIND_ACCREDITATION_ACT)
		return place_of_accreditation(
		    source, ((const struct accreditation_act *)record)->accreditation);
	if (kind == RECORD_KIND_CAPACITY_USE)
		return place_of_accreditation(source,
					      ((const struct capacity_use *)record)->accreditation);
	if (kind == RECORD_KIND_DOCUMENT)
		return place_of_accreditation(source,
					      ((const struct document *)record)->accreditation);
	if (kind == RECORD_KIND_ACCREDITATION_CALL) {
		const struct accreditation_call *call = record;
		return (struct place){.ambito = call->ambito};
	}
	if (kind == RECORD_KIND_RESIDENCE) {
		const struct residence *residence = record;
		struct place place = place_of_comune(source, residence->comune);
		place.beneficiary = residence->beneficiary;
		return place;
	}
	if (kind == RECORD_KIND_MEASURE_MEMBERSHIP)
		return place_of_comune(source, ((const struct measure_membership *)record)->comune);
	ASSERT(kind == RECORD_KIND_CREDIT_ASSIGNMENT);
	const struct credit_assignment *assignment = record;
	return (struct place){.ambito = assignment->ambito, .provider = assignment->provider};
}

static bool is_of_register(enum record_kind kind)
{
	return kind >= RECORD_KIND_ACCREDITATION_ACT && kind <= RECORD_KIND_CREDIT_ASSIGNMENT;
}

/* Records about ceilings and titles' terms, and lent roles. */
static struct place place_of_ceiling_kinds(const struct record_source *source,
					   enum record_kind kind, const void *record)
{
	if (kind == RECORD_KIND_TITLE_TERM)
		return place_of_voucher_id(source, ((const struct title_term *)record)->voucher);
	if (kind == RECORD_KIND_CEILING_OVERRIDE)
		return place_of_ceiling_id(source,
					   ((const struct ceiling_override *)record)->ceiling);
	if (kind == RECORD_KIND_DELEGATION)
		return place_of_comune(source, ((const struct delegation *)record)->comune);
	ASSERT(kind == RECORD_KIND_COUNTED_CELL);
	return place_of_cell_id(source, ((const struct counted_cell *)record)->cell);
}

/* Records of the common rules: parameters, measures, events, approvals. */
static struct place place_of_common(const struct record_source *source, enum record_kind kind,
				    const void *record)
{
	if (kind == RECORD_KIND_PARAMETER)
		return (struct place){.ambito = ((const struct parameter *)record)->ambito};
	if (kind == RECORD_KIND_MEASURE)
		return (struct place){.ambito = ((const struct measure *)record)->ambito};
	if (kind == RECORD_KIND_EVENT) {
		const struct event *event = record;
		struct place place = place_of_comune(source, event->comune);
		place.ambito = event->ambito;
		place.provider = event->provider;
		return place;
	}
	ASSERT(kind == RECORD_KIND_APPROVAL);
	const struct approval *approval = record;
	struct place place = place_of_comune(source, approval->comune);
	place.ambito = approval->ambito;
	return place;
}

/* ISEE of persons, schemes and where they hold, bills. */
static struct place place_of_copay(const struct record_source *source, enum record_kind kind,
				   const void *record)
{
	if (kind == RECORD_KIND_ISEE) {
		struct beneficiary_id id = ((const struct isee *)record)->beneficiary;
		const struct beneficiary *beneficiary = find_beneficiary(source, id);
		return beneficiary == NULL ? (struct place){.ambito = {0}}
					   : place_of_beneficiary(source, id.raw, beneficiary);
	}
	if (kind == RECORD_KIND_COPAY_SCHEME)
		return (struct place){.ambito = ((const struct copay_scheme *)record)->ambito};
	if (kind == RECORD_KIND_COPAY_RULE) {
		const struct copay_scheme *scheme =
		    find_copay_scheme(source, ((const struct copay_rule *)record)->scheme);
		return (struct place){.ambito = scheme == NULL ? (struct ambito_id){0}
							       : scheme->ambito};
	}
	if (kind == RECORD_KIND_COPAY_ADOPTION)
		return (struct place){.ambito = ((const struct copay_adoption *)record)->ambito};
	ASSERT(kind == RECORD_KIND_RECEIVABLE);
	const struct receivable *bill = record;
	struct place place = place_of_comune(source, bill->comune);
	place.ambito = bill->ambito;
	place.beneficiary = bill->beneficiary;
	return place;
}

/* Lines and terms of titles; rules about them. */
static struct place place_of_title_rule(const struct record_source *source, enum record_kind kind,
					const void *record)
{
	if (kind == RECORD_KIND_VOUCHER_CHANGE)
		return place_of_voucher_id(source,
					   ((const struct voucher_change *)record)->voucher);
	if (kind == RECORD_KIND_VOUCHER_DEADLINE)
		return place_of_voucher_id(source,
					   ((const struct voucher_deadline *)record)->voucher);
	if (kind == RECORD_KIND_COMPATIBILITY)
		return (struct place){.ambito = ((const struct compatibility *)record)->ambito};
	ASSERT(kind == RECORD_KIND_SUPPLEMENT);
	const struct service *service =
	    find_service(source, ((const struct supplement *)record)->service);
	return (struct place){.ambito = service == NULL ? (struct ambito_id){0} : service->ambito};
}

/* Who pays, what leaves in files. */
static struct place place_of_export_kinds(const struct record_source *source,
					  enum record_kind kind, const void *record)
{
	struct ambito_id ambito;
	struct comune_id comune;
	if (kind == RECORD_KIND_PAYING_BODY) {
		ambito = ((const struct paying_body *)record)->ambito;
		comune = ((const struct paying_body *)record)->comune;
	} else if (kind == RECORD_KIND_EXPORT) {
		ambito = ((const struct export *)record)->ambito;
		comune = ((const struct export *)record)->comune;
	} else {
		ASSERT(kind == RECORD_KIND_EXPORT_ITEM);
		ambito = ((const struct export_item *)record)->ambito;
		comune = ((const struct export_item *)record)->comune;
	}
	struct place place = place_of_comune(source, comune);
	place.ambito = ambito;
	return place;
}

struct place place_from(const struct record_source *source, enum record_kind kind, uint32_t id,
			const void *record)
{
	ASSERT(source != NULL && record != NULL);
	ASSERT(kind >= 1 && kind <= RECORD_KIND_MAX);
	if (is_of_register(kind))
		return place_of_register(source, kind, record);
	if (kind == RECORD_KIND_BENEFICIARY)
		return place_of_beneficiary(source, id, record);
	if (kind == RECORD_KIND_VOUCHER)
		return place_of_voucher(source, record);
	if (kind == RECORD_KIND_VOUCHER_SECRET)
		return place_of_voucher_id(source, (struct voucher_id){id});
	if (kind == RECORD_KIND_VOUCHER_SHARE)
		return place_of_voucher_id(source, ((const struct voucher_share *)record)->voucher);
	if (kind == RECORD_KIND_CASH_GRANT)
		return place_of_voucher_id(source, ((const struct cash_grant *)record)->voucher);
	if (kind == RECORD_KIND_CASH_GRANT_PAYMENT)
		return place_of_voucher_id(source,
					   ((const struct cash_grant_payment *)record)->voucher);
	if (kind == RECORD_KIND_VOUCHER_LINE)
		return place_of_voucher_id(source, ((const struct voucher_line *)record)->voucher);
	if (kind == RECORD_KIND_CELL)
		return place_of_voucher_id(source, ((const struct cell *)record)->voucher);
	if (kind == RECORD_KIND_REDEMPTION)
		return place_of_redemption(source, record);
	if (kind == RECORD_KIND_VISIT_DETAIL)
		return place_of_visit_detail(source, record);
	if (kind == RECORD_KIND_STATEMENT)
		return place_of_statement(record);
	if (kind == RECORD_KIND_STATEMENT_LINE)
		return place_of_statement_line(source, record);
	if (kind == RECORD_KIND_FILE_IN)
		return (struct place){.ambito = ((const struct file_in *)record)->ambito};
	if (kind == RECORD_KIND_PAYMENT_OUTCOME)
		return place_of_outcome(source, record);
	if (kind == RECORD_KIND_LINE_ADJUSTMENT)
		return place_of_line_id(source, ((const struct line_adjustment *)record)->line);
	if (kind == RECORD_KIND_PAYER_CHARGE)
		return place_of_comune(source, ((const struct payer_charge *)record)->comune);
	if (kind == RECORD_KIND_CREDIT_NOTE)
		return place_of_statement_id(
		    source, ((const struct credit_note *)record)->statement);
	if (kind == RECORD_KIND_REFUSED_INVOICE)
		return place_of_statement_id(source,
					     ((const struct refused_invoice *)record)->statement);
	if (kind == RECORD_KIND_INVOICE)
		return place_of_invoice(source, record);
	if (kind == RECORD_KIND_PRINCIPAL)
		return place_of_principal(record);
	if (kind == RECORD_KIND_CREDENTIAL)
		return place_of_principal_id(source,
					     ((const struct credential *)record)->principal);
	if (kind == RECORD_KIND_RECEIPT)
		return place_of_principal_id(source, ((const struct receipt *)record)->principal);
	if (kind == RECORD_KIND_DESTINATION)
		return (struct place){.ambito = ((const struct destination *)record)->ambito};
	if (kind == RECORD_KIND_DELIVERY)
		return (struct place){.ambito = ((const struct delivery *)record)->ambito};
	if (kind >= RECORD_KIND_PARAMETER && kind <= RECORD_KIND_APPROVAL)
		return place_of_common(source, kind, record);
	if (kind >= RECORD_KIND_ISEE && kind <= RECORD_KIND_RECEIVABLE)
		return place_of_copay(source, kind, record);
	if (kind >= RECORD_KIND_RECOVERY && kind <= RECORD_KIND_OPENING_ROW)
		return place_of_money(source, kind, record);
	if (kind >= RECORD_KIND_PAYING_BODY && kind <= RECORD_KIND_EXPORT_ITEM)
		return place_of_export_kinds(source, kind, record);
	if (kind >= RECORD_KIND_VOUCHER_CHANGE && kind <= RECORD_KIND_COMPATIBILITY)
		return place_of_title_rule(source, kind, record);
	if (kind >= RECORD_KIND_TITLE_TERM && kind <= RECORD_KIND_COUNTED_CELL)
		return place_of_ceiling_kinds(source, kind, record);
	return place_of_master(source, kind, id, record);
}

struct place place_of_record(const struct state *state, enum record_kind kind, uint32_t id,
			     const void *record)
{
	struct record_source source = record_source_of_state(state);
	return place_from(&source, kind, id, record);
}
