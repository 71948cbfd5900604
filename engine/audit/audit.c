/* The audit of one ledger: see audit.h. */
#include "engine/audit/audit.h"

#include "engine/audit/roots.h"

#include <inttypes.h>

int64_t audit_field(const struct audit *audit, uint32_t kind, int64_t id, uint32_t field)
{
	return ledger_row(&audit->ledger, kind, id)[field];
}

void audit_entry(void *context, uint64_t sequence, int64_t batch_instant, const uint8_t *bytes,
		 uint32_t size, const uint8_t batch_hash[HASH_BYTES])
{
	struct audit *audit = context;
	if (audit->roots != NULL)
		roots_entry(audit->roots, sequence, bytes, size, batch_hash);
	char detail[128];
	const char *wrong = entry_take(&audit->entry, &audit->ledger, bytes, size, detail);
	bool is_record = wrong != NULL && detail[0] != '\0';
	if (wrong == NULL && audit->entry.sequence != sequence)
		wrong = "it carries another number than its place in the journal";
	if (wrong == NULL &&
	    (audit->entry.instant < audit->instant || audit->entry.instant < batch_instant))
		wrong = "its instant is before that of the entry before it, or of its batch";
	audit->next = sequence + 1;
	if (wrong != NULL) {
		report_fault(audit->report, is_record ? FAULT_RECORD : FAULT_ENTRY, sequence,
			     "%s%s", is_record ? detail : "", wrong);
		return;
	}
	audit->instant = audit->entry.instant;
	books_judge(audit);
	ceilings_judge(audit);
	prices_judge(audit);
	statements_judge(audit);
	approvals_judge(audit);
	acts_judge(audit);
}

void audit_end(struct audit *audit)
{
	books_end(audit);
}

void audit_free(struct audit *audit)
{
	ledger_free(&audit->ledger);
	entry_free(&audit->entry);
	numbers_free(&audit->funds);
	numbers_free(&audit->ceilings);
	numbers_free(&audit->cells);
	numbers_free(&audit->units);
	numbers_free(&audit->lines);
	numbers_free(&audit->statements);
	numbers_free(&audit->paid);
	numbers_free(&audit->asked);
}
