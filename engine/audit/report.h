/* What an audit found, in words or as JSON lines: what is wrong, at which entry, what to do. */
#ifndef ENGINE_AUDIT_REPORT_H
#define ENGINE_AUDIT_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Every kind of finding; the table in report.c says for each its code and what to do. */
enum fault {
	FAULT_UNREADABLE, /* a file cannot be read */
	FAULT_SEGMENT,	  /* a segment's name, size or header */
	FAULT_DAMAGE,	  /* bytes that are not as they were written */
	FAULT_CHAIN,	  /* a batch does not follow the one before it */
	FAULT_END,	  /* entries that are known from elsewhere are missing at the end */
	FAULT_TORN,    /* the last write was cut by a crash: nothing that was answered is missing */
	FAULT_ENTRY,   /* an entry is not in the form of the page */
	FAULT_RECORD,  /* a record is not in the form of the page, or may not stand */
	FAULT_BALANCE, /* a balance is not the sum of its postings */
	FAULT_CEILING, /* a ceiling was not charged, or was exceeded */
	FAULT_TARIFF,  /* a tariff or the choice of it */
	FAULT_AMOUNT,  /* net, VAT or gross of a delivery or a promise */
	FAULT_STATEMENT, /* a statement's sums, VAT or its allotment */
	FAULT_ACT,	 /* what was done is not what was asked */
	FAULT_APPROVAL,	 /* an act of two persons that a second one did not decide so */
	FAULT_ROOT,	 /* a published root does not fit the journal */
	FAULT_COUNT
};

#define FINDINGS_SHOWN_MAX 50u

struct report {
	FILE *out;
	bool json;
	uint64_t counts[FAULT_COUNT];
	uint64_t faults; /* all but FAULT_TORN */
	uint64_t first;	 /* sequence at which the first fault lies; 0: outside every entry */
};

/* Says one finding. `sequence` is the entry it is about, 0 where it is about none. After the first
 * FINDINGS_SHOWN_MAX they are counted only: one wrong figure makes many that follow from it wrong.
 */
void report_fault(struct report *report, enum fault fault, uint64_t sequence, const char *format,
		  ...) __attribute__((format(printf, 4, 5)));

/* Ends the report: how many entries were read, and the verdict. Returns the exit code: 0 all is
 * right, 1 something is wrong, 3 right but for a torn end. */
int report_end(const struct report *report, uint64_t entries, uint64_t batches,
	       const char *last_hash);

#endif
