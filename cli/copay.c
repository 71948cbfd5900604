/* The co-pay and pagoPA: see copay.h. */
#include "cli/copay.h"

#include "cli/document.h"
#include "cli/export.h"
#include "cli/layout.h"
#include "cli/table.h"
#include "connectors/copay/payments.h"
#include "connectors/copay/positions.h"
#include "engine/base/assert.h"
#include "engine/base/identifier.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW_SIZE_MAX 4096u /* bytes of a position in any profile */

static int read_file(const char *path, struct buffer *text)
{
	if (!buffer_read_file(text, path))
		return session_usage("cannot read %s: %s", path, strerrordesc_np(errno));
	if (text->size > UINT32_MAX)
		return session_usage("%s is too large", path);
	return EXIT_DONE;
}

/* The code that pagoPA gave for this ledger's notices, two digits. */
static bool take_segregation(struct session *session, uint32_t *ret_segregation)
{
	const char *text = arguments_flag(&session->arguments, "segregation");
	if (text == NULL)
		text = session->settings.values[SETTING_PAGOPA_SEGREGATION];
	if (strlen(text) == 2 &&
	    text_parse_u32(slice_from_text(text), PAGOPA_SEGREGATION_MAX, ret_segregation))
		return true;
	session_usage("--segregation (or pagopa_segregation in the settings) is the code of two "
		      "digits that pagoPA gave for these notices");
	return false;
}

/* ---- Positions ---- */

struct desk {
	struct session *session;
	struct positions_wanted wanted;
	struct persons persons;
	struct profile profile;
	void *memory; /* of the persons */
};

static int read_persons(struct desk *desk, const char *path)
{
	struct buffer text = {NULL, 0, 0};
	struct persons *persons = &desk->persons;
	struct arena arena;
	int code = read_file(path, &text);
	if (code == EXIT_DONE) {
		size_t size = persons_memory(buffer_slice(&text));
		desk->memory = memory_get(size + ARENA_ALIGNMENT);
		arena_init(&arena, desk->memory, size);
		if (!persons_read(persons, &arena, buffer_slice(&text))) {
			session_usage("%s, line %u%s%s: %s", path, persons->line,
				      persons->column == NULL ? "" : ", column ",
				      persons->column == NULL ? "" : persons->column,
				      persons_fault_text(persons->fault,
							 desk->session->client.options.language));
			code = result_info(RESULT_FIELD_INVALID)->exit;
		}
	}
	buffer_free(&text);
	return code;
}

/* The rows as bytes. */
static int write_table(const struct desk *desk, const struct positions *positions,
		       struct table_write *table)
{
	size_t size = ((size_t)positions->count + 1) * ROW_SIZE_MAX;
	const struct profile *profile = &desk->profile;
	if (size > UINT32_MAX)
		return session_usage("too many bills for one file: choose a --comune");
	bool is_whole = table_write_begin(table, profile, memory_get(size), (uint32_t)size);
	for (uint32_t i = 0; i < positions->count && is_whole; i++)
		is_whole = !profile_takes(profile, &positions->rows[i]) ||
			   table_write_row(table, &positions->rows[i]);
	if (is_whole)
		return EXIT_DONE;
	return layout_refuse(table);
}

static int deliver(struct desk *desk, const struct positions *positions,
		   struct document_folder *folder)
{
	struct table_write table = {.data = NULL};
	char name[64];
	char suffix[PROFILE_NAME_SIZE + 2];
	int code = write_table(desk, positions, &table);
	snprintf(name, sizeof(name), "posizioni_%.16s", desk->wanted.month);
	snprintf(suffix, sizeof(suffix), ".%s", desk->profile.suffix);
	if (code == EXIT_DONE) {
		layout_tell_changes(&table);
		code = document_deliver(folder, name, suffix,
					(struct slice){table.data, table.used});
	}
	free(table.data);
	if (code != EXIT_DONE)
		return code;
	json_t *file = json_array_get(folder->files, 0);
	json_object_set_new(file, "positions", json_integer(positions->count));
	json_object_set_new(file, "already_paid", json_integer(positions->paid_count));
	json_int_t amount = positions->total.raw; /* raw: JSON carries whole cents */
	json_object_set_new(file, "amount_cents", json_integer(amount));
	return EXIT_DONE;
}

static int export_positions(struct desk *desk, struct document_folder *folder)
{
	struct positions positions;
	enum result result =
	    positions_read(export_fetch, desk->session, &desk->wanted, &positions);
	int code = result_info(result)->exit;
	if (result != RESULT_OK)
		session_usage("%s", positions.fault);
	else if (positions.count == 0)
		code = session_usage("nothing is owed for %s", desk->wanted.month);
	else
		code = deliver(desk, &positions, folder);
	positions_free(&positions);
	return code;
}

static bool is_creditor(const char *tax_code)
{
	return tax_code == NULL || identifier_vat_is_valid(slice_from_text(tax_code));
}

int copay_export(struct session *session)
{
	ASSERT(session != NULL);
	static struct desk desk;
	struct arguments *arguments = &session->arguments;
	struct document_folder folder;
	const char *persons = arguments_flag(arguments, "persons");
	const char *profile = arguments_flag(arguments, "profile");
	desk.session = session;
	desk.wanted = (struct positions_wanted){.month = arguments_flag(arguments, "month"),
						.comune = arguments_flag(arguments, "comune"),
						.creditor = arguments_flag(arguments, "creditor"),
						.persons = &desk.persons};
	if (desk.wanted.month == NULL || persons == NULL)
		return session_usage("titoli export copay-positions --month M --persons FILE "
				     "--segregation NN --out DIR [--comune C] [--creditor CF] "
				     "[--profile P]");
	if (!is_creditor(desk.wanted.creditor))
		return session_usage("--creditor is the tax code of a public body, eleven digits");
	if (!take_segregation(session, &desk.wanted.segregation))
		return EXIT_USAGE;
	int code = document_open(&folder, session);
	if (code != EXIT_DONE)
		return code;
	code = session_flags_used(session) ? EXIT_DONE : EXIT_USAGE;
	if (code == EXIT_DONE)
		code = layout_load(session, profile == NULL ? "pagopa-positions" : profile,
				    &copay_position_set, &desk.profile);
	if (code == EXIT_DONE)
		code = read_persons(&desk, persons);
	if (code == EXIT_DONE)
		code = export_positions(&desk, &folder);
	free(desk.memory);
	desk.memory = NULL;
	return document_close(&folder, code);
}

/* ---- Payments ---- */

/* What became of the rows of a file. */
struct tally {
	json_t *items;
	struct cents collected, known; /* now; by an earlier run */
	uint32_t collected_count, known_count, refused_count;
	int worst; /* exit code of the first refused row */
};

static void keep(struct tally *tally, const struct payments *payments,
		 const struct payments_act *act, const char *outcome, const char *detail)
{
	json_t *item = json_pack("{s:I, s:s, s:s}", "line", (json_int_t)payments->table.line,
				 "receivable", act == NULL ? "" : act->receivable, "outcome",
				 outcome);
	if (detail[0] != '\0')
		json_object_set_new(item, "detail", json_string(detail));
	json_array_append_new(tally->items, item);
}

static void refuse(struct tally *tally, const struct payments *payments,
		   const struct payments_act *act, const char *detail, int code)
{
	tally->refused_count++;
	tally->worst = tally->worst == EXIT_DONE ? code : tally->worst;
	keep(tally, payments, act, "refused", detail);
}

/* Records one payment. False: nobody answers, it makes no sense to go on. */
static bool collect(struct session *session, struct tally *tally, const struct payments *payments,
		    const struct copay_payment *payment, const struct payments_act *act)
{
	struct client_request request = {.method = "POST",
					 .path = act->path,
					 .media = "application/json",
					 .key = act->key,
					 .body = slice_from_text(act->body)};
	struct client_answer answer;
	bool is_added = true;
	enum result result = client_send(&session->client, &request, &answer);
	if (result != RESULT_OK) {
		tally->worst = session_fault(session, result);
		client_answer_free(&answer);
		return false;
	}
	enum result outcome = client_result(&answer);
	json_t *told = client_json(&answer);
	const char *detail = json_string_value(json_object_get(told, "detail"));
	if (outcome != RESULT_OK && outcome != RESULT_ALREADY_EXISTS) {
		refuse(tally, payments, act, detail == NULL ? "" : detail,
		       result_info(outcome)->exit);
	} else if (answer.replayed || outcome == RESULT_ALREADY_EXISTS) {
		tally->known_count++;
		is_added = cents_add(tally->known, payment->amount_cents, &tally->known);
		keep(tally, payments, act, "known", "");
	} else {
		tally->collected_count++;
		is_added = cents_add(tally->collected, payment->amount_cents, &tally->collected);
		keep(tally, payments, act, "collected", "");
	}
	ASSERT(is_added); /* the whole file's sum fits (payments_next) */
	json_decref(told);
	client_answer_free(&answer);
	return true;
}

static void tell_tally(const struct session *session, struct tally *tally)
{
	/* raw: JSON carries whole cents */
	json_t *told = json_pack(
	    "{s:I, s:I, s:I, s:I, s:I}", "collected", (json_int_t)tally->collected_count,
	    "collected_cents", (json_int_t)tally->collected.raw /* raw: JSON */, "known",
	    (json_int_t)tally->known_count, "known_cents",
	    (json_int_t)tally->known.raw /* raw: JSON */, "refused",
	    (json_int_t)tally->refused_count);
	if (session->is_json) {
		json_object_set(told, "items", tally->items);
		session_print_json(told);
	} else {
		struct table table = {.column_count = 0};
		table_of_items(&table, tally->items);
		table_print(&table, stdout);
		table_free(&table);
		putchar('\n');
		table_print_object(told, stdout);
	}
	json_decref(told);
}

static int collect_all(struct session *session, struct payments *payments)
{
	struct tally tally = {.items = json_array(), .worst = EXIT_DONE};
	while (true) {
		struct copay_payment payment;
		struct payments_act act;
		enum table_step step = payments_next(payments, &payment, &act);
		if (step == TABLE_READ_END)
			break;
		if (step == TABLE_READ_ROW) {
			if (!collect(session, &tally, payments, &payment, &act))
				break;
			continue;
		}
		refuse(&tally, payments, NULL, payments->fault,
		       result_info(RESULT_FIELD_INVALID)->exit);
		if (payments->table.fault != TABLE_NO_FAULT)
			break; /* what follows cannot be told apart */
	}
	tell_tally(session, &tally);
	json_decref(tally.items);
	return tally.worst;
}

int copay_import(struct session *session, const char *path)
{
	ASSERT(session != NULL && path != NULL);
	static struct profile profile;
	static struct payments payments;
	const char *name = arguments_flag(&session->arguments, "profile");
	struct buffer text = {NULL, 0, 0};
	uint32_t segregation = 0;
	if (!take_segregation(session, &segregation) || !session_flags_used(session))
		return EXIT_USAGE;
	int code = layout_load(session, name == NULL ? "pagopa-payments" : name,
				&copay_payment_set, &profile);
	if (code == EXIT_DONE)
		code = read_file(path, &text);
	if (code == EXIT_DONE) {
		if (payments_begin(&payments, &profile, segregation, buffer_slice(&text))) {
			code = collect_all(session, &payments);
		} else {
			session_usage("%s, %s", path, payments.fault);
			code = result_info(RESULT_FIELD_INVALID)->exit;
		}
	}
	buffer_free(&text);
	return code;
}
