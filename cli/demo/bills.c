/* The co-pay: the regulation VERDELLO for help at home, the persons' ISEE, and the bills of the
 * month, comune by comune. */
#include "cli/demo/steps.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define SLICES_MAX 16u

void bills_adopt(struct demo *demo)
{
	call_as(demo, demo->tokens[DEMO_MANAGER]);
	json_t *scheme =
	    call_post(demo, "/v1/copay-schemes",
		      json_pack("{s:s, s:s, s:s, s:[{s:s, s:I, s:I, s:I, s:I}]}", "ambito", "CREMA",
				"code", "VERDELLO", "act", "DA 10/2026", "rules", "kind", "LINEAR",
				"isee_from_cents", (json_int_t)DEMO_ISEE_FROM, "isee_to_cents",
				(json_int_t)DEMO_ISEE_TO, "tariff_min_cents", (json_int_t)0,
				"tariff_max_cents", (json_int_t)DEMO_COPAY_MAX),
		      RESULT_OK);
	for (uint32_t i = 0; i < demo->world->service_count; i++) {
		const struct demo_service *service = &demo->world->services[i];
		if (service->has_copay)
			call_do(demo, "/v1/copay-adoptions",
				json_pack("{s:s, s:s, s:s, s:s, s:s}", "ambito", "CREMA", "service",
					  service->code, "scheme",
					  call_text(scheme, "copay_scheme"), "valid_from",
					  "2026-09-01", "act", "DA 10/2026"),
				RESULT_OK);
	}
	json_decref(scheme);
}

void bills_register_isee(struct demo *demo)
{
	struct buffer lines = {NULL, 0, 0};
	for (uint32_t i = 0; i < DEMO_TITLES; i++) {
		const struct demo_title *title = &demo->world->titles[i];
		if (!title->has_isee)
			continue;
		call_line(&lines,
			  json_pack("{s:s, s:s, s:s, s:I, s:s}", "id", title->number, "beneficiary",
				    title->beneficiary, "type", "ORDINARIO", "amount_cents",
				    (json_int_t)title->isee.raw, /* raw: JSON */
				    "valid_from", "2026-09-01"));
	}
	struct call_batch batch = {.command = COMMAND_KIND_ISEE_REGISTER, .label = "ISEE"};
	call_as(demo, demo->tokens[DEMO_SOCIAL]);
	call_batch_ok(demo, &batch, &lines);
	buffer_free(&lines);
}

/* A comune's titles, slice by slice; the sum charged. */
static int64_t bill_comune(struct demo *demo, const struct demo_comune *comune, const char *month)
{
	int64_t charged = 0;
	char after[DEMO_ID_SIZE] = "";
	for (uint32_t i = 0; i < SLICES_MAX; i++) {
		json_t *body =
		    json_pack("{s:s, s:s}", "comune", comune->istat, "month", month);
		if (after[0] != '\0')
			json_object_set_new(body, "after", json_string(after));
		json_t *answer = call_post(demo, "/v1/receivables:bill-comune", body, RESULT_OK);
		charged += call_number(answer, "gross_cents");
		snprintf(after, sizeof(after), "%s", call_text(answer, "voucher"));
		json_decref(answer);
		if (after[0] == '\0')
			return charged;
	}
	call_expect(demo, false, "%s is not billed in %u slices", comune->name, SLICES_MAX);
	return charged;
}

/* Titles that owe something for the month. */
static uint32_t count_due(const struct demo_world *world, enum demo_month month)
{
	static bool owes[DEMO_TITLES];
	uint32_t count = 0;
	memset(owes, 0, sizeof(owes));
	for (uint32_t i = 0; i < world->visit_count; i++) {
		const struct demo_visit *visit = &world->visits[i];
		if (!visit->counts || visit->month != month || owes[visit->title] ||
		    sums_copay(world, visit) == 0)
			continue;
		owes[visit->title] = true;
		count++;
	}
	return count;
}

void bills_month(struct demo *demo, enum demo_month month)
{
	char path[64];
	uint32_t due = count_due(demo->world, month);
	int64_t sum = 0;
	int64_t listed = 0;
	size_t at;
	json_t *bill;
	call_as(demo, demo->tokens[DEMO_FINANCE]);
	for (uint32_t i = 0; i < demo->world->comune_count; i++) {
		const struct demo_comune *comune = &demo->world->comuni[i];
		int64_t charged = bill_comune(demo, comune, demo_months[month]);
		sum += charged;
		call_expect(demo, charged == comune->months[month].copay,
			    "%s is billed %lld cents of co-pay instead of %lld", comune->name,
			    (long long)charged, (long long)comune->months[month].copay);
	}
	snprintf(path, sizeof(path), "/v1/receivables?month=%s", demo_months[month]);
	json_t *bills = call_list(demo, path);
	json_array_foreach(bills, at, bill)
	{
		listed += call_number(bill, "due_cents");
	}
	call_expect(demo, listed == sum && sum > 0, "bills of %lld cents, %lld were charged",
		    (long long)listed, (long long)sum);
	call_expect(demo, json_array_size(bills) == due, "%zu bills instead of %u",
		    json_array_size(bills), due);
	demo->bills[month] = due;
	printf("  %zu bills of the co-pay, %lld,%02lld euro\n", json_array_size(bills),
	       (long long)(sum / 100), (long long)(sum % 100));
	json_decref(bills);
}

void bills_again(struct demo *demo, uint32_t title)
{
	int64_t due = 0;
	for (uint32_t i = 0; i < demo->world->visit_count; i++) {
		const struct demo_visit *visit = &demo->world->visits[i];
		if (visit->title == title && visit->counts && visit->month == DEMO_OCTOBER)
			due += sums_copay(demo->world, visit);
	}
	call_as(demo, demo->tokens[DEMO_FINANCE]);
	json_t *answer =
	    call_post(demo, "/v1/receivables",
		      json_pack("{s:s, s:s}", "voucher", demo->world->titles[title].number, "month",
				DEMO_MONTH),
		      RESULT_OK);
	call_expect(demo,
		    call_number(answer, "net_cents") == due &&
			call_number(answer, "gross_cents") == 0,
		    "title %s owes %lld cents instead of %lld", demo->world->titles[title].number,
		    (long long)call_number(answer, "net_cents"), (long long)due);
	json_decref(answer);
}
