/* Preservation packages: see preserve.h. What a package says of its act comes from the ledger, or
 * from the flags where the ledger does not hold it; what is in it, from a folder of files. */
#include "cli/preserve.h"

#include "cli/export.h"
#include "cli/table.h"
#include "connectors/preservation/package.h"
#include "connectors/statement/statement.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "titoli preserve statement S --act ACT [--protocol N --protocol-date D] --from DIR --out DIR, "
    "titoli preserve export EXP --from DIR --out DIR, titoli preserve verify DIR [--hash SHA256] "
    "[--public-key PEM]; packages: [--sign-key PEM]";

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "" : text;
}
#define COPY(member, text) snprintf(member, sizeof(member), "%s", text)

/* Flags that every package takes. */
struct preserve_flags {
	const char *from;
	const char *to;
	const char *subject;
	const char *act;
	const char *protocol;
	const char *protocol_date;
	const char *sign_key;
};

static int take_flags(struct session *session, struct preserve_flags *flags)
{
	struct arguments *arguments = &session->arguments;
	struct day day;
	*flags =
	    (struct preserve_flags){.from = arguments_flag(arguments, "from"),
				    .to = arguments_flag(arguments, "out"),
				    .subject = arguments_flag(arguments, "subject"),
				    .act = arguments_flag(arguments, "act"),
				    .protocol = arguments_flag(arguments, "protocol"),
				    .protocol_date = arguments_flag(arguments, "protocol-date"),
				    .sign_key = arguments_flag(arguments, "sign-key")};
	if (flags->from == NULL || flags->to == NULL)
		return session_usage("%s", usage);
	if ((flags->protocol == NULL) != (flags->protocol_date == NULL))
		return session_usage("--protocol and --protocol-date belong together");
	if (flags->protocol_date != NULL && !day_parse(slice_from_text(flags->protocol_date), &day))
		return session_usage("--protocol-date: not a date (YYYY-MM-DD)");
	return session_flags_used(session) ? EXIT_DONE : EXIT_USAGE;
}

/* What was given on the command line goes before what the ledger says. */
static void set_registration(struct preservation_facts *facts, const struct preserve_flags *flags,
			     const json_t *record)
{
	const char *date =
	    flags->protocol_date == NULL ? text_of(record, "protocol_date") : flags->protocol_date;
	COPY(facts->act, flags->act == NULL ? text_of(record, "act") : flags->act);
	COPY(facts->protocol,
	     flags->protocol == NULL ? text_of(record, "protocol_number") : flags->protocol);
	if (!day_parse(slice_from_text(date), &facts->protocol_date))
		facts->protocol_date = (struct day){0};
}

/* When it was closed: the legal day is that of the text, which has Italy's offset. */
static bool set_closing(struct preservation_facts *facts, const char *instant)
{
	struct instant at;
	COPY(facts->closed_at, instant);
	return statement_instant(instant, &at) &&
	       day_parse((struct slice){instant, DAY_TEXT_SIZE}, &facts->closed_on);
}

/* Files that are not what they should be are bad data, not a fault of the program. */
static int exit_of(enum result result)
{
	return result_info(result == RESULT_CHECK_FAILED ? RESULT_FIELD_INVALID : result)->exit;
}

static int make(struct session *session, struct package *package,
		const struct preserve_flags *flags)
{
	package->from = flags->from;
	package->to = flags->to;
	package->sign_key = flags->sign_key;
	if (flags->subject != NULL)
		COPY(package->facts.subject, flags->subject);
	enum result result = package_make(package);
	if (result != RESULT_OK) {
		session_usage("%s (%s)", package->fault,
			      result_info(result)->title[RESULT_LANGUAGE_EN]);
		return exit_of(result);
	}
	json_t *told = json_pack("{s:s, s:s, s:I, s:s, s:s}", "package", package->to, "of",
				 package->facts.identifier, "files", (json_int_t)package->count,
				 "index", "indice.xml", "index_sha256", package->index_sha256);
	if (session->is_json)
		session_print_json(told);
	else
		table_print_object(told, stdout);
	json_decref(told);
	return EXIT_DONE;
}

/* The facts of a record; an exit code, told. */
typedef int preserve_fill(struct session *session, struct package *package,
			  const struct preserve_flags *flags, const json_t *record);

/* Makes the package of the record whose identifier is the command's next word. */
static int preserve_record(struct session *session, const char *list, preserve_fill *fill)
{
	const char *id = arguments_word(&session->arguments);
	struct preserve_flags flags;
	struct package package = {.count = 0};
	struct buffer path = {NULL, 0, 0};
	json_t *record = NULL;
	int code = id == NULL ? session_usage("%s", usage) : take_flags(session, &flags);
	if (code != EXIT_DONE)
		return code;
	buffer_text(&path, list);
	client_escape(&path, id);
	code = session_get(session, buffer_string(&path), &record);
	buffer_free(&path);
	if (code == EXIT_DONE)
		code = fill(session, &package, &flags, record);
	if (code == EXIT_DONE)
		code = make(session, &package, &flags);
	json_decref(record);
	return code;
}

/* ---- An export ---- */

static int fill_export(struct session *session, struct package *package,
		       const struct preserve_flags *flags, const json_t *record)
{
	struct preservation_facts *facts = &package->facts;
	(void)session; /* the record says it all */
	COPY(facts->identifier, text_of(record, "id"));
	COPY(facts->kind, "esportazione di pagamenti");
	COPY(facts->producer, text_of(record, "payer_name"));
	COPY(facts->ipa_code, text_of(record, "payer_ipa_code"));
	COPY(facts->tax_code, text_of(record, "payer_tax_code"));
	snprintf(facts->subject, sizeof(facts->subject),
		 "Voucher sociali %.7s: esportazione %lld di %.96s", text_of(record, "month"),
		 (long long)json_integer_value(json_object_get(record, "ordinal")),
		 facts->producer);
	set_registration(facts, flags, record);
	package->sealed = text_of(record, "content_hash");
	if (package->sealed[0] == '\0' || !set_closing(facts, text_of(record, "sealed_at")))
		return session_usage("%s is not sealed yet: there is nothing final to preserve",
				     facts->identifier);
	return EXIT_DONE;
}

int preserve_export(struct session *session)
{
	ASSERT(session != NULL);
	return preserve_record(session, "/v1/exports/", fill_export);
}

/* ---- The act of a statement ---- */

static int fill_statement(struct session *session, struct package *package,
			  const struct preserve_flags *flags, const json_t *record)
{
	struct preservation_facts *facts = &package->facts;
	struct statement_source source = {.fetch = export_fetch, .context = session};
	const json_t *ambito = statement_master(&source, "ambiti", text_of(record, "ambito"));
	const json_t *provider =
	    statement_master(&source, "providers", text_of(record, "provider"));
	COPY(facts->identifier, text_of(record, "id"));
	COPY(facts->kind, "atto di liquidazione");
	COPY(facts->producer, text_of(ambito, "name"));
	COPY(facts->ipa_code, text_of(ambito, "lead_ipa_code"));
	COPY(facts->tax_code, text_of(ambito, "lead_tax_code"));
	snprintf(facts->subject, sizeof(facts->subject),
		 "Voucher sociali %.7s: liquidazione del prospetto %.20s a %.96s",
		 text_of(record, "month"), facts->identifier, text_of(provider, "legal_name"));
	set_registration(facts, flags, record);
	bool is_read = ambito != NULL && provider != NULL;
	statement_source_free(&source);
	if (!is_read)
		return result_info(RESULT_UNREACHABLE)->exit; /* told by the fetch */
	if (facts->act[0] == '\0')
		return session_usage("which act? --act");
	if (!set_closing(facts, text_of(record, "approved_at")))
		return session_usage("%s is not approved yet: there is no act to preserve",
				     facts->identifier);
	return EXIT_DONE;
}

static int preserve_statement(struct session *session)
{
	return preserve_record(session, "/v1/statements/", fill_statement);
}

/* ---- Verification ---- */

static void tell(void *context, const char *sentence)
{
	(void)context;
	fprintf(stderr, "titoli: %s\n", sentence);
}

static int verify(struct session *session)
{
	struct arguments *arguments = &session->arguments;
	struct package_check check = {.folder = arguments_word(arguments),
				      .index_sha256 = arguments_flag(arguments, "hash"),
				      .public_key = arguments_flag(arguments, "public-key"),
				      .told = tell};
	if (check.folder == NULL)
		return session_usage("%s", usage);
	if (!session_flags_used(session))
		return EXIT_USAGE;
	enum result result = package_verify(&check);
	json_t *told = json_pack("{s:s, s:I, s:I, s:s}", "package", check.folder, "files",
				 (json_int_t)check.files, "faults", (json_int_t)check.faults,
				 "result", result_code(result));
	if (session->is_json)
		session_print_json(told);
	else
		table_print_object(told, stdout);
	json_decref(told);
	return exit_of(result);
}

int preserve_run(struct session *session)
{
	ASSERT(session != NULL);
	const char *what = arguments_word(&session->arguments);
	if (what != NULL && strcmp(what, "statement") == 0)
		return preserve_statement(session);
	if (what != NULL && strcmp(what, "export") == 0)
		return preserve_export(session);
	if (what != NULL && strcmp(what, "verify") == 0)
		return verify(session);
	return session_usage("%s", usage);
}
