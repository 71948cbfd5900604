/* Messages for App IO: see notice.h. One line for each event:
 *
 *   {"id": "evt_12", "message": {"fiscal_code": …, "content": {"subject", "markdown", "due_date"}}}
 *
 * `id` is the event's: who posts it twice can see it. The tax code comes from the persons file and
 * goes to the lines alone. */
#include "cli/notice.h"

#include "cli/import_isee.h"
#include "cli/show.h"
#include "connectors/format/notice.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct notices {
	struct session *session;
	struct persons persons;
	const char *contact;
	const char *kind;    /* NULL: every kind that persons are told of */
	uint64_t after;	     /* events up to this one were told before */
	FILE *out;
	uint32_t written;
	uint32_t missing;
	json_t *people; /* title -> beneficiary */
};

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}

/* "evt_12" is 12; 0: no event. */
static uint64_t number_of(const char *event)
{
	const char *digits = strchr(event, '_');
	uint64_t number = 0;
	if (digits == NULL || !text_parse_u64(slice_from_text(digits + 1), UINT32_MAX, &number))
		return 0;
	return number;
}

/* Whose title it is, read once; "": it cannot be read. */
static const char *beneficiary_of(struct notices *notices, const char *voucher)
{
	const char *known = json_string_value(json_object_get(notices->people, voucher));
	json_t *title = NULL;
	struct buffer path = {NULL, 0, 0};
	if (known != NULL)
		return known;
	buffer_text(&path, "/v1/vouchers/");
	client_escape(&path, voucher);
	int code = session_get(notices->session, buffer_string(&path), &title);
	json_object_set_new(notices->people, voucher,
			    json_string(code == EXIT_DONE ? text_of(title, "beneficiary") : ""));
	json_decref(title);
	buffer_free(&path);
	return json_string_value(json_object_get(notices->people, voucher));
}

static json_t *message_of(const struct person *person, const struct notice *notice, struct day due)
{
	struct slice code = PERSONS_TEXT_OF(person->tax_code);
	json_t *content =
	    json_pack("{s:s, s:s}", "subject", notice->subject, "markdown", notice->text);
	if (due.number != 0) {
		char instant[DAY_TEXT_SIZE + 16] = "";
		day_format(due, instant);
		memcpy(instant + DAY_TEXT_SIZE, "T12:00:00.000Z", 15); /* that day in Rome too */
		json_object_set_new(content, "due_date", json_string(instant));
	}
	return json_pack("{s:s%, s:o}", "fiscal_code", code.data, (size_t)code.size, "content",
			 content);
}

static int write_message(struct notices *notices, const json_t *event, json_t *message)
{
	json_t *line = json_pack("{s:s, s:o}", "id", text_of(event, "id"), "message", message);
	int failed = json_dumpf(line, notices->out, JSON_COMPACT);
	failed |= fputc('\n', notices->out) == EOF;
	json_decref(line);
	notices->written++;
	return failed == 0 ? EXIT_DONE : session_usage("cannot write the messages");
}

static int take_event(struct notices *notices, const json_t *event)
{
	static struct notice notice;
	const char *voucher = text_of(event, "voucher");
	struct notice_facts facts = {.kind = slice_from_text(text_of(event, "kind")),
				     .voucher = slice_from_text(voucher),
				     .contact = slice_from_text(notices->contact)};
	if (number_of(text_of(event, "id")) <= notices->after || voucher[0] == '\0' ||
	    !notice_is_for_persons(facts.kind) ||
	    (notices->kind != NULL && !slice_equals_text(facts.kind, notices->kind)))
		return EXIT_DONE;
	facts.amount = cents_from(json_integer_value(json_object_get(event, "amount_cents")));
	bool has_due = day_parse(slice_from_text(text_of(event, "due")), &facts.due);
	ASSERT(has_due || facts.due.number == 0);
	const char *beneficiary = beneficiary_of(notices, voucher);
	const struct person *person =
	    persons_find(&notices->persons, slice_from_text(beneficiary));
	if (person == NULL) {
		fprintf(stderr, "titoli: %s: the persons file lacks %s, of voucher %s\n",
			text_of(event, "id"), beneficiary, voucher);
		notices->missing++;
		return EXIT_DONE;
	}
	enum notice_fault fault = notice_write(&facts, &notice);
	if (fault != NOTICE_OK)
		return session_usage("%s: %s", text_of(event, "id"), notice_fault_text(fault));
	return write_message(notices, event, message_of(person, &notice, facts.due));
}

static int take_events(struct notices *notices)
{
	json_t *events = NULL;
	int code = show_fetch_all(notices->session, "/v1/events?sort=id", UINT32_MAX, &events);
	size_t at;
	json_t *event;
	notices->people = json_object();
	json_array_foreach(events, at, event)
	{
		if (code == EXIT_DONE)
			code = take_event(notices, event);
	}
	json_decref(events);
	json_decref(notices->people);
	if (code == EXIT_DONE && !notices->session->is_quiet)
		fprintf(stderr, "titoli: %u messages, %u persons missing\n", notices->written,
			notices->missing);
	return code == EXIT_DONE && notices->missing > 0 ? EXIT_REFUSED : code;
}

static int run(struct notices *notices, const char *persons, const char *out)
{
	void *memory = NULL;
	int code = import_persons(persons, &notices->persons, &memory);
	notices->out = code != EXIT_DONE || strcmp(out, "-") == 0 ? stdout : fopen(out, "wxe");
	if (notices->out == NULL)
		code = session_usage("cannot write %s: %s", out, strerrordesc_np(errno));
	if (code == EXIT_DONE)
		code = take_events(notices);
	if (notices->out != NULL && notices->out != stdout && fclose(notices->out) != 0)
		code = session_usage("cannot write %s", out);
	free(memory);
	return code;
}

int notice_run(struct session *session)
{
	struct arguments *arguments = &session->arguments;
	const char *what = arguments_word(arguments);
	const char *persons = arguments_flag(arguments, "persons");
	const char *out = arguments_flag(arguments, "out");
	const char *after = arguments_flag(arguments, "after");
	struct notices notices = {.session = session,
				  .contact = arguments_flag(arguments, "contact"),
				  .kind = arguments_flag(arguments, "kind")};
	if (what == NULL || strcmp(what, "io") != 0 || persons == NULL)
		return session_usage("titoli notice io --persons FILE [--after EVENT] [--kind K] "
				     "[--contact TEXT] [--out FILE]");
	if (after != NULL)
		notices.after = number_of(after);
	if (after != NULL && notices.after == 0)
		return session_usage("--after is an event, as in evt_12");
	if (notices.kind != NULL && !notice_is_for_persons(slice_from_text(notices.kind)))
		return session_usage("persons are not told of events %s", notices.kind);
	if (notices.contact == NULL)
		notices.contact = "";
	if (!session_flags_used(session))
		return EXIT_USAGE;
	return run(&notices, persons, out == NULL ? "-" : out);
}
