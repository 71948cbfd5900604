/* Binary batches: see binary.h. Every check of the form comes before the command is made; the texts
 * that lines name are read by the same code as those of JSON, once for all lines that name them. */
#include "engine/api/binary.h"

#include "engine/api/fields.h"
#include "engine/api/key.h"
#include "engine/api/value.h"
#include "engine/base/assert.h"
#include "engine/base/crc32c.h"
#include "engine/base/text.h"

#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are copied as they lie");

/* Where each member of a record stands: LINE_start, ANSWER_net ... */
#define B(offset, width, FORM, member, meaning) HEADER_##member = (offset),
enum { BINARY_HEADER(B) };
#undef B
#define B(offset, width, FORM, member, meaning) LINE_##member = (offset),
enum { BINARY_LINE(B) };
#undef B
#define B(offset, width, FORM, member, meaning) ANSWER_##member = (offset),
enum { BINARY_ANSWER(B) };
#undef B

/* Bits of `flags` and `given`. */
enum { FLAG_LOCATED = 1, FLAG_INDIRECT = 2, FLAG_REPLAYED = 1 };
enum { GIVEN_END = 1, GIVEN_PROOF_AT = 2, GIVEN_EVV_START = 4, GIVEN_EVV_END = 8, GIVEN_ALL = 15 };

/* Fields of the command, by name. */
#define F(TYPE, name, argument, flag, meaning) FIELD_AT_##name,
enum { COMMAND_REDEMPTION_SUBMIT(F) };
#undef F

static_assert(VALUE_REFERENCE_MAX == BINARY_RECORD_SIZE, "a name holds any reference");
static_assert(BINARY_LINES_MAX <= BATCH_LINES_MAX, "a binary batch is a batch");
static_assert((1u + BINARY_NAMES_MAX + BINARY_LINES_MAX) * BINARY_RECORD_SIZE <=
		  BATCH_BODY_SIZE_MAX,
	      "the largest binary batch is a body");

/* ---- Numbers ---- */

static uint16_t u16_at(const unsigned char *bytes)
{
	uint16_t value;
	memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint32_t u32_at(const unsigned char *bytes)
{
	uint32_t value;
	memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint64_t u64_at(const unsigned char *bytes)
{
	uint64_t value;
	memcpy(&value, bytes, sizeof(value));
	return value;
}

static int32_t i32_at(const unsigned char *bytes)
{
	int32_t value;
	memcpy(&value, bytes, sizeof(value));
	return value;
}

static bool is_zero(const unsigned char *bytes, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static void put_u16(unsigned char *bytes, uint16_t value)
{
	memcpy(bytes, &value, sizeof(value));
}

static void put_u32(unsigned char *bytes, uint32_t value)
{
	memcpy(bytes, &value, sizeof(value));
}

static void put_u64(unsigned char *bytes, uint64_t value)
{
	memcpy(bytes, &value, sizeof(value));
}

static void put_i64(unsigned char *bytes, int64_t value)
{
	memcpy(bytes, &value, sizeof(value));
}

static void put_cents(unsigned char *bytes, struct cents amount)
{
	memcpy(bytes, &amount, sizeof(amount));
}

/* ---- The body ---- */

static enum result refuse_body(struct api_problem *problem, enum result result, const char *member)
{
	*problem = problem_of_name(result, PROBLEM_EXPECTS_NOTHING, slice_from_text(member));
	return result;
}

static uint32_t checksum_of(const unsigned char *body, uint32_t size)
{
	uint32_t crc = crc32c(body, HEADER_checksum);
	return crc32c_extend(crc, body + BINARY_RECORD_SIZE, size - BINARY_RECORD_SIZE);
}

static enum result read_header(const unsigned char *body, uint32_t size,
			       struct api_problem *ret_problem)
{
	enum result malformed = RESULT_MALFORMED_BINARY;
	if (size < BINARY_RECORD_SIZE ||
	    memcmp(body, BINARY_MAGIC_REQUEST, BINARY_MAGIC_SIZE) != 0)
		return refuse_body(ret_problem, malformed, "magic");
	if (u16_at(body + HEADER_version) != BINARY_VERSION)
		return refuse_body(ret_problem, malformed, "version");
	if (u16_at(body + HEADER_record_size) != BINARY_RECORD_SIZE)
		return refuse_body(ret_problem, malformed, "record_size");
	uint32_t lines = u32_at(body + HEADER_line_count);
	uint32_t names = u32_at(body + HEADER_name_count);
	if (lines > BINARY_LINES_MAX || names > BINARY_NAMES_MAX)
		return refuse_body(ret_problem, RESULT_BATCH_TOO_LARGE,
				   lines > BINARY_LINES_MAX ? "line_count" : "name_count");
	if (lines == 0 || size != (1 + names + lines) * BINARY_RECORD_SIZE)
		return refuse_body(ret_problem, malformed, "line_count");
	if (!is_zero(body + HEADER_reserved_1, HEADER_checksum - HEADER_reserved_1))
		return refuse_body(ret_problem, malformed, "reserved");
	if (u32_at(body + HEADER_checksum) != checksum_of(body, size))
		return refuse_body(ret_problem, malformed, "checksum");
	return RESULT_OK;
}

/* The text of a name; size 0: not a text padded with zeros. */
static struct slice name_text(const unsigned char *name)
{
	uint32_t size = 0;
	while (size < BINARY_RECORD_SIZE && name[size] != 0)
		size++;
	if (!is_zero(name + size, BINARY_RECORD_SIZE - size))
		size = 0;
	return (struct slice){(const char *)name, size};
}

enum result binary_open(struct binary_reader *binary, struct slice body,
			struct api_problem *ret_problem)
{
	ASSERT(binary != NULL && ret_problem != NULL);
	const unsigned char *bytes = (const unsigned char *)body.data;
	enum result result = read_header(bytes, body.size, ret_problem);
	if (result != RESULT_OK)
		return result;
	binary->name_count = u32_at(bytes + HEADER_name_count);
	binary->line_count = u32_at(bytes + HEADER_line_count);
	binary->names = bytes + BINARY_RECORD_SIZE;
	binary->lines = binary->names + binary->name_count * BINARY_RECORD_SIZE;
	binary->read = 0;
	binary->last_id = 0;
	binary->service = (struct binary_code){0, 0};
	binary->performer = (struct binary_code){0, 0};
	binary->tariff = (struct binary_code){0, 0};
	memset(binary->operators, 0, binary->name_count * sizeof(binary->operators[0]));
	for (uint32_t i = 0; i < binary->name_count; i++)
		if (name_text(binary->names + i * BINARY_RECORD_SIZE).size == 0)
			return refuse_body(ret_problem, RESULT_MALFORMED_BINARY, "name");
	return RESULT_OK;
}

/* ---- A line ---- */

/* What a line is read with. */
struct reading {
	struct binary_reader *binary;
	const struct api_request *request;
	const struct field_set *set;
	const unsigned char *bytes;
	struct command_redemption_submit *input;
	struct api_problem *problem;
};

static enum result refuse(const struct reading *reading, enum result result, const char *member)
{
	return refuse_body(reading->problem, result, member);
}

static enum result refuse_field(const struct reading *reading, enum result result, uint32_t place)
{
	const struct field *field = &reading->set->fields[place];
	*reading->problem = problem_of_name(result, value_expectation(field),
					    slice_from_text(field->name));
	reading->problem->field = field;
	return result;
}

/* What must be zero, and what must not be more than it may. */
static enum result check_form(const struct reading *reading)
{
	static const struct {
		uint8_t bit;
		uint8_t offset;
	} offsets[] = {{GIVEN_END, LINE_end},
		       {GIVEN_PROOF_AT, LINE_proof_at},
		       {GIVEN_EVV_START, LINE_evv_start},
		       {GIVEN_EVV_END, LINE_evv_end}};
	const unsigned char *bytes = reading->bytes;
	uint8_t given = bytes[LINE_given];
	if (!is_zero(bytes + LINE_reserved, BINARY_RECORD_SIZE - LINE_reserved))
		return refuse(reading, RESULT_MALFORMED_BINARY, "reserved");
	if ((bytes[LINE_flags] & ~(FLAG_LOCATED | FLAG_INDIRECT)) != 0)
		return refuse(reading, RESULT_MALFORMED_BINARY, "flags");
	if ((given & ~GIVEN_ALL) != 0)
		return refuse(reading, RESULT_MALFORMED_BINARY, "given");
	for (uint32_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		if (!(given & offsets[i].bit) && i32_at(bytes + offsets[i].offset) != 0)
			return refuse(reading, RESULT_MALFORMED_BINARY, "given");
	return RESULT_OK;
}

/* An instant so many seconds after the start, or none. */
static enum result read_offset(const struct reading *reading, uint8_t bit, uint32_t offset,
			       uint32_t place)
{
	const struct field *field = &reading->set->fields[place];
	struct instant instant = {0};
	if (reading->bytes[LINE_given] & bit) {
		instant.us = reading->input->start.us +
			     (int64_t)i32_at(reading->bytes + offset) * TIME_US_PER_SECOND;
		if (!value_instant_is_served(instant))
			return refuse_field(reading, RESULT_FIELD_OUT_OF_RANGE, place);
	}
	memcpy((unsigned char *)reading->input + field->offset, &instant, sizeof(instant));
	return RESULT_OK;
}

static enum result read_instants(const struct reading *reading)
{
	struct instant start = {(int64_t)u64_at(reading->bytes + LINE_start)};
	if (!value_instant_is_served(start))
		return refuse_field(reading, RESULT_FIELD_OUT_OF_RANGE, FIELD_AT_start);
	reading->input->start = start;
	if (reading->bytes[LINE_given] == 0)
		return RESULT_OK;
	enum result result = read_offset(reading, GIVEN_END, LINE_end, FIELD_AT_end);
	if (result == RESULT_OK)
		result = read_offset(reading, GIVEN_PROOF_AT, LINE_proof_at, FIELD_AT_proof_at);
	if (result == RESULT_OK)
		result = read_offset(reading, GIVEN_EVV_START, LINE_evv_start, FIELD_AT_evv_start);
	if (result == RESULT_OK)
		result = read_offset(reading, GIVEN_EVV_END, LINE_evv_end, FIELD_AT_evv_end);
	return result;
}

static enum result read_enum(const struct reading *reading, uint32_t offset, uint32_t place)
{
	const struct field *field = &reading->set->fields[place];
	uint8_t number = reading->bytes[offset];
	if (number != 0 && enum_name(field->enumeration, number) == NULL)
		return refuse_field(reading, RESULT_FIELD_INVALID, place);
	*((unsigned char *)reading->input + field->offset) = number;
	return RESULT_OK;
}

/* The value that a name has for a field, read as JSON's texts are. */
static enum result read_name(const struct reading *reading, uint16_t name, uint32_t place)
{
	const struct field *field = &reading->set->fields[place];
	if (name > reading->binary->name_count)
		return refuse(reading, RESULT_MALFORMED_BINARY, field->name);
	struct slice text =
	    name_text(reading->binary->names + (name - 1u) * BINARY_RECORD_SIZE);
	enum result result =
	    value_parse(reading->request, field, text, reading->input, reading->problem);
	if (result != RESULT_OK)
		problem_point(reading->problem, slice_from_text(field->name));
	return result;
}

static enum result read_operator(const struct reading *reading)
{
	uint16_t name = u16_at(reading->bytes + LINE_operator);
	if (name == 0)
		return refuse_field(reading, RESULT_FIELD_MISSING, FIELD_AT_operator);
	uint64_t *known = name <= reading->binary->name_count
			      ? &reading->binary->operators[name - 1u]
			      : NULL;
	if (known != NULL && *known != 0) {
		reading->input->operator= *known;
		return RESULT_OK;
	}
	enum result result = read_name(reading, name, FIELD_AT_operator);
	if (result == RESULT_OK && known != NULL)
		*known = reading->input->operator;
	return result;
}

/* The id of a coded item; the latest one is remembered. */
static enum result read_code(const struct reading *reading, uint32_t offset, uint32_t place,
			     struct binary_code *code)
{
	const struct field *field = &reading->set->fields[place];
	unsigned char *member = (unsigned char *)reading->input + field->offset;
	uint16_t name = u16_at(reading->bytes + offset);
	if (name == 0)
		return RESULT_OK;
	if (name == code->name) {
		memcpy(member, &code->id, sizeof(code->id));
		return RESULT_OK;
	}
	enum result result = read_name(reading, name, place);
	if (result == RESULT_OK) {
		code->name = name;
		memcpy(&code->id, member, sizeof(code->id));
	}
	return result;
}

static enum result read_names(const struct reading *reading)
{
	struct binary_reader *binary = reading->binary;
	enum result result = read_operator(reading);
	if (result == RESULT_OK)
		result = read_code(reading, LINE_service, FIELD_AT_service, &binary->service);
	if (result == RESULT_OK)
		result = read_code(reading, LINE_performer, FIELD_AT_performer, &binary->performer);
	if (result == RESULT_OK)
		result = read_code(reading, LINE_tariff, FIELD_AT_tariff, &binary->tariff);
	return result;
}

static enum result read_input(const struct reading *reading)
{
	const unsigned char *bytes = reading->bytes;
	struct command_redemption_submit *input = reading->input;
	enum result result = check_form(reading);
	if (result != RESULT_OK)
		return result;
	input->voucher.raw = u32_at(bytes + LINE_voucher);
	if (input->voucher.raw == 0)
		return refuse_field(reading, RESULT_FIELD_MISSING, FIELD_AT_voucher);
	input->units = u32_at(bytes + LINE_units);
	input->booking.raw = u32_at(bytes + LINE_booking);
	input->minutes = u16_at(bytes + LINE_minutes);
	input->confirmed_minutes = u16_at(bytes + LINE_confirmed_minutes);
	input->located = (bytes[LINE_flags] & FLAG_LOCATED) != 0;
	input->indirect = (bytes[LINE_flags] & FLAG_INDIRECT) != 0;
	result = read_instants(reading);
	if (result == RESULT_OK)
		result = read_enum(reading, LINE_proof, FIELD_AT_proof);
	if (result == RESULT_OK)
		result = read_enum(reading, LINE_qualification, FIELD_AT_qualification);
	if (result == RESULT_OK)
		result = read_enum(reading, LINE_edit_reason, FIELD_AT_edit_reason);
	return result == RESULT_OK ? read_names(reading) : result;
}

/* Ids rise, so that none comes twice: nothing has to be remembered but the highest. */
static enum result read_id(struct binary_reader *binary, uint64_t id, struct api_problem *problem)
{
	enum result result = id == 0 ? RESULT_FIELD_MISSING : RESULT_DUPLICATE_FIELD;
	if (id > binary->last_id) {
		binary->last_id = id;
		return RESULT_OK;
	}
	*problem = problem_of_name(result, PROBLEM_EXPECTS_LINE_ID, slice_from_text("id"));
	problem->maximum = BATCH_ID_SIZE_MAX;
	return result;
}

static void read_line(struct binary_reader *binary, const struct api_request *request,
		      struct batch_slice *slice)
{
	struct batch_line *line = &slice->lines[slice->line_count++];
	struct command *command = &slice->commands[slice->command_count];
	const unsigned char *bytes = binary->lines + binary->read * BINARY_RECORD_SIZE;
	uint64_t id = u64_at(bytes + LINE_id);
	line->number = ++binary->read;
	line->command = BATCH_NO_COMMAND;
	line->id_size = 0;
	const struct command_info *info =
	    fields_begin(request, COMMAND_KIND_REDEMPTION_SUBMIT, command);
	struct reading reading = {
	    .binary = binary,
	    .request = request,
	    .set = &info->set,
	    .bytes = bytes,
	    .input = &command->input.redemption_submit,
	    .problem = &line->problem,
	};
	enum result result = read_id(binary, id, &line->problem);
	if (result == RESULT_OK)
		result = read_input(&reading);
	if (result != RESULT_OK) {
		line->problem.line = line->number;
		return;
	}
	char digits[TEXT_U64_SIZE_MAX];
	key_bind(request, (struct slice){digits, text_format_u64(id, digits)}, command);
	line->command = slice->command_count++;
}

void binary_read(struct binary_reader *binary, const struct api_request *request,
		 struct batch_slice *slice)
{
	ASSERT(binary != NULL && request != NULL && slice != NULL);
	if (binary->read == 0)
		binary->scope = key_scope_of(request);
	struct api_request scoped = *request;
	scoped.scope = &binary->scope;
	while (slice->line_count < BATCH_SLICE_LINES_MAX && !binary_is_over(binary))
		read_line(binary, &scoped, slice);
}

bool binary_is_over(const struct binary_reader *binary)
{
	ASSERT(binary != NULL && binary->read <= binary->line_count);
	return binary->read == binary->line_count;
}

/* ---- The answer ---- */

uint32_t binary_answer_size(uint32_t line_count)
{
	ASSERT(line_count <= BINARY_LINES_MAX);
	return (1 + line_count) * BINARY_RECORD_SIZE;
}

/* The place of a field among the command's inputs, from 1; 0: none of them. */
static uint8_t place_of(const struct field *field)
{
	const struct field_set *set = &command_info(COMMAND_KIND_REDEMPTION_SUBMIT)->set;
	for (uint32_t i = 0; field != NULL && i < set->count; i++)
		if (field == &set->fields[i])
			return (uint8_t)(i + 1);
	return 0;
}

void binary_answer_line(const struct batch_line *line, const struct outcome *outcome,
			unsigned char *ret_bytes)
{
	ASSERT(line != NULL && ret_bytes != NULL);
	ASSERT(outcome != NULL || line->command == BATCH_NO_COMMAND);
	if (outcome == NULL) {
		memset(ret_bytes, 0, BINARY_RECORD_SIZE);
		put_u16(ret_bytes + ANSWER_result, (uint16_t)line->problem.result);
		ret_bytes[ANSWER_field] = place_of(line->problem.field);
		return;
	}
	put_u64(ret_bytes + ANSWER_sequence, outcome->sequence);
	put_i64(ret_bytes + ANSWER_at, outcome->at.us);
	put_cents(ret_bytes + ANSWER_net, outcome->net);
	put_cents(ret_bytes + ANSWER_gross, outcome->gross);
	put_cents(ret_bytes + ANSWER_short_by, outcome->short_by);
	put_cents(ret_bytes + ANSWER_limit, outcome->limit);
	put_u32(ret_bytes + ANSWER_object, outcome->object);
	put_u32(ret_bytes + ANSWER_units, outcome->units);
	put_u16(ret_bytes + ANSWER_result, (uint16_t)outcome->result);
	put_u16(ret_bytes + ANSWER_cause, (uint16_t)outcome->cause);
	ret_bytes[ANSWER_object_kind] = outcome->object_kind;
	ret_bytes[ANSWER_flags] = outcome->replayed ? FLAG_REPLAYED : 0;
	ret_bytes[ANSWER_field] = place_of(outcome->field);
	ret_bytes[ANSWER_reserved] = 0;
}

void binary_answer_head(unsigned char *answer, uint32_t line_count, uint64_t sequence)
{
	ASSERT(answer != NULL);
	memset(answer, 0, BINARY_RECORD_SIZE);
	memcpy(answer, BINARY_MAGIC_ANSWER, BINARY_MAGIC_SIZE);
	put_u16(answer + HEADER_version, BINARY_VERSION);
	put_u16(answer + HEADER_record_size, BINARY_RECORD_SIZE);
	put_u32(answer + HEADER_line_count, line_count);
	put_u64(answer + HEADER_sequence, sequence);
	put_u32(answer + HEADER_checksum, checksum_of(answer, binary_answer_size(line_count)));
}
