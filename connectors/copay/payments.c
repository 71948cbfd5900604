/* Payments: see payments.h. */
#include "connectors/copay/payments.h"

#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define RECEIPT_SIZE_MAX 24 /* of the ledger's receipt_number */

static void tell(struct payments *payments, const char *text, const char *about)
{
	snprintf(payments->fault, sizeof(payments->fault), "line %u: %s%s%.40s",
		 payments->table.line, text, about[0] == '\0' ? "" : ": ", about);
}

static void tell_table(struct payments *payments)
{
	const struct table_read *table = &payments->table;
	bool has_column = table->column < table->profile->column_count;
	tell(payments, table_fault_text(table->fault),
	     has_column ? table->profile->columns[table->column].heading : "");
}

bool payments_begin(struct payments *payments, const struct profile *profile,
		    uint32_t segregation, struct slice bytes)
{
	ASSERT(payments != NULL && profile != NULL && profile->set == &copay_payment_set);
	memset(payments, 0, sizeof(*payments));
	payments->segregation = segregation;
	if (table_read_begin(&payments->table, profile, bytes))
		return true;
	tell_table(payments);
	return false;
}

/* Receipts are letters, digits and a few signs: they stand in keys and in JSON as they are. */
static bool is_receipt(const char *receipt)
{
	size_t size = strlen(receipt);
	return size > 0 && strspn(receipt, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					   "0123456789._:-/") == size;
}

static bool make_act(struct payments *payments, const struct copay_payment *payment,
		     struct payments_act *act)
{
	char iuv[sizeof(payment->iuv) + 1];
	char receipt[sizeof(payment->receipt) + 1];
	char day[DAY_TEXT_SIZE];
	char notice[PAGOPA_NOTICE_SIZE];
	uint32_t segregation = 0;
	uint64_t local = 0;
	snprintf(iuv, sizeof(iuv), "%.18s", payment->iuv);
	snprintf(receipt, sizeof(receipt), "%.35s", payment->receipt);
	if (!pagopa_read(slice_from_text(iuv), &segregation, &local) || local == 0) {
		tell(payments, "no IUV, or wrong check digits", iuv);
		return false;
	}
	if (segregation != payments->segregation) {
		tell(payments, "an IUV of another segregation code, not one of ours", iuv);
		return false;
	}
	if (!is_receipt(receipt)) {
		tell(payments, "a receipt has letters, digits and . _ : - /", receipt);
		return false;
	}
	if (!cents_less(cents_zero(), payment->amount_cents)) {
		tell(payments, "a payment is more than nothing", iuv);
		return false;
	}
	pagopa_notice(segregation, local, notice);
	day_format(payment->paid_on, day);
	snprintf(act->receivable, sizeof(act->receivable), "cpy_%llu", (unsigned long long)local);
	snprintf(act->path, sizeof(act->path), "/v1/receivables/%s:collect", act->receivable);
	snprintf(act->key, sizeof(act->key), "pagopa-%.17s-%s", notice + 1, receipt);
	/* raw: JSON carries whole cents */
	snprintf(act->body, sizeof(act->body),
		 "{\"amount_cents\":%lld,\"receipt_number\":\"%.24s\",\"collected_on\":\"%.10s\"}",
		 (long long)payment->amount_cents.raw, /* raw: JSON */
		 strlen(receipt) <= RECEIPT_SIZE_MAX ? receipt : iuv, day);
	return true;
}

enum table_step payments_next(struct payments *payments, struct copay_payment *ret_payment,
			      struct payments_act *ret_act)
{
	ASSERT(payments != NULL && ret_payment != NULL && ret_act != NULL);
	enum table_step step = table_read_row(&payments->table, ret_payment);
	if (step == TABLE_READ_FAULT)
		tell_table(payments);
	if (step != TABLE_READ_ROW)
		return step;
	if (!make_act(payments, ret_payment, ret_act))
		return TABLE_READ_FAULT;
	if (!cents_add(payments->total, ret_payment->amount_cents, &payments->total)) {
		tell(payments, "amounts beyond any sum", "");
		return TABLE_READ_FAULT;
	}
	return TABLE_READ_ROW;
}
