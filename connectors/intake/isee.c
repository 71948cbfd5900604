/* Answers of INPS into the ledger: see isee.h. */
#include "connectors/intake/isee.h"

#include "connectors/format/isee.h"
#include "connectors/xml/xml.h"
#include "engine/base/assert.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ANSWERS_MAX 20000u
#define XML_SIZE    16384u /* of one decoded element */

struct answers {
	struct intake *intake;
	const struct persons *persons;
	json_t *report;
	enum result result; /* the first that is not OK */
	bool takes_discrepancies;
};

/* A member by its name in any case; NULL: none. */
static const json_t *member(const json_t *object, const char *name)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (strcasecmp(key, name) == 0)
			return value;
	}
	return NULL;
}

static struct slice text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(member(object, name));
	return slice_from_text(text == NULL ? "" : text);
}

/* The same for numbers that are written as such. */
static struct slice number_of(const json_t *object, const char *name, char ret_text[40])
{
	const json_t *value = member(object, name);
	if (json_is_integer(value)) {
		snprintf(ret_text, 40, "%lld", (long long)json_integer_value(value));
		return slice_from_text(ret_text);
	}
	char *text = json_is_real(value) ? json_dumps(value, JSON_ENCODE_ANY |
							    JSON_REAL_PRECISION(15))
					 : NULL;
	if (text == NULL)
		return text_of(object, name);
	/* "9105.9" and "9105.94": two decimals, as an amount has */
	const char *point = strchr(text, '.');
	snprintf(ret_text, 40, "%.36s%s", text,
		 point != NULL && strlen(point) == 2 ? "0" : "");
	free(text);
	return slice_from_text(ret_text);
}

static void tell(json_t *line, const char *name, const char *text)
{
	json_object_set_new(line, name, json_string(text));
}

static enum result fail(json_t *line, enum result result, const char *text, const char *about)
{
	char full[200];
	snprintf(full, sizeof(full), "%s%s%.80s", text, about[0] == '\0' ? "" : ": ", about);
	tell(line, "text", full);
	return result;
}

/* ---- What INPS answered ---- */

/* From the decoded form: the element's attributes as members. */
static bool read_decoded(const json_t *indicator, struct isee_answer *answer,
			 const char **ret_name)
{
	char number[40];
	struct slice to = text_of(indicator, "DataValidita");
	*ret_name = "ISEE";
	if (!isee_amount(number_of(indicator, "ISEE", number), &answer->amount))
		return false;
	*ret_name = "DataPresentazione";
	if (!day_parse(text_of(indicator, "DataPresentazione"), &answer->from))
		return false;
	*ret_name = "DataValidita";
	if (to.size > 0 && !day_parse(to, &answer->to))
		return false;
	answer->has_discrepancies =
	    slice_equals_text(text_of(indicator, "PresenzaDifformita"), "SI");
	return true;
}

/* From the element, which comes in base64. */
static bool read_element(struct slice base64, struct isee_answer *answer, const char **ret_name)
{
	static unsigned char xml[XML_SIZE];
	static _Alignas(64) unsigned char memory[8 * XML_SIZE];
	static const struct xml_limits limits = {
	    .size = XML_SIZE, .depth = 16, .nodes = 1024, .text = 4096};
	char fault[XML_FAULT_SIZE];
	struct arena arena;
	const struct tree_node *root;
	*ret_name = "XmlEsitoIndicatore";
	if (base64.size == 0 || base64.size % 4 != 0 || base64.size / 4 * 3 > XML_SIZE)
		return false;
	int size = EVP_DecodeBlock(xml, (const unsigned char *)base64.data, (int)base64.size);
	while (size > 0 && xml[size - 1] == '\0')
		size--; /* what "=" stands for */
	arena_init(&arena, memory, sizeof(memory));
	return size > 0 &&
	       xml_read((struct slice){(const char *)xml, (uint32_t)size}, &limits, &arena, &root,
			fault) == RESULT_OK &&
	       isee_read(root, answer, ret_name);
}

static enum result read_result(const json_t *result, struct isee_answer *answer, json_t *line)
{
	const char *name = "";
	struct slice word = text_of(result, "esito");
	enum isee_outcome outcome = isee_outcome_of(word);
	const json_t *decoded = member(member(result, "xmlEsitoIndicatoreDecoded"), "indicatore");
	if (outcome != ISEE_OUTCOME_UNKNOWN) /* other words, and descriptions, may name a person */
		json_object_set_new(line, "esito", intake_json_slice(word));
	if (outcome != ISEE_OUTCOME_OK) {
		bool is_later =
		    outcome == ISEE_OUTCOME_OFFLINE || outcome == ISEE_OUTCOME_INTERNAL;
		return fail(line, is_later ? RESULT_UNREACHABLE : RESULT_CHECK_FAILED,
			    isee_outcome_text(outcome), "");
	}
	bool is_read = decoded != NULL
			   ? read_decoded(decoded, answer, &name)
			   : read_element(text_of(result, "xmlEsitoIndicatore"), answer, &name);
	if (!is_read)
		return fail(line, RESULT_FIELD_INVALID, "cannot be read in the answer", name);
	return RESULT_OK;
}

/* ---- Into the ledger ---- */

static json_t *command_of(const char *beneficiary, const char *type,
			  const struct isee_answer *answer)
{
	char day[DAY_TEXT_SIZE + 1] = "";
	day_format(answer->from, day);
	json_t *body = json_pack("{s:s, s:s, s:s}", "beneficiary", beneficiary, "type", type,
				 "valid_from", day);
	json_object_set_new(body, "amount_cents", intake_json_cents(answer->amount));
	if (answer->to.number != 0) {
		day_format(answer->to, day);
		tell(body, "valid_to", day);
	}
	return body;
}

/* One of the same type and day is there: the same amount is the same answer. */
static enum result compare_known(struct answers *answers, const char *id,
				 const struct isee_answer *answer, json_t *line)
{
	char path[INTAKE_PATH_SIZE];
	snprintf(path, sizeof(path), "/v1/isee/%.64s", id);
	const json_t *known = intake_get(answers->intake, path);
	tell(line, "isee", id);
	if (known != NULL && cents_equal(intake_cents(known, "amount_cents"), answer->amount)) {
		tell(line, "done", "nothing: it was known");
		return RESULT_OK;
	}
	return fail(line, RESULT_ALREADY_EXISTS,
		    "another amount is recorded for the same type and day: annul it first", id);
}

static enum result record(struct answers *answers, json_t *body, const struct isee_answer *answer,
			  json_t *line)
{
	json_t *told = NULL;
	enum result result = intake_post(answers->intake, "/v1/isee", body, &told);
	const char *id = intake_text(told, "isee");
	json_decref(body);
	if (result == RESULT_ALREADY_EXISTS && id[0] != '\0') {
		result = compare_known(answers, id, answer, line);
	} else if (result != RESULT_OK) {
		result = fail(line, result, intake_text(told, "detail"),
			      intake_text(told, "pointer"));
	} else {
		tell(line, "done", answers->intake->is_dry ? "would be recorded" : "recorded");
		if (id[0] != '\0')
			tell(line, "isee", id);
	}
	json_decref(told);
	return result;
}

static enum result take_answer(struct answers *answers, const json_t *asked, json_t *line)
{
	struct isee_answer answer = {.from = {0}};
	char beneficiary[32] = "";
	const json_t *response = member(asked, "consultazioneIndicatoreResponse");
	const json_t *result = member(response, "consultazioneIndicatoreResult");
	const struct person *person =
	    persons_find_tax_code(answers->persons, text_of(asked, "codiceFiscale"));
	const char *type = isee_type_of(text_of(asked, "tipoIndicatore"));
	if (result == NULL)
		return fail(line, RESULT_FIELD_MISSING, "no answer of INPS in it",
			    "consultazioneIndicatoreResponse");
	if (person == NULL)
		return fail(line, RESULT_UNKNOWN_REFERENCE,
			    "the persons file lacks the person of this question", "");
	struct slice id = PERSONS_TEXT_OF(person->beneficiary);
	ASSERT(id.size < sizeof(beneficiary));
	memcpy(beneficiary, id.data, id.size);
	tell(line, "beneficiary", beneficiary);
	if (type == NULL)
		return fail(line, RESULT_FIELD_INVALID, "not a type of the ledger",
			    "tipoIndicatore");
	tell(line, "type", type);
	enum result read = read_result(result, &answer, line);
	if (read != RESULT_OK)
		return read;
	if (answer.has_discrepancies && !answers->takes_discrepancies)
		return fail(line, RESULT_CHECK_FAILED,
			    "INPS found omissions or discrepancies: decide, then say "
			    "--with-discrepancies",
			    "");
	return record(answers, command_of(beneficiary, type, &answer), &answer, line);
}

static void take_line(struct answers *answers, const json_t *asked, uint32_t number)
{
	json_t *line = json_pack("{s:i}", "line", (int)number);
	enum result result = json_is_object(asked)
				 ? take_answer(answers, asked, line)
				 : fail(line, RESULT_BAD_REQUEST, "not a JSON object", "");
	tell(line, "result", result_code(result));
	json_array_append_new(answers->report, line);
	if (answers->result == RESULT_OK)
		answers->result = result;
}

/* Values one after the other, however lines are broken between them. */
static void take_stream(struct answers *answers, struct slice bytes)
{
	const char *at = bytes.data;
	const char *end = bytes.data + bytes.size;
	for (uint32_t number = 1; number <= ANSWERS_MAX; number++) {
		json_error_t error;
		while (at < end && strchr(" \t\r\n", *at) != NULL && *at != '\0')
			at++;
		if (at == end)
			return;
		json_t *value =
		    json_loadb(at, (size_t)(end - at), JSON_DISABLE_EOF_CHECK, &error);
		take_line(answers, value, number);
		json_decref(value);
		if (value == NULL)
			return; /* what follows cannot be told apart */
		at += error.position;
	}
}

enum result intake_isee_file(struct intake *intake, struct slice bytes,
			     const struct persons *persons, bool takes_discrepancies,
			     json_t **ret_report)
{
	ASSERT(intake != NULL && persons != NULL && ret_report != NULL);
	struct answers answers = {.intake = intake,
				  .persons = persons,
				  .report = json_array(),
				  .result = RESULT_OK,
				  .takes_discrepancies = takes_discrepancies};
	json_t *all = json_loadb(bytes.data, bytes.size, 0, NULL);
	if (json_is_array(all)) {
		size_t at;
		json_t *asked;
		json_array_foreach(all, at, asked) take_line(&answers, asked, (uint32_t)at + 1);
	} else {
		take_stream(&answers, bytes);
	}
	if (json_array_size(answers.report) == 0)
		answers.result = RESULT_BAD_REQUEST;
	json_decref(all);
	*ret_report = answers.report;
	return answers.result;
}
