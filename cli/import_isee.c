/* Answers of INPS from a file: see import_isee.h. */
#include "cli/import_isee.h"

#include "cli/import_invoice.h"
#include "connectors/intake/isee.h"
#include "engine/base/assert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_lines(const struct session *session, const json_t *report)
{
	size_t at;
	json_t *line;
	if (session->is_json) {
		session_print_json(report);
		return;
	}
	json_array_foreach(report, at, line)
	{
		const char *done = intake_text(line, "done");
		bool is_done = done[0] != '\0';
		if (is_done && session->is_quiet)
			continue;
		fprintf(is_done ? stdout : stderr, "line %lld %s %s: %s%s%s\n",
			(long long)intake_number(line, "line"), intake_text(line, "beneficiary"),
			intake_text(line, "type"), is_done ? done : intake_text(line, "text"),
			intake_text(line, "isee")[0] == '\0' ? "" : " ", intake_text(line, "isee"));
	}
}

static int take(struct session *session, const struct buffer *answers,
		const struct persons *persons, bool takes_discrepancies)
{
	struct intake intake = import_intake(session);
	json_t *report = NULL;
	enum result result = intake_isee_file(&intake, buffer_slice(answers), persons,
					      takes_discrepancies, &report);
	print_lines(session, report);
	if (json_array_size(report) == 0)
		session_usage("the file holds no answer");
	json_decref(report);
	intake_free(&intake);
	return result_info(result)->exit;
}

int import_persons(const char *file, struct persons *persons, void **ret_memory)
{
	struct buffer text = {NULL, 0, 0};
	*ret_memory = NULL;
	if (!buffer_read_file(&text, file))
		return session_usage("cannot read %s: %s", file, strerrordesc_np(errno));
	size_t size = persons_memory(buffer_slice(&text));
	size += ARENA_ALIGNMENT - size % ARENA_ALIGNMENT;
	*ret_memory = aligned_alloc(ARENA_ALIGNMENT, size);
	struct arena arena;
	int code = EXIT_DONE;
	if (*ret_memory == NULL) {
		code = session_usage("no memory for %s", file);
	} else {
		arena_init(&arena, *ret_memory, size);
		if (!persons_read(persons, &arena, buffer_slice(&text))) {
			session_usage("%s, line %u%s%s: %s", file, persons->line,
				      persons->column == NULL ? "" : ", column ",
				      persons->column == NULL ? "" : persons->column,
				      persons_fault_text(persons->fault, RESULT_LANGUAGE_EN));
			code = result_info(RESULT_FIELD_INVALID)->exit;
		}
	}
	buffer_free(&text);
	return code;
}

int import_isee(struct session *session)
{
	const char *file = arguments_word(&session->arguments);
	const char *who = arguments_flag(&session->arguments, "persons");
	bool takes = arguments_has(&session->arguments, "with-discrepancies");
	struct buffer answers = {NULL, 0, 0};
	struct persons persons;
	void *memory = NULL;
	if (file == NULL || who == NULL)
		return session_usage(
		    "titoli import isee FILE --persons FILE [--with-discrepancies]");
	if (!session_flags_used(session))
		return EXIT_USAGE;
	int code = import_persons(who, &persons, &memory);
	if (code == EXIT_DONE && !buffer_read_file(&answers, file))
		code = session_usage("cannot read %s: %s", file, strerrordesc_np(errno));
	else if (code == EXIT_DONE)
		code = take(session, &answers, &persons, takes);
	buffer_free(&answers);
	free(memory);
	return code;
}
