/* Any random month of a ledger gives files whose totals tie, whose XML validates, and which read
 * back to the same facts: tables in every profile, OPI, pain.001 in both versions, SIUSS, positions
 * and payments for pagoPA. What the files must say is told from the records, by other code.
 *
 * suite: seconds 900
 *
 * TEST_SEED replays a run; MONTHS says how many months (400). */
#include "connectors/copay/payments.h"
#include "connectors/copay/positions.h"
#include "connectors/format/table_read.h"
#include "connectors/liquidation/render.h"
#include "connectors/profiles/profile_file.h"
#include "connectors/siuss/cases.h"
#include "connectors/siuss/flow.h"
#include "tests/properties/facts.h"
#include "tests/properties/persons.h"
#include "tests/properties/readback.h"
#include "tests/properties/reader.h"
#include "tests/support/test_folder.h"

#include "engine/base/identifier.h"
#include "engine/base/text.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MONTHS_DEFAULT	 400u
#define MONTHS_PER_WORLD 3
#define SCHEMAS		 "../shared/formats"
#define PROFILES	 "connectors/profiles"
#define SEGREGATION	 47u
#define POSITIONS_SIZE	 (1u << 20)

struct run {
	struct life life;
	struct reader reader;
	struct persons persons;
	struct month month;
	char month_text[MONTH_TEXT_SIZE + 1];
	char profiles[TEST_FOLDER_SIZE];
	const char *schemas_folder; /* NULL: there is none */
	struct xml_schemas *schemas;
	struct siuss_rules rules;
	bool orders_vat;
};

/* What was proven, by kind of file. */
static struct {
	uint64_t months, exports, rows, tables, pain, opi, opi_refused, siuss, apart, positions,
	    payments, again;
} proven;

/* ---- Settings ---- */

static void put_file(const struct run *run, const char *name, const char *content)
{
	char path[TEST_FOLDER_SIZE + 64];
	(void)snprintf(path, sizeof(path), "%s/%s", run->profiles, name);
	FILE *file = fopen(path, "wb");
	if (file == NULL || fwrite(content, 1, strlen(content), file) != strlen(content) ||
	    fclose(file) != 0)
		life_fail("cannot write %s", path);
}

/* The shipped profiles, and a body's settings of its orders beside them. */
static void make_profiles(struct run *run)
{
	char settings[200];
	test_folder_make("months-profiles", run->profiles);
	test_folder_copy(PROFILES, run->profiles);
	run->orders_vat = life_chance(&run->life, 50);
	(void)snprintf(settings, sizeof(settings),
		       "tramite_ente = A2A-12345678\ntramite_bt = A2A-87654321\niva = %s\n"
		       "numeri_per_flusso = 1000\n",
		       run->orders_vat ? "F24EP" : "ESCLUSA");
	put_file(run, "opi.conf", settings);
}

static void open_schemas(struct run *run)
{
	if (access(SCHEMAS, R_OK) != 0) {
		printf("SKIP: no " SCHEMAS ", nothing is validated\n");
		return;
	}
	run->schemas_folder = SCHEMAS;
	if (xml_schemas_open(SCHEMAS, &run->schemas) != RESULT_OK)
		life_fail("schemas cannot be read");
}

static void read_rules(struct run *run)
{
	static const char text[] =
	    "ente = A794\ndenominazione = COMUNE DI ESEMPIO\ncomune = A794\n"
	    "operatore = BNCLRA85T50F205A\nregione = 03\n"
	    "prestazione DOM = A1.99; Assistenza domiciliare; 1; 2; 1; 20000.00\n"
	    "prestazione PASTI = A1.97; Pasti a domicilio; 4; 0; 2;\n"
	    "prestazione VIAGGI = A1.96; Trasporto sociale; 4; 3; 1;\n"
	    "prestazione BUONO = A1.98; Buono sociale di cura; 4; 0; 2;\n";
	static _Alignas(16) unsigned char memory[4096];
	struct siuss_rules_fault fault;
	struct arena arena;
	arena_init(&arena, memory, sizeof(memory));
	if (!siuss_rules_read(&run->rules, &arena, slice_from_text(text), &fault))
		life_fail("rules, line %u: %s", fault.line, fault.text);
}

/* ---- Exports ---- */

/* What the API answers, as connectors ask for it. */
static json_t *fetch(void *context, const char *path)
{
	json_error_t error;
	struct slice text = reader_get(context, path);
	if (text.size == 0)
		return NULL;
	json_t *parsed = json_loadb(text.data, text.size, 0, &error);
	if (parsed == NULL)
		life_fail("%s: %s", path, error.text);
	return parsed;
}

static struct command finance(struct run *run, enum command_kind kind)
{
	return fixture_command(kind, run->life.fixture.role[ROLE_FINANCE]);
}

static uint32_t must(struct run *run, const struct command *command)
{
	return fixture_must(&run->life.fixture, command);
}

static void add_payment(struct run *run, struct export_id export, struct statement_id statement,
			struct cash_grant_payment_id payment)
{
	struct command command = finance(run, COMMAND_KIND_EXPORT_ADD);
	command.input.export_add.export = export;
	command.input.export_add.statement = statement;
	command.input.export_add.cash_grant_payment = payment;
	(void)fixture_do(&run->life.fixture, &command); /* what cannot be paid now is refused */
}

static struct export_id open_export(struct run *run, enum export_family family,
				    enum export_format format)
{
	const struct state *state = &run->life.fixture.state;
	struct command command = finance(run, COMMAND_KIND_EXPORT_OPEN);
	command.input.export_open.paying_body = run->life.payer;
	command.input.export_open.month = run->month;
	command.input.export_open.family = (uint8_t)family;
	command.input.export_open.format = (uint8_t)format;
	struct export_id export = {must(run, &command)};
	for (uint32_t i = 1; family == EXPORT_FAMILY_STATEMENTS &&
			     i <= state_count(state, RECORD_KIND_STATEMENT);
	     i++)
		add_payment(run, export, (struct statement_id){i},
			    (struct cash_grant_payment_id){0});
	for (uint32_t i = 1; family == EXPORT_FAMILY_CASH_GRANTS &&
			     i <= state_count(state, RECORD_KIND_CASH_GRANT_PAYMENT);
	     i++)
		add_payment(run, export, (struct statement_id){0},
			    (struct cash_grant_payment_id){i});
	return export;
}

static void read_batch(struct run *run, struct export_id export, struct liquidation_batch *batch)
{
	struct liquidation_source source = {
	    .fetch = fetch, .context = &run->reader, .profiles = run->profiles};
	char id[16];
	(void)snprintf(id, sizeof(id), "exp_%u", export.raw);
	enum result result = liquidation_read_export(&source, id, batch);
	if (result != RESULT_OK)
		life_fail("%s: %s: %s", id, result_code(result), source.fault);
	liquidation_source_free(&source);
}

/* Before the persons' names come in, the rows are what the records say. */
static void name_persons(struct run *run, struct liquidation_batch *batch)
{
	char fault[320];
	if (strcmp(batch->export.family, "CASH_GRANTS") == 0 &&
	    !render_name_persons(batch, &run->persons, fault))
		life_fail("%s", fault);
}

static struct render render_of(const struct run *run)
{
	return (struct render){
	    .schemas = run->schemas_folder, .profiles = run->profiles, .persons = &run->persons};
}

/* A table that Contabilia or Maggioli takes, or both plain ones. */
static void prove_table(struct run *run, struct liquidation_batch *batch, const char *profile)
{
	struct render render = render_of(run);
	(void)snprintf(batch->export.profile, sizeof(batch->export.profile), "%s", profile);
	if (render_batch(&render, batch, "TABLE") != RESULT_OK)
		life_fail("%s: %s", profile, render.fault);
	batch->export.profile[0] = '\0';
	readback_table(&render, batch, profile);
	proven.tables++;
	render_free(&render);
}

/* Where an invoice lacks its number in the SdI there can be no order, and there is none. */
static bool has_orders(const struct liquidation_batch *batch)
{
	for (uint32_t i = 0; i < batch->row_count; i++) {
		const struct liquidation_row *row = &batch->rows[i];
		if (slice_equals_text(SLICE_OF(row->tipo_debito), "COMMERCIALE") &&
		    row->id_sdi[0] == '\0' && !cents_is_zero(row->importo_da_pagare))
			return false;
	}
	return true;
}

static void prove_opi(struct run *run, struct liquidation_batch *batch)
{
	struct render render = render_of(run);
	enum result result = render_batch(&render, batch, "OPI");
	if (has_orders(batch)) {
		if (result != RESULT_OK)
			life_fail("OPI: %s: %s", result_code(result), render.fault);
		readback_opi(&render, batch, run->orders_vat);
		proven.opi++;
	} else {
		if (result != RESULT_CHECK_FAILED ||
		    strstr(render.fault, "fattura_siope") == NULL || render.count != 0)
			life_fail("OPI without numbers of the SdI: %s: %s", result_code(result),
				    render.fault);
		proven.opi_refused++;
	}
	render_free(&render);
}

static void prove_pain(struct run *run, struct liquidation_batch *batch, uint32_t version)
{
	struct render render = render_of(run);
	if (render_batch(&render, batch, version == 3 ? "PAIN001_03" : "PAIN001_09") != RESULT_OK)
		life_fail("pain.001: %s", render.fault);
	readback_pain001(&render, batch, version);
	proven.pain++;
	render_free(&render);
}

/* The two plain tables against the records; then every other format against the rows. */
static void prove_formats(struct run *run, struct liquidation_batch *batch,
			  struct export_id export, struct facts *facts)
{
	static const char *const profiles[] = {"xlsx-safe", "contabilia", "maggioli"};
	struct render render = render_of(run);
	if (!cents_equal(facts->net, batch->totals.net) ||
	    !cents_equal(facts->vat, batch->totals.vat) ||
	    !cents_equal(facts->payable, batch->totals.payable))
		life_fail("%s does not add up to the records", batch->id);
	if (render_batch(&render, batch, "TABLE") != RESULT_OK)
		life_fail("tables: %s", render.fault);
	if (strcmp(batch->export.family, "STATEMENTS") == 0)
		readback_facts(&render, export, facts);
	readback_table(&render, batch, "excel-it");
	readback_table(&render, batch, "rfc4180");
	readback_manifest(&render, batch, facts);
	proven.tables += 2;
	render_free(&render);
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		prove_table(run, batch, profiles[i]);
	if (cents_is_zero(batch->totals.payable))
		return; /* nothing to order */
	prove_pain(run, batch, 3);
	prove_pain(run, batch, 9);
	prove_opi(run, batch);
}

/* The rows of buoni before names come in. */
static void prove_rows(struct liquidation_batch *batch, struct export_id export,
		       struct facts *facts)
{
	for (uint32_t i = 0; i < batch->row_count; i++)
		if (facts_take(facts, export, &batch->rows[i]) == NULL)
			life_fail("no record says row %u of %s", batch->rows[i].riga, batch->id);
	for (uint32_t i = 0; i < facts->count; i++)
		if (!facts->all[i].is_taken)
			life_fail("no row of %s pays item %u", batch->id,
				    facts->all[i].item.raw);
}

static void seal(struct run *run, struct export_id export, const struct liquidation_batch *batch)
{
	struct render render = render_of(run);
	struct command command = finance(run, COMMAND_KIND_EXPORT_SEAL);
	struct command_export_seal *input = &command.input.export_seal;
	uint32_t size = 0;
	if (render_batch(&render, batch, NULL) != RESULT_OK)
		life_fail("%s: %s", batch->id, render.fault);
	input->export = export;
	input->item_count = batch->export.item_count;
	input->net_cents = batch->totals.net;
	input->vat_cents = batch->totals.vat;
	for (size = 0; size < sizeof(input->content_hash); size++) {
		char pair[3] = {render.manifest_hash[2 * size], render.manifest_hash[2 * size + 1],
				'\0'};
		input->content_hash[size] = (uint8_t)strtoul(pair, NULL, 16); /* banned: a test */
	}
	(void)must(run, &command);
	render_free(&render);
}

/* What was sealed, made again after the month went on, is the same to the byte. */
static void prove_again(struct run *run, struct export_id export)
{
	struct liquidation_batch batch;
	struct render render = render_of(run);
	static struct facts facts;
	read_batch(run, export, &batch);
	facts_of_export(&run->life, export, &facts);
	if (!cents_equal(facts.net, batch.totals.net))
		life_fail("%s, again, is not what was sealed", batch.id);
	name_persons(run, &batch);
	if (render_batch(&render, &batch, NULL) != RESULT_OK)
		life_fail("%s, again: %s", batch.id, render.fault);
	if (strcmp(render.manifest_hash, batch.export.content_hash) != 0)
		life_fail("%s, again, has other bytes", batch.id);
	proven.again++;
	render_free(&render);
	liquidation_batch_free(&batch);
}

static void cancel(struct run *run, struct export_id export)
{
	struct command command = finance(run, COMMAND_KIND_EXPORT_CANCEL);
	command.input.export_cancel.export = export;
	fixture_text(command.input.export_cancel.act, sizeof(command.input.export_cancel.act),
		     "DET-12");
	(void)must(run, &command);
}

static void prove_export(struct run *run, enum export_family family)
{
	static const enum export_format forms[] = {EXPORT_FORMAT_TABLE, EXPORT_FORMAT_OPI,
						   EXPORT_FORMAT_PAIN001_03,
						   EXPORT_FORMAT_PAIN001_09};
	static struct facts facts;
	enum export_format format = forms[life_below(&run->life, 4)];
	struct export_id export = open_export(run, family, format);
	struct liquidation_batch batch;
	facts_of_export(&run->life, export, &facts);
	if (facts.count == 0)
		return;
	read_batch(run, export, &batch);
	proven.rows += batch.row_count;
	if (family == EXPORT_FAMILY_CASH_GRANTS)
		prove_rows(&batch, export, &facts);
	name_persons(run, &batch);
	prove_formats(run, &batch, export, &facts);
	bool is_sealed = format == EXPORT_FORMAT_TABLE ||
			 (!cents_is_zero(batch.totals.payable) &&
			  (format != EXPORT_FORMAT_OPI || has_orders(&batch)));
	if (is_sealed)
		seal(run, export, &batch);
	liquidation_batch_free(&batch);
	proven.exports++;
	if (!is_sealed) {
		cancel(run, export);
		return;
	}
	life_after_export(&run->life, export);
	prove_again(run, export);
}

/* ---- SIUSS ---- */

static struct voucher_id voucher_of(struct run *run, const char *number)
{
	char path[64];
	uint32_t id = 0;
	for (uint32_t i = 1; i <= state_count(run->reader.state, RECORD_KIND_VOUCHER); i++) {
		(void)snprintf(path, sizeof(path), "%07u", i);
		if (strlen(number) == 8 && strncmp(number, path, 7) == 0)
			id = i;
	}
	if (id == 0)
		life_fail("no title %s", number);
	return (struct voucher_id){id};
}

/* What a row of the cases says is what the records say. */
static void check_case(struct run *run, const struct cases_row *row, struct cents *user)
{
	struct voucher_id voucher = voucher_of(run, row->title);
	struct cents delivered = facts_granted(&run->life, run->month, voucher);
	if (strcmp(row->service, SIUSS_BUONO) != 0) {
		struct service_id service = {state_find_code(
		    run->reader.state, RECORD_KIND_SERVICE, slice_from_text(row->service))};
		delivered = facts_delivered(&run->life, run->month, voucher, service);
	}
	struct cents told = row->body_share;
	if (cents_is_zero(row->public_share))
		facts_add(&told, row->user_share);
	if (!cents_equal(told, delivered))
		life_fail("SIUSS, title %s, %s: not what was delivered", row->title,
			    row->service);
	facts_add(user, row->user_share);
}

static bool is_apart(const struct person *person)
{
	struct identifier_person read;
	return !identifier_person_parse(PERSONS_TEXT_OF(person->tax_code), &read) ||
	       (read.omocodia & (IDENTIFIER_OMOCODIA_YEAR | IDENTIFIER_OMOCODIA_DAY)) != 0;
}

static void read_flow(const struct flow *flow, const struct cases_row *row)
{
	static _Alignas(16) unsigned char memory[1 << 18];
	struct siuss_benefit benefit;
	struct arena arena;
	struct cents whole = row->body_share;
	const struct tree_node *root = NULL;
	const char *fault = "";
	char text[XML_FAULT_SIZE];
	arena_init(&arena, memory, sizeof(memory));
	if (xml_read(flow->bytes, &xml_limits_default, &arena, &root, text) != RESULT_OK)
		life_fail("SIUSS: %s", text);
	if (!siuss_read(root, &benefit, &fault))
		life_fail("SIUSS, title %s: %s", row->title, fault);
	facts_add(&whole, row->user_share);
	if (memcmp(&benefit, &flow->benefit, sizeof(benefit)) != 0 ||
	    !cents_equal(benefit.amount, whole) ||
	    !cents_equal(benefit.body_share, row->body_share) ||
	    !cents_equal(benefit.user_share, row->user_share) ||
	    !slice_equals_text(SLICE_OF(benefit.request), row->title))
		life_fail("SIUSS, title %s: reads back otherwise", row->title);
}

static void prove_flow(struct run *run, const struct cases_row *row, uint32_t at)
{
	static struct flow flow;
	struct siuss_case given = {
	    .person = persons_find(&run->persons, slice_from_text(row->beneficiary)),
	    .service = slice_from_text(row->service),
	    .title = slice_from_text(row->title),
	    .comune = slice_from_text(row->comune),
	    .begin = month_first_day(run->month),
	    .end = month_last_day(run->month),
	    .body_share = row->body_share,
	    .user_share = row->user_share,
	    .character = life_chance(&run->life, 50) ? SIUSS_PERIODIC : SIUSS_OCCASIONAL,
	    .at = at + 1,
	    .sequence = at + 1,
	    .sent_on = month_last_day(run->month)};
	enum result result = flow_make(&run->rules, &given, run->schemas, &flow);
	if (is_apart(given.person)) {
		if (result != RESULT_FIELD_INVALID || flow.items[0].code != FINDING_OMOCODIA)
			life_fail("SIUSS, title %s: omocodia was let pass", row->title);
		proven.apart++;
		return;
	}
	if (result != RESULT_OK)
		life_fail("SIUSS, title %s: %s: %s", row->title, result_code(result),
			    flow.findings.count > 0 ? finding_name(flow.items[0].code)
						    : flow.fault);
	read_flow(&flow, row);
	xml_free(&flow.bytes);
	proven.siuss++;
}

static void prove_siuss(struct run *run)
{
	struct cases_source source = {.fetch = fetch, .context = &run->reader};
	struct cases cases;
	if (cases_read(&source, run->month, &cases) != RESULT_OK)
		life_fail("SIUSS: %s", source.fault);
	for (uint32_t first = 0; first < cases.count;) {
		struct cents user = cents_zero();
		uint32_t next = first;
		while (next < cases.count &&
		       strcmp(cases.rows[next].title, cases.rows[first].title) == 0)
			check_case(run, &cases.rows[next++], &user);
		struct voucher_id voucher = voucher_of(run, cases.rows[first].title);
		struct cents billed = facts_billed(&run->life, run->month, voucher);
		struct cents roundings = cents_zero();
		for (; first < next; first++)
			facts_add(&roundings, cents_from(2 * cases.rows[first].records));
		facts_add(&roundings, user);
		if (cents_less(billed, user) || cents_less(roundings, billed))
			life_fail("SIUSS, title %s: not what is billed", cases.rows[next - 1].title);
	}
	for (uint32_t i = 0; i < cases.count; i++)
		prove_flow(run, &cases.rows[i], i);
	cases_free(&cases);
}

/* ---- pagoPA ---- */

static void load(const struct run *run, const char *name, const struct field_set *set,
		 struct profile *profile)
{
	struct profile_file_fault fault = {""};
	if (profile_file_load(run->profiles, name, set, profile, &fault) != RESULT_OK)
		life_fail("%s", fault.text);
}

static void begin_table(struct table_write *table, const struct profile *profile)
{
	static char bytes[POSITIONS_SIZE];
	if (!table_write_begin(table, profile, bytes, sizeof(bytes)))
		life_fail("%s: %s", profile->name, table_fault_text(table->fault));
}

static void write_row(struct table_write *table, const void *row)
{
	if (!table_write_row(table, row))
		life_fail("%s: %s", table->profile->name, table_fault_text(table->fault));
}

/* Each bill of which something is owed stands once in the file, with its amount. */
static void prove_bills(struct run *run, const struct positions *positions)
{
	uint32_t next = 0;
	uint32_t paid = 0;
	for (uint32_t i = 1; i <= state_count(run->reader.state, RECORD_KIND_RECEIVABLE); i++) {
		char id[16];
		const struct receivable *bill =
		    state_receivable(run->reader.state, (struct receivable_id){i});
		struct cents owed = bill->due_cents;
		if (bill->month.number != run->month.number)
			continue;
		facts_add(&owed, bill->arrears_cents);
		if (cents_is_zero(owed)) {
			paid++;
			continue;
		}
		(void)snprintf(id, sizeof(id), "cpy_%u", i);
		if (next == positions->count ||
		    !slice_equals_text(SLICE_OF(positions->rows[next].receivable), id) ||
		    !cents_equal(positions->rows[next].amount_cents, owed))
			life_fail("pagoPA: bill %s is not in the file", id);
		next++;
	}
	if (next != positions->count || paid != positions->paid_count)
		life_fail("pagoPA: %u positions for %u bills", positions->count, next);
}

static void prove_positions(struct run *run, const struct positions *positions)
{
	static struct profile profile;
	static struct table_read table;
	struct table_write wrote;
	struct copay_position row;
	struct cents sum = cents_zero();
	load(run, "pagopa-positions", &copay_position_set, &profile);
	begin_table(&wrote, &profile);
	for (uint32_t i = 0; i < positions->count; i++)
		write_row(&wrote, &positions->rows[i]);
	if (!table_read_begin(&table, &profile, (struct slice){wrote.data, wrote.used}))
		life_fail("positions: %s", table_fault_text(table.fault));
	for (uint32_t i = 0; i < positions->count; i++) {
		if (table_read_row(&table, &row) != TABLE_READ_ROW)
			life_fail("positions, line %u: %s", table.line,
				    table_fault_text(table.fault));
		if (memcmp(&row, &positions->rows[i], sizeof(row)) != 0)
			life_fail("position %u reads back otherwise", i + 1);
		facts_add(&sum, row.amount_cents);
		proven.positions++;
	}
	if (!cents_equal(sum, positions->total))
		life_fail("positions do not add up to the bills");
}

/* A partner's report of their payments finds the bills again. */
static void prove_payments(struct run *run, const struct positions *positions)
{
	static struct profile profile;
	static struct payments payments;
	struct table_write wrote;
	struct payments_act act;
	struct copay_payment payment;
	load(run, "pagopa-payments", &copay_payment_set, &profile);
	begin_table(&wrote, &profile);
	for (uint32_t i = 0; i < positions->count; i++) {
		const struct copay_position *position = &positions->rows[i];
		memset(&payment, 0, sizeof(payment));
		memcpy(payment.iuv, position->iuv, sizeof(position->iuv));
		payment.amount_cents = position->amount_cents;
		payment.paid_on = position->due_on;
		(void)snprintf(payment.receipt, sizeof(payment.receipt), "IUR-%u", i);
		write_row(&wrote, &payment);
	}
	if (!payments_begin(&payments, &profile, SEGREGATION,
			    (struct slice){wrote.data, wrote.used}))
		life_fail("payments: %s", payments.fault);
	for (uint32_t i = 0; i < positions->count; i++) {
		if (payments_next(&payments, &payment, &act) != TABLE_READ_ROW)
			life_fail("payments: %s", payments.fault);
		if (!slice_equals_text(SLICE_OF(positions->rows[i].receivable), act.receivable) ||
		    !cents_equal(payment.amount_cents, positions->rows[i].amount_cents))
			life_fail("payment %u finds another bill", i + 1);
		proven.payments++;
	}
	if (payments_next(&payments, &payment, &act) != TABLE_READ_END ||
	    !cents_equal(payments.total, positions->total))
		life_fail("payments do not add up to the bills");
}

static void prove_pagopa(struct run *run)
{
	struct positions_wanted wanted = {.month = run->month_text,
					  .persons = &run->persons,
					  .segregation = SEGREGATION};
	struct positions positions;
	if (positions_read(fetch, &run->reader, &wanted, &positions) != RESULT_OK)
		life_fail("pagoPA: %s", positions.fault);
	prove_bills(run, &positions);
	prove_positions(run, &positions);
	prove_payments(run, &positions);
	positions_free(&positions);
}

/* ---- Worlds ---- */

static void prove_month(struct run *run)
{
	life_live_month(&run->life, run->month);
	persons_invent(&run->life, &run->persons);
	month_format(run->month, run->month_text);
	reader_init(&run->reader, &run->life);
	prove_export(run, EXPORT_FAMILY_STATEMENTS);
	prove_export(run, EXPORT_FAMILY_CASH_GRANTS);
	prove_siuss(run);
	prove_pagopa(run);
	reader_deinit(&run->reader);
	proven.months++;
}

static void run_world(struct run *run, struct test_random *random)
{
	struct invariant_fault fault;
	life_init(&run->life, random);
	make_profiles(run);
	for (int32_t i = 0; i < MONTHS_PER_WORLD; i++) {
		run->month.number = fixture_month("2026-01").number + i;
		prove_month(run);
	}
	if (!apply_check_all(&run->life.fixture.state, &fault))
		life_fail("broken: %s, %s %u", fault.rule, record_info(fault.kind)->name,
			    fault.id);
	life_deinit(&run->life);
}

int main(void)
{
	static struct run run;
	const char *given = getenv("MONTHS");
	uint64_t months = given == NULL ? MONTHS_DEFAULT
					: strtoull(given, NULL, 10); /* banned: a test */
	struct test_random random = test_random_make("months");
	open_schemas(&run);
	read_rules(&run);
	while (proven.months < months)
		run_world(&run, &random);
	xml_schemas_close(run.schemas);
	printf("%" PRIu64 " months: %" PRIu64 " exports of %" PRIu64 " rows, %" PRIu64
	       " tables, %" PRIu64 " pain.001, %" PRIu64 " OPI (%" PRIu64
	       " refused for want of the SdI's number), %" PRIu64 " SIUSS (%" PRIu64
	       " set apart), %" PRIu64 " positions, %" PRIu64 " payments, %" PRIu64
	       " made again\n",
	       proven.months, proven.exports, proven.rows, proven.tables, proven.pain, proven.opi,
	       proven.opi_refused, proven.siuss, proven.apart, proven.positions, proven.payments,
	       proven.again);
	const struct life_hits *hits = &life_hits;
	printf("lived: %" PRIu64 " visits, %" PRIu64 " settled and %" PRIu64
	       " paid services reversed, %" PRIu64 " set off, %" PRIu64 " substituted, %" PRIu64
	       " bills and %" PRIu64 " of nothing, %" PRIu64 " buoni\n",
	       hits->visits, hits->reversals, hits->credit_notes, hits->set_off, hits->substituted,
	       hits->bills, hits->zero_bills, hits->grants);
	/* A run that met nothing of a kind proved nothing of it. */
	const uint64_t met[] = {proven.tables,	   proven.pain,	      proven.opi,
				proven.siuss,	   proven.apart,      proven.positions,
				proven.payments,   proven.again,      hits->reversals,
				hits->credit_notes, hits->set_off,    hits->substituted,
				hits->zero_bills,  hits->grants};
	uint32_t passed = 0;
	uint32_t count = sizeof(met) / sizeof(met[0]);
	for (uint32_t i = 0; i < count; i++)
		passed += met[i] > 0 ? 1 : 0;
	printf("%u passed, %u failed\n", passed, count - passed);
	return passed == count ? 0 : 1;
}
