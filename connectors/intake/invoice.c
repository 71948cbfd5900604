/* E-invoices into the ledger: see invoice.h. */
#include "connectors/intake/invoice.h"

#include "connectors/intake/invoice_parts.h"
#include "connectors/intake/p7m.h"
#include "connectors/xml/xml.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE ((size_t)64 << 20)
#define HASH_SIZE  32u

/* Attachments are large; the rest of an invoice is not. */
static const struct xml_limits limits = {
    .size = 16u << 20, .depth = 32, .nodes = 1u << 18, .text = 15u << 20};

/* The envelope and its content, while the file is taken in. */
struct envelope {
	struct intake *intake;
	const struct intake_invoice_options *options;
	json_t *report;
	char hash[2 * HASH_SIZE + 1];
	struct fatturapa_lot lot;
	enum result result; /* the first that is not OK */
};

static void keep(struct envelope *envelope, enum result result)
{
	if (envelope->result == RESULT_OK)
		envelope->result = result;
}

static void tell(json_t *report, const char *name, const char *text)
{
	json_object_set_new(report, name, json_string(text));
}

/* ---- What the SdI would say ---- */

static void tell_findings(json_t *report, const struct fatturapa_findings *findings)
{
	json_t *told = json_array();
	for (uint32_t i = 0; i < findings->count; i++) {
		const struct fatturapa_finding *finding = &findings->items[i];
		char code[8];
		snprintf(code, sizeof(code), "%05u", finding->code);
		json_t *one = json_pack("{s:s, s:s}", "code", code, "text",
					fatturapa_finding_text(finding->code));
		if (finding->line != 0)
			json_object_set_new(one, "file_line", json_integer(finding->line));
		if (finding->number != 0)
			json_object_set_new(one, "line", json_integer(finding->number));
		if (finding->about.size > 0)
			json_object_set_new(one, "about", intake_json_slice(finding->about));
		if (finding->has_figures) {
			json_object_set_new(one, "found_cents", intake_json_cents(finding->found));
			json_object_set_new(one, "expected_cents",
					    intake_json_cents(finding->expected));
		}
		json_array_append_new(told, one);
	}
	json_object_set_new(report, "findings", told);
}

/* ---- One invoice: who issued it ---- */

/* The provider of a partita IVA: one that stands, else one that was merged. */
static const json_t *provider_of(struct invoice_case *one, bool *ret_is_read)
{
	const json_t *found = NULL;
	const json_t *providers = intake_list(one->intake, "/v1/providers?");
	*ret_is_read = providers != NULL;
	size_t at;
	json_t *provider;
	json_array_foreach(providers, at, provider)
	{
		bool is_merged = json_is_true(json_object_get(provider, "merged"));
		if (slice_equals_text(one->lot->issuer_vat, intake_text(provider, "vat_number")) &&
		    (found == NULL || !is_merged))
			found = provider;
	}
	return found;
}

/* ---- One invoice: its record ---- */

static const char *regime_of(const struct fatturapa_invoice *invoice)
{
	switch (invoice->regime) {
	case FATTURAPA_SPLIT:
		return "SPLIT";
	case FATTURAPA_DEFERRED:
		return "DEFERRED";
	case FATTURAPA_EXEMPT:
		return "EXEMPT";
	case FATTURAPA_IMMEDIATE:
	case FATTURAPA_MIXED:
		break;
	}
	return "IMMEDIATE";
}

static void put_code(json_t *body, const char *name, struct slice text, uint32_t most)
{
	if (text.size > 0 && text.size <= most && text_is_printable(text))
		json_object_set_new(body, name, intake_json_slice(text));
}

static json_t *paper_of(const struct envelope *envelope, const struct invoice_case *one,
			uint32_t place)
{
	const struct fatturapa_invoice *invoice = one->invoice;
	char day[DAY_TEXT_SIZE + 1] = "";
	day_format(invoice->date, day);
	json_t *body = json_pack("{s:s, s:s, s:s, s:i, s:s}", "provider",
				 intake_text(one->provider, "id"), "invoice_date", day,
				 "vat_regime", regime_of(invoice), "place", (int)place, "file_hash",
				 envelope->hash);
	json_object_set_new(body, "invoice_number", intake_json_slice(invoice->number));
	json_object_set_new(body, "document", intake_json_slice(invoice->document));
	json_object_set_new(body, "net_cents", intake_json_cents(invoice->net));
	json_object_set_new(body, "vat_cents", intake_json_cents(invoice->vat));
	put_code(body, "cig", invoice->cig, 12);
	put_code(body, "cup", invoice->cup, 16);
	if (envelope->options->sdi_id != NULL)
		tell(body, "sdi_id", envelope->options->sdi_id);
	if (envelope->options->received != NULL)
		tell(body, "received_on", envelope->options->received);
	return body;
}

/* What a POST answered, in the report. */
static enum result told(struct invoice_case *one, const char *act, enum result result,
			json_t *answer)
{
	if (result != RESULT_OK) {
		tell(one->report, "result", result_code(result));
		tell(one->report, "act", act);
		const char *detail = intake_text(answer, "detail");
		tell(one->report, "detail",
		     detail[0] != '\0' ? detail : result_info(result)->title[RESULT_LANGUAGE_EN]);
		const char *pointer = intake_text(answer, "pointer");
		if (pointer[0] != '\0')
			tell(one->report, "field", pointer);
	}
	json_decref(answer);
	return result;
}

static enum result act(struct invoice_case *one, const char *verb, json_t *body)
{
	char path[INTAKE_PATH_SIZE];
	json_t *answer = NULL;
	snprintf(path, sizeof(path), "/v1/invoices/%s:%s", intake_text(one->report, "invoice"),
		 verb);
	enum result result = intake_post(one->intake, path, body, &answer);
	json_decref(body);
	return told(one, verb, result, answer);
}

/* State and first difference, as the ledger has them now. */
static enum result read_back(struct invoice_case *one)
{
	char path[INTAKE_PATH_SIZE];
	static const char *const names[] = {"state",	"difference",	      "statement",
					    "sdi_id",	"expected_net_cents", "expected_vat_cents"};
	snprintf(path, sizeof(path), "/v1/invoices/%s", intake_text(one->report, "invoice"));
	const json_t *record = intake_get(one->intake, path);
	if (record == NULL)
		return RESULT_UNREACHABLE;
	for (int i = 0; i < 6; i++) {
		json_t *value = json_object_get(record, names[i]);
		if (value != NULL)
			json_object_set(one->report, names[i], value);
		else
			json_object_del(one->report, names[i]);
	}
	return RESULT_OK;
}

/* ---- Credit notes ---- */

/* The invoice of this issuer that the note takes back; NULL: none that waits. */
static const json_t *taken_back(struct invoice_case *one)
{
	char path[INTAKE_PATH_SIZE];
	snprintf(path, sizeof(path), "/v1/invoices?provider=%s", intake_text(one->provider, "id"));
	const json_t *invoices = intake_list(one->intake, path);
	for (uint32_t i = 0; i < one->invoice->reference_count; i++) {
		const struct fatturapa_reference *reference = &one->invoice->references[i];
		size_t at;
		json_t *record;
		if (reference->kind != FATTURAPA_INVOICE)
			continue;
		json_array_foreach(invoices, at, record)
		{
			const char *state = intake_text(record, "state");
			if (slice_equals_text(reference->id,
					      intake_text(record, "invoice_number")) &&
			    strcmp(state, "MATCHED") != 0 && strcmp(state, "CREDIT_NOTE") != 0 &&
			    strcmp(intake_text(record, "document"), "TD04") != 0)
				return record;
		}
	}
	return NULL;
}

/* A recovery of these very amounts that no note was recorded for; NULL: none. */
static const json_t *recovery_of(struct invoice_case *one)
{
	char path[INTAKE_PATH_SIZE];
	snprintf(path, sizeof(path), "/v1/recoveries?provider=%s",
		 intake_text(one->provider, "id"));
	const json_t *notes = intake_list(one->intake, "/v1/credit-notes?");
	const json_t *recoveries = intake_list(one->intake, path);
	size_t at;
	json_t *recovery;
	json_array_foreach(recoveries, at, recovery)
	{
		bool is_noted = intake_text(recovery, "redemption")[0] == '\0';
		size_t other;
		json_t *note;
		json_array_foreach(notes, other, note) is_noted |=
		    strcmp(intake_text(note, "recovery"), intake_text(recovery, "id")) == 0;
		if (!is_noted &&
		    cents_equal(one->invoice->net, intake_cents(recovery, "net_cents")) &&
		    cents_equal(one->invoice->vat, intake_cents(recovery, "vat_cents")))
			return recovery;
	}
	return NULL;
}

/* The note of a recovery is recorded before it is compared. */
static enum result record_note(struct invoice_case *one, const json_t *recovery)
{
	char day[DAY_TEXT_SIZE + 1] = "";
	day_format(one->invoice->date, day);
	json_t *body =
	    json_pack("{s:s, s:s}", "recovery", intake_text(recovery, "id"), "date", day);
	json_object_set_new(body, "number", intake_json_slice(one->invoice->number));
	json_object_set_new(body, "net_cents", intake_json_cents(one->invoice->net));
	json_object_set_new(body, "vat_cents", intake_json_cents(one->invoice->vat));
	tell(one->report, "recovery", intake_text(recovery, "id"));
	json_t *answer = NULL;
	enum result result = intake_post(one->intake, "/v1/credit-notes", body, &answer);
	json_decref(body);
	return told(one, "credit-note", result, answer);
}

static void explain_note(struct invoice_case *one)
{
	char amounts[2][32];
	char text[INVOICE_TEXT_SIZE];
	struct cents expected = intake_cents(one->report, "expected_net_cents");
	if (strcmp(intake_text(one->report, "state"), "CREDIT_NOTE") == 0)
		return;
	if (strcmp(intake_text(one->report, "difference"), "NO_SERVICE") == 0) {
		invoice_differ(one, "NO_SERVICE", NULL, NULL,
			       "no service was reversed under this number, and it takes back no "
			       "invoice that waits: reverse the services first");
		return;
	}
	snprintf(text, sizeof(text),
		 "taxable amount %s on the credit note, %s reversed or invoiced",
		 invoice_amount(one->invoice->net, amounts[0]),
		 invoice_amount(expected, amounts[1]));
	invoice_differ(one, "TOTAL", amounts[0], amounts[1], text);
}

static enum result match_note(struct invoice_case *one)
{
	json_t *body = json_object();
	const json_t *invoice = taken_back(one);
	const json_t *recovery = invoice == NULL ? recovery_of(one) : NULL;
	enum result result = RESULT_OK;
	if (invoice != NULL) {
		tell(body, "corrects", intake_text(invoice, "id"));
		tell(one->report, "corrects", intake_text(invoice, "id"));
	}
	if (recovery != NULL)
		result = record_note(one, recovery);
	if (result != RESULT_OK || one->intake->is_dry) {
		json_decref(body);
		return result;
	}
	result = act(one, "match", body);
	if (result == RESULT_OK)
		result = read_back(one);
	if (result == RESULT_OK)
		explain_note(one);
	return result;
}

/* ---- Invoices ---- */

/* Differences that the ledger sees itself. */
static bool is_seen_by_ledger(const json_t *differences)
{
	static const char *const names[] = {"TOTAL",  "TAXABLE",       "VAT",	       "CIG",
					    "ISSUER", "SPLIT_PAYMENT", "NOT_ATTESTED", "VAT_RATE",
					    "MERGED_ISSUER", "ALREADY_INVOICED"};
	size_t at;
	json_t *difference;
	json_array_foreach(differences, at, difference)
	{
		for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strcmp(intake_text(difference, "what"), names[i]) == 0)
				return true;
	}
	return false;
}

/* What keeps it from being matched that only the file tells; NULL: nothing. */
static const char *own_cause(struct invoice_case *one)
{
	if (one->cause != NULL)
		return one->cause;
	if (is_seen_by_ledger(json_object_get(one->report, "differences")))
		return NULL;
	if (json_array_size(json_object_get(one->report, "findings")) > 0)
		return "ARITHMETIC";
	if (one->is_case_wrong)
		return "VOUCHER_CASE";
	return one->are_lines_wrong ? "VOUCHER_LINES" : NULL;
}

static enum result match_invoice(struct invoice_case *one)
{
	if (!invoice_find_statement(one) || (one->statement != NULL && !invoice_compare(one)))
		return RESULT_UNREACHABLE;
	const char *cause = own_cause(one);
	if (one->statement != NULL)
		tell(one->report, "statement", intake_text(one->statement, "id"));
	if (one->intake->is_dry) {
		size_t count = json_array_size(json_object_get(one->report, "differences"));
		tell(one->report, "state",
		     one->cause != NULL ? "SET_ASIDE"
					: (cause == NULL && count == 0 ? "MATCHED" : "MISMATCHED"));
		return RESULT_OK;
	}
	json_t *body = json_object();
	if (one->statement != NULL)
		tell(body, "statement", intake_text(one->statement, "id"));
	if (cause != NULL)
		tell(body, "difference", cause);
	enum result result = act(one, cause != NULL ? "set-aside" : "match", body);
	return result == RESULT_OK ? read_back(one) : result;
}

/* The facts that a refusal is sent with. */
static void tell_refusal(struct invoice_case *one)
{
	const json_t *first =
	    json_array_get(json_object_get(one->report, "differences"), 0);
	json_t *facts = json_pack("{s:s, s:s}", "esito", "EC02", "descrizione",
				  intake_text(first, "text"));
	json_object_set_new(facts, "numero_fattura", intake_json_slice(one->invoice->number));
	json_object_set_new(facts, "anno_fattura",
			    json_integer(day_fiscal_year(one->invoice->date)));
	if (one->options->sdi_id != NULL)
		tell(facts, "identificativo_sdi", one->options->sdi_id);
	json_object_set_new(one->report, "refusal", facts);
}

/* A file that was taken in before may still bring the SdI's identifier, which is not in it. */
static void tell_again(struct invoice_case *one)
{
	const char *sdi_id = one->options->sdi_id;
	bool is_said =
	    sdi_id != NULL && strcmp(intake_text(one->report, "sdi_id"), sdi_id) == 0;
	tell(one->report, "done",
	     is_said ? "nothing else: it was taken in before; the SdI's identifier stands in it"
		     : "nothing: it was taken in before");
}

static enum result settle(struct invoice_case *one)
{
	const char *state = intake_text(one->report, "state");
	bool is_note = slice_equals_text(one->invoice->document, "TD04");
	if (strcmp(state, "MATCHED") == 0 || strcmp(state, "REFUSED") == 0 ||
	    strcmp(state, "CREDIT_NOTE") == 0) {
		tell_again(one);
		return RESULT_OK;
	}
	enum result result = is_note ? match_note(one) : match_invoice(one);
	if (result != RESULT_OK)
		return result;
	state = intake_text(one->report, "state");
	if (one->options->is_refused && strcmp(state, "MISMATCHED") == 0 && !is_note) {
		tell_refusal(one);
		result = act(one, "refuse", json_object());
		return result != RESULT_OK || one->intake->is_dry ? result : read_back(one);
	}
	bool is_settled = strcmp(state, "MATCHED") == 0 || strcmp(state, "CREDIT_NOTE") == 0;
	return is_settled ? RESULT_OK : RESULT_INVOICE_MISMATCH;
}

static enum result register_invoice(struct envelope *envelope, struct invoice_case *one,
				    uint32_t place)
{
	json_t *answer = NULL;
	json_t *body = paper_of(envelope, one, place);
	enum result result = intake_post(one->intake, "/v1/invoices", body, &answer);
	json_decref(body);
	if (result == RESULT_OK && !one->intake->is_dry)
		tell(one->report, "invoice", intake_text(answer, "invoice"));
	result = told(one, "register", result, answer);
	if (result == RESULT_OK && !one->intake->is_dry)
		result = read_back(one);
	return result;
}

/* ---- The file ---- */

static void begin_report(struct invoice_case *one)
{
	char day[DAY_TEXT_SIZE + 1] = "";
	day_format(one->invoice->date, day);
	one->report = json_pack("{s:s, s:[], s:[]}", "date", day, "differences", "lines");
	json_object_set_new(one->report, "number", intake_json_slice(one->invoice->number));
	json_object_set_new(one->report, "document", intake_json_slice(one->invoice->document));
	json_object_set_new(one->report, "issuer_vat", intake_json_slice(one->lot->issuer_vat));
	json_object_set_new(one->report, "net_cents", intake_json_cents(one->invoice->net));
	json_object_set_new(one->report, "vat_cents", intake_json_cents(one->invoice->vat));
}

static enum result take_invoice(struct envelope *envelope, struct invoice_case *one, uint32_t place)
{
	bool is_read = false;
	const json_t *provider = provider_of(one, &is_read);
	if (!is_read)
		return RESULT_UNREACHABLE;
	if (provider == NULL) {
		invoice_differ(one, "UNKNOWN_ISSUER", NULL, NULL,
			       "no provider of the register has this partita IVA: nothing is "
			       "recorded");
		return RESULT_UNKNOWN_REFERENCE;
	}
	one->provider = json_deep_copy(provider);
	tell(one->report, "provider", intake_text(provider, "id"));
	invoice_titles(one);
	enum result result = register_invoice(envelope, one, place);
	return result == RESULT_OK ? settle(one) : result;
}

static void take_one(struct envelope *envelope, uint32_t place)
{
	static struct fatturapa_findings findings;
	struct invoice_case one = {.intake = envelope->intake,
				   .options = envelope->options,
				   .lot = &envelope->lot,
				   .invoice = &envelope->lot.invoices[place - 1]};
	findings.count = 0;
	begin_report(&one);
	fatturapa_check(one.invoice, &findings);
	tell_findings(one.report, &findings);
	enum result result = take_invoice(envelope, &one, place);
	if (json_object_get(one.report, "result") == NULL)
		tell(one.report, "result", result_code(result));
	keep(envelope, result);
	json_array_append_new(json_object_get(envelope->report, "invoices"), one.report);
	json_decref(one.provider);
	json_decref(one.statement);
	json_decref(one.titles);
}

static void fail(struct envelope *envelope, enum result result, const char *text)
{
	tell(envelope->report, "fault", text);
	keep(envelope, result);
}

static void read_xml(struct envelope *envelope, struct slice bytes, struct arena *arena)
{
	static struct fatturapa_findings findings;
	char fault[XML_FAULT_SIZE];
	const struct tree_node *root = NULL;
	struct fatturapa_fault why = {.what = ""};
	enum result result = xml_read(bytes, &limits, arena, &root, fault);
	if (result != RESULT_OK) {
		fail(envelope, result, fault);
		return;
	}
	findings.count = 0;
	fatturapa_check_order(root, &findings);
	result = fatturapa_read(root, arena, &envelope->lot, &why);
	if (result == RESULT_OK)
		fatturapa_check_lot(&envelope->lot, &findings);
	tell_findings(envelope->report, &findings);
	if (result != RESULT_OK) {
		char text[INVOICE_TEXT_SIZE];
		snprintf(text, sizeof(text), "line %u: %s: %.*s", why.line, why.what,
			 (int)(why.about.size < 80 ? why.about.size : 80),
			 why.about.size == 0 ? "" : why.about.data);
		fail(envelope, result, text);
		return;
	}
	for (uint32_t place = 1; place <= envelope->lot.invoice_count; place++)
		take_one(envelope, place);
}

static bool hash(struct slice bytes, char ret_text[2 * HASH_SIZE + 1])
{
	unsigned char digest[HASH_SIZE];
	bool is_made =
	    EVP_Digest(bytes.data, bytes.size, digest, NULL, EVP_sha256(), NULL) == 1;
	if (is_made)
		text_hex_encode(digest, HASH_SIZE, ret_text);
	ret_text[2 * HASH_SIZE] = '\0';
	return is_made;
}

static void take_content(struct envelope *envelope, struct slice bytes)
{
	char fault[P7M_FAULT_SIZE];
	struct p7m content;
	enum result result =
	    p7m_open(bytes, envelope->options->authorities, &content, fault);
	if (result != RESULT_OK) {
		fail(envelope, result, fault);
		p7m_free(&content);
		return;
	}
	json_object_set_new(envelope->report, "signatures", json_integer(content.layers));
	json_object_set_new(envelope->report, "verified",
			    json_boolean(envelope->options->authorities != NULL));
	void *memory = aligned_alloc(64, ARENA_SIZE);
	if (memory == NULL) {
		fail(envelope, RESULT_OUT_OF_MEMORY, "no memory for the file");
	} else {
		struct arena arena;
		arena_init(&arena, memory, ARENA_SIZE);
		read_xml(envelope, (struct slice){content.bytes, content.size}, &arena);
	}
	free(memory);
	p7m_free(&content);
}

enum result intake_invoice_file(struct intake *intake, const char *name, struct slice bytes,
				const struct intake_invoice_options *options, json_t **ret_report)
{
	ASSERT(intake != NULL && options != NULL && ret_report != NULL);
	struct envelope envelope = {
	    .intake = intake, .options = options, .hash = "", .result = RESULT_OK};
	envelope.report = json_pack("{s:s, s:[]}", "file", name, "invoices");
	bool is_told = options->authorities != NULL || options->is_unwrapped;
	if (!hash(bytes, envelope.hash))
		fail(&envelope, RESULT_OUT_OF_MEMORY, "no digest of the file");
	else if (p7m_is_signed(bytes) && !is_told)
		fail(&envelope, RESULT_BAD_REQUEST,
		     "the file is signed: say --verify AUTHORITIES.pem, or --unwrap");
	else
		take_content(&envelope, bytes);
	tell(envelope.report, "sha256", envelope.hash);
	tell(envelope.report, "result", result_code(envelope.result));
	*ret_report = envelope.report;
	return envelope.result;
}
