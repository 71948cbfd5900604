/* Findings: see report.h. */
#include "engine/audit/report.h"

#include <inttypes.h>
#include <stdarg.h>

struct advice {
	const char *code;
	const char *what_to_do;
};

static const struct advice advices[FAULT_COUNT] = {
    [FAULT_UNREADABLE] = {"unreadable", "check folder, permissions and disk, then run it again"},
    [FAULT_SEGMENT] = {"segment", "fetch this file from a backup; compare it byte by byte"},
    [FAULT_DAMAGE] = {"damage", "the bytes were changed after they were written: keep the disk as "
				"it is, fetch the file from a backup and compare"},
    [FAULT_CHAIN] = {"chain", "batches were dropped, doubled, moved or replaced: compare with a "
			      "backup or with a published hash"},
    [FAULT_END] = {"end", "the journal was cut: entries that were durable are gone; fetch the "
			  "last segment from a backup"},
    [FAULT_TORN] = {"torn", "nothing: the next start of titolid cuts it off; nothing that was "
			    "answered is missing"},
    [FAULT_ENTRY] = {"entry", "whoever wrote this entry was not the ledger: ask who had access"},
    [FAULT_RECORD] = {"record", "whoever wrote this entry was not the ledger: ask who had access"},
    [FAULT_BALANCE] = {"balance", "recompute the account from its postings; whatever was paid on "
				  "this balance has to be looked at"},
    [FAULT_CEILING] = {"ceiling", "hold issues on this ceiling until the entry is explained"},
    [FAULT_TARIFF] = {"tariff", "compare with the act that set the tariff"},
    [FAULT_AMOUNT] = {"amount", "hold the statement it is in; compute the delivery again"},
    [FAULT_STATEMENT] = {"statement", "hold its payment; compare with the provider's invoice"},
    [FAULT_ACT] = {"act", "compare with the act that the entry names"},
    [FAULT_APPROVAL] = {"approval", "ask both persons; hold whatever the act moved"},
    [FAULT_ROOT] = {"root", "the journal was rewritten or rolled back after the root was signed: "
			    "compare with a backup from before"},
};

/* Text as a JSON string, quotes included. */
static void write_json_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (const char *at = text; *at != '\0'; at++) {
		unsigned char byte = (unsigned char)*at;
		if (byte == '"' || byte == '\\')
			fprintf(out, "\\%c", byte);
		else if (byte < 0x20)
			fprintf(out, "\\u%04x", byte);
		else
			fputc(byte, out);
	}
	fputc('"', out);
}

void report_fault(struct report *report, enum fault fault, uint64_t sequence, const char *format,
		  ...)
{
	uint64_t shown = report->faults + report->counts[FAULT_TORN];
	if (fault != FAULT_TORN && report->faults++ == 0)
		report->first = sequence;
	report->counts[fault]++;
	if (shown >= FINDINGS_SHOWN_MAX)
		return;
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	const struct advice *advice = &advices[fault];
	if (report->json) {
		fprintf(report->out,
			"{\"finding\":\"%s\",\"sequence\":%" PRIu64 ",\"what\":", advice->code,
			sequence);
		write_json_text(report->out, text);
		fprintf(report->out, ",\"what_to_do\":\"%s\"}\n", advice->what_to_do);
		return;
	}
	if (sequence != 0)
		fprintf(report->out, "entry %" PRIu64 ": ", sequence);
	fprintf(report->out, "%s: %s\n    what to do: %s\n", advice->code, text,
		advice->what_to_do);
}

int report_end(const struct report *report, uint64_t entries, uint64_t batches,
	       const char *last_hash)
{
	bool is_torn = report->counts[FAULT_TORN] != 0;
	const char *verdict = report->faults != 0 ? "wrong" : is_torn ? "torn" : "clean";
	if (report->json) {
		fprintf(report->out,
			"{\"verdict\":\"%s\",\"faults\":%" PRIu64 ",\"first\":%" PRIu64
			",\"entries\":%" PRIu64 ",\"batches\":%" PRIu64 ",\"last_hash\":\"%s\"}\n",
			verdict, report->faults, report->first, entries, batches, last_hash);
	} else {
		if (report->faults > FINDINGS_SHOWN_MAX)
			fprintf(report->out, "... and more: %" PRIu64 " findings in all\n",
				report->faults);
		fprintf(report->out,
			"%" PRIu64 " entries in %" PRIu64 " batches, last hash %s: %s\n", entries,
			batches, last_hash, verdict);
	}
	return report->faults != 0 ? 1 : is_torn ? 3 : 0;
}
