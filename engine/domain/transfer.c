/* A statement's single transfers: see transfer.h. They are told one after the other, in the order
 * of impegno and SIOPE code, each by one walk along the lines: nothing is stored, however many. */
#include "engine/domain/transfer.h"

#include "engine/domain/export.h"
#include "engine/domain/settlement.h"

#include <string.h>

struct transfer {
	struct commitment_id commitment;
	const char *siope; /* code of the service's expense; NULL: no transfer */
	struct cents net;
};

static int compare(const struct transfer *left, const struct transfer *right)
{
	if (left->commitment.raw != right->commitment.raw)
		return left->commitment.raw < right->commitment.raw ? -1 : 1;
	return memcmp(left->siope, right->siope, sizeof(((struct service *)0)->siope_code));
}

/* The sealed export that pays it; NULL: it left alone. */
static const struct export *sent_in(struct effects *effects, struct statement_id id)
{
	struct export_item_id item_id =
	    export_live_item(effects, (struct export_object){.statement = id});
	if (item_id.raw == 0)
		return NULL;
	const struct export *export =
	    effects_read_export(effects, effects_read_export_item(effects, item_id)->export);
	return export->state == EXPORT_STATE_DRAFT ? NULL : export;
}

static struct cents sent_of(struct effects *effects, const struct statement_line *line,
			    const struct export *export)
{
	return export == NULL ? settlement_due(effects, line).net
			      : settlement_due_at(effects, line, export->last_adjustment).net;
}

/* The one that follows. */
static struct transfer next_transfer(struct effects *effects, const struct statement *statement,
				     const struct export *export, const struct transfer *last)
{
	struct transfer next = {.siope = NULL};
	for (struct statement_line_id id = statement->first_line; id.raw != 0;) {
		const struct statement_line *line = effects_read_statement_line(effects, id);
		const struct service *service = effects_read_service(effects, line->service);
		struct transfer one = {line->commitment, service->siope_code, cents_zero()};
		id = line->next_in_statement;
		if (last->siope != NULL && compare(&one, last) <= 0)
			continue;
		int order = next.siope == NULL ? -1 : compare(&one, &next);
		if (order > 0)
			continue;
		one.net = order == 0 ? next.net : cents_zero();
		bool fits = cents_add(one.net, sent_of(effects, line, export), &one.net);
		ASSERT(fits); /* at most the statement's net */
		next = one;
	}
	return next;
}

bool transfer_is_of(struct effects *effects, struct statement_id id, struct cents amount)
{
	const struct statement *statement = effects_read_statement(effects, id);
	const struct export *export = sent_in(effects, id);
	struct transfer one = {.siope = NULL};
	ASSERT(statement != NULL);
	for (;;) {
		one = next_transfer(effects, statement, export, &one);
		if (one.siope == NULL || cents_equal(one.net, amount))
			return one.siope != NULL;
	}
}
