/* Files of treasurers and banks on their way into the ledger, through doors that a test opens: which
 * lines are sent and with what, what is told, and what happens when a door fails. */
#include "connectors/intake/outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A ledger of a few answers. */
struct doors {
	const char *ambiti;
	const char *recorded; /* payment-outcomes, after the batch */
	bool is_closed;
	bool fails_batch;
	bool fails_list;
	bool fails_services;
	bool has_rows;	/* of one statement, two impegni */
	bool is_paid;	/* it */
	uint32_t lines; /* how often its lines were read */
	bool is_sent;
	char sent[4096]; /* lines of the batch */
	char posts[1024];
	const char *answer; /* of each line of the batch */
};

/* Rows of 264,05 (two services of one SIOPE code), of 100,00 less a credit note of 10,00, and of
 * 30,00 of the same impegno and another code. Of the first 100,00 were transferred. */
static json_t *fetch_rows(struct doors *doors, const char *path)
{
	static const char lines[] =
	    "{\"items\":[{\"id\":\"stl_1\",\"commitment\":\"imp_1\",\"service\":\"SAD\","
	    "\"net_cents\":20000},{\"id\":\"stl_2\",\"commitment\":\"imp_1\",\"service\":\"OSS\","
	    "\"net_cents\":6405},{\"id\":\"stl_3\",\"commitment\":\"imp_2\",\"service\":\"SAD\","
	    "\"net_cents\":10000},{\"id\":\"stl_4\",\"commitment\":\"imp_1\",\"service\":\"BUS\","
	    "\"net_cents\":3000}]}";
	static const char adjustments[] =
	    "{\"items\":[{\"id\":\"adj_1\",\"line\":\"stl_3\",\"kind\":\"CREDITED\","
	    "\"net_cents\":1000},{\"id\":\"adj_2\",\"line\":\"stl_1\",\"kind\":\"PAID\","
	    "\"net_cents\":10000},{\"id\":\"adj_3\",\"line\":\"stl_4\",\"kind\":"
	    "\"REVERSED\",\"net_cents\":7}]}";
	const char *asked = doors->is_paid ? "/v1/statements?state=PAID"
					   : "/v1/statements?state=EXPORTED";
	if (strncmp(path, asked, strlen(asked)) == 0)
		return json_pack("{s:[{s:s, s:s, s:s, s:i}]}", "items", "id", "stm_9", "state",
				 doors->is_paid ? "PAID" : "EXPORTED", "paid_on", "2026-03-01",
				 "payable_net_cents", 38405);
	if (strncmp(path, "/v1/services/", 13) == 0)
		return doors->fails_services
			   ? NULL
			   : json_pack("{s:s}", "siope_code",
				       strcmp(path + 13, "BUS") == 0 ? "1030215008" : "1030215009");
	if (strncmp(path, "/v1/line-adjustments?statement=stm_9", 36) == 0)
		return json_loads(adjustments, 0, NULL);
	if (strncmp(path, "/v1/statements/stm_9/lines", 26) != 0)
		return json_loads("{\"items\":[]}", 0, NULL);
	doors->lines++;
	return json_loads(lines, 0, NULL);
}

static json_t *fetch(void *context, const char *path)
{
	struct doors *doors = context;
	if (strncmp(path, "/v1/ambiti?", 11) == 0)
		return json_loads(doors->ambiti, 0, NULL);
	if (strcmp(path, "/v1/ambiti/CREMA") == 0)
		return json_pack("{s:s}", "code", "CREMA");
	if (strcmp(path, "/v1/files-in/fin_1") == 0)
		return json_pack("{s:s}", "state", doors->is_closed ? "CLOSED" : "OPEN");
	if (strncmp(path, "/v1/payment-outcomes?", 21) == 0)
		return json_loads(doors->is_sent || doors->is_closed ? doors->recorded
								     : "{\"items\":[]}",
				  0, NULL);
	if (doors->fails_list)
		return NULL;
	if (doors->has_rows)
		return fetch_rows(doors, path);
	if (strncmp(path, "/v1/statements?state=ORDERED", 28) == 0)
		return json_loads("{\"items\":[{\"payable_net_cents\":4520,"
				  "\"payable_vat_cents\":226,\"paid_net_cents\":1000}]}",
				  0, NULL);
	if (strcmp(path, "/v1/statements/stm_7") == 0)
		return json_loads("{\"payable_net_cents\":900,\"paid_net_cents\":100}", 0, NULL);
	if (strcmp(path, "/v1/export-items/exi_2001") == 0)
		return json_loads("{\"net_cents\":700}", 0, NULL);
	return json_loads("{\"items\":[]}", 0, NULL);
}

static bool post(void *context, const char *path, const json_t *body, json_t **ret_answer)
{
	struct doors *doors = context;
	char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
	size_t used = strlen(doors->posts);
	snprintf(doors->posts + used, sizeof(doors->posts) - used, "%s %s\n", path, text);
	free(text);
	*ret_answer = json_pack("{s:s}", "file_in", "fin_1");
	return true;
}

static bool batch(void *context, const char *path, struct slice lines,
		  void (*take)(void *taker, const json_t *answer), void *taker)
{
	struct doors *doors = context;
	assert_string_equal(path, "/v1/payment-outcomes:batch");
	snprintf(doors->sent, sizeof(doors->sent), "%.*s", (int)lines.size, lines.data);
	json_t *answer = json_loads(doors->answer, 0, NULL);
	take(taker, answer);
	json_decref(answer);
	doors->is_sent = !doors->fails_batch;
	return !doors->fails_batch;
}

static const char one_ambito[] = "{\"items\":[{\"code\":\"CREMA\"}]}";
static const char one_line[] = "{\"items\":[{\"id\":\"pyo_1\",\"line\":1,\"state\":\"APPLIED\","
			       "\"kind\":\"PAID\",\"amount_cents\":4520}]}";
static const char a_table[] = "kind,amount,day,end_to_end_id,receipt_number\n"
			      "PAID,45.20,2026-03-10,VCH-202601-S1-001,Q-1\n"
			      "PAID,35.20,2026-03-10,STIPENDIO ROSSI,Q-2\n"
			      "PAID,46.99,2026-03-10,,Q-3\n"
			      "COLLECTED,35.20,2026-03-10,RF18,Q-4\n";

static struct doors ready(void)
{
	return (struct doors){.ambiti = one_ambito,
			      .recorded = one_line,
			      .answer = "{\"id\":\"1\",\"result\":\"ok\"}"};
}

static enum result run(struct doors *doors, struct outcome_intake *intake, const char *text,
		       json_t **ret_report)
{
	intake->context = doors;
	intake->fetch = fetch;
	intake->post = post;
	intake->batch = batch;
	intake->profiles = "connectors/profiles";
	return outcome_intake(intake, slice_from_text(text), ret_report);
}

static int64_t number(const json_t *report, const char *name)
{
	return json_integer_value(json_object_get(report, name));
}

/* Ours by reference; by an amount that is waited for, without the stranger's text; not the rest. */
static void what_is_sent(void **state)
{
	(void)state;
	struct doors doors = ready();
	struct outcome_intake intake = {.is_dry = false};
	json_t *report = NULL;
	assert_int_equal(run(&doors, &intake, a_table, &report), RESULT_OK);
	assert_non_null(strstr(doors.sent, "\"end_to_end\":\"VCH-202601-S1-001\""));
	assert_non_null(strstr(doors.sent, "\"line\":2,\"amount_cents\":3520"));
	assert_null(strstr(doors.sent, "ROSSI"));
	assert_null(strstr(doors.sent, "\"line\":3"));
	assert_null(strstr(doors.sent, "\"line\":4"));
	assert_non_null(strstr(doors.posts, "\"line_count\":4"));
	assert_non_null(strstr(doors.posts, "\"total_cents\":16259"));
	assert_non_null(strstr(doors.posts,
			       ":close {\"other_cents\":11739,\"other_count\":3}"));
	assert_int_equal(number(report, "others"), 3);
	assert_int_equal(json_array_size(json_object_get(report, "lines")), 1);
	json_decref(report);
}

/* A line without our reference that pays one transfer of a statement is the ledger's to judge; what
 * is no transfer stays in the file. */
static void single_transfers(void **state)
{
	(void)state;
	struct doors doors = ready();
	struct outcome_intake intake = {.is_dry = false};
	json_t *report = NULL;
	doors.has_rows = true;
	assert_int_equal(run(&doors, &intake,
			     "kind,amount,day,end_to_end_id\nPAID,264.05,2026-03-10,ROSSI\n"
			     "PAID,264.04,2026-03-10,ROSSI\nPAID,90.00,2026-03-10,\n"
			     "PAID,200.00,2026-03-10,\nPAID,30.00,2026-03-10,\n"
			     "PAID,29.93,2026-03-10,\nPAID,164.05,2026-03-10,\n",
			     &report),
			 RESULT_OK);
	static const char *const sent[] = {"\"line\":1,\"amount_cents\":26405",
					   "\"line\":3,\"amount_cents\":9000",
					   "\"line\":5,\"amount_cents\":3000",
					   "\"line\":7,\"amount_cents\":16405"};
	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++)
		assert_non_null(strstr(doors.sent, sent[i]));
	static const char *const kept[] = {"ROSSI", "\"line\":2", "\"line\":4", "\"line\":6"};
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		assert_null(strstr(doors.sent, kept[i]));
	assert_int_equal(doors.lines, 1);
	json_decref(report);
}

/* Lines of a paid statement are read only where a transfer may have come back in its days. */
static void returned_transfers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint32_t lines;
	} rows[] = {
	    {"kind,amount,day\nRETURNED,264.05,2026-04-30\n", 1},
	    {"kind,amount,day\nRETURNED,264.05,2026-05-01\n", 0},
	    {"kind,amount,day\nRETURNED,264.05,2026-02-28\n", 0},
	    {"kind,amount,day\nPAID,264.05,2026-03-10\n", 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct doors doors = ready();
		struct outcome_intake intake = {.is_dry = false};
		json_t *report = NULL;
		doors.has_rows = doors.is_paid = true;
		assert_int_equal(run(&doors, &intake, rows[i].text, &report), RESULT_OK);
		assert_int_equal(doors.lines, rows[i].lines);
		assert_int_equal(strstr(doors.sent, "26405") != NULL, rows[i].lines == 1);
		json_decref(report);
	}
}

/* A rejection that names no amount is of what is left to pay of the statement or of the payment in an
 * export that our reference names; the file then tells no total. */
static void an_amount_left_out(void **state)
{
	static const char *const references[] = {"VCH-202601-S7-001", "TIT-3-2001-4"};
	static const char *const amounts[] = {"\"amount_cents\":800", "\"amount_cents\":700"};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct doors doors = ready();
		struct outcome_intake intake = {.is_dry = false};
		json_t *report = NULL;
		char text[512];
		snprintf(text, sizeof(text),
			 "<Document><CstmrPmtStsRpt><GrpHdr><MsgId>B</MsgId>"
			 "<CreDtTm>2026-03-08T12:00:00</CreDtTm></GrpHdr>"
			 "<OrgnlGrpInfAndSts><OrgnlMsgId>F</OrgnlMsgId></OrgnlGrpInfAndSts>"
			 "<OrgnlPmtInfAndSts><TxInfAndSts><OrgnlEndToEndId>%s</OrgnlEndToEndId>"
			 "<TxSts>RJCT</TxSts></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt>"
			 "</Document>",
			 references[i]);
		assert_int_equal(run(&doors, &intake, text, &report), RESULT_OK);
		assert_non_null(strstr(doors.sent, amounts[i]));
		assert_non_null(strstr(doors.posts, "\"total_cents\":0"));
		json_decref(report);
	}
}

static void known_before(void **state)
{
	(void)state;
	struct doors doors = ready();
	struct outcome_intake intake = {.is_dry = false};
	json_t *report = NULL;
	doors.is_closed = true;
	assert_int_equal(run(&doors, &intake, a_table, &report), RESULT_OK);
	assert_true(json_is_true(json_object_get(report, "again")));
	assert_int_equal(doors.sent[0], '\0');
	assert_null(strstr(doors.posts, ":close"));
	json_decref(report);
}

static void only_looked_at(void **state)
{
	(void)state;
	struct doors doors = ready();
	struct outcome_intake intake = {.is_dry = true};
	json_t *report = NULL;
	assert_int_equal(run(&doors, &intake, a_table, &report), RESULT_OK);
	assert_int_equal(doors.posts[0], '\0');
	assert_int_equal(json_array_size(json_object_get(report, "lines")), 2);
	json_decref(report);
}

/* A line that the ledger refused keeps the file open, and is told with its remedy. */
static void refused(void **state)
{
	(void)state;
	struct doors doors = ready();
	struct outcome_intake intake = {.is_dry = false};
	json_t *report = NULL;
	doors.answer = "{\"id\":\"2\",\"code\":\"field_out_of_range\",\"remedy\":\"look\"}";
	assert_int_equal(run(&doors, &intake, a_table, &report), RESULT_OK);
	assert_null(strstr(doors.posts, ":close"));
	const json_t *line = json_array_get(json_object_get(report, "lines"), 1);
	assert_string_equal(json_string_value(json_object_get(line, "state")), "NOT_RECORDED");
	assert_string_equal(json_string_value(json_object_get(line, "remedy")), "look");
	json_decref(report);
}

static void expect_fault(struct doors *doors, const char *text, const char *format,
			 enum result wanted)
{
	struct outcome_intake intake = {.format = format, .is_italian = true};
	json_t *report = NULL;
	assert_int_equal(run(doors, &intake, text, &report), wanted);
	assert_null(report);
	if (wanted != RESULT_UNREACHABLE)
		assert_int_not_equal(intake.fault[0], '\0');
}

static void faults(void **state)
{
	(void)state;
	struct doors doors = ready();
	expect_fault(&doors, "a;b\n1;2\n", NULL, RESULT_FIELD_INVALID);
	expect_fault(&doors, "", NULL, RESULT_FIELD_INVALID);
	expect_fault(&doors, "<a><b></a>", NULL, RESULT_FIELD_INVALID);
	expect_fault(&doors, "<!DOCTYPE a><a/>", NULL, RESULT_FIELD_INVALID);
	expect_fault(&doors, a_table, "nobody", RESULT_NOT_FOUND);
	expect_fault(&doors, a_table, "outcome-cents", RESULT_FIELD_INVALID);
	expect_fault(&doors, "kind,amount,day\nPAID,x,2026-03-10\n", NULL, RESULT_FIELD_INVALID);
	assert_int_equal(doors.posts[0], '\0');
	doors.ambiti = "{\"items\":[{\"code\":\"A\"},{\"code\":\"B\"}]}";
	expect_fault(&doors, a_table, NULL, RESULT_UNKNOWN_REFERENCE);
	doors.ambiti = one_ambito;
	doors.fails_list = true;
	expect_fault(&doors, a_table, NULL, RESULT_UNREACHABLE);
	doors.fails_list = false;
	doors.fails_batch = true;
	expect_fault(&doors, a_table, NULL, RESULT_UNREACHABLE);
	doors.fails_batch = false;
	doors.has_rows = doors.fails_services = true;
	expect_fault(&doors, a_table, NULL, RESULT_UNREACHABLE);
	assert_null(strstr(doors.posts, ":close"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_sent),   cmocka_unit_test(an_amount_left_out),
	    cmocka_unit_test(known_before),   cmocka_unit_test(only_looked_at),
	    cmocka_unit_test(refused),	      cmocka_unit_test(faults),
	    cmocka_unit_test(single_transfers), cmocka_unit_test(returned_transfers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
