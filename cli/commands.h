/* What can be asked of the daemon, as words of the command line: read from schemas/commands.def and
 * from the routes of the API, so that a command that exists there exists here.
 *
 *   command_name           noun      verb              path
 *   voucher_choose_provider  voucher  choose-provider  /v1/vouchers/{voucher}:choose-provider
 *   fund_year_open           fund-year open            /v1/funds/{fund}/years/{year}:open
 * A noun is a kind of record where the name begins with one, else the first word. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "engine/api/route.h"
#include "engine/domain/command.h"
#include "engine/domain/model.h"

#define COMMANDS_TEXT_SIZE 48u

struct command_words {
	char noun[COMMANDS_TEXT_SIZE];
	char verb[COMMANDS_TEXT_SIZE];
};

/* Noun and verb of a command; false where no request may carry it. */
MUST_CHECK bool commands_words(uint8_t kind, struct command_words *ret_words);

/* The command of a noun and a verb, 0 when there is none. `fund open` finds `fund-year open`. */
uint8_t commands_find(const char *noun, const char *verb);

/* The command that a name stands for in imports: "voucher-issue", "voucher_issue", or a kind or
 * collection ("comune", "comuni", "redemptions"), which means what makes one. 0: none. */
uint8_t commands_find_import(const char *name);

/* The batch path of a command; NULL where it has none. */
const char *commands_batch_path(uint8_t kind);
/* The path that answers what the command would, and changes nothing; NULL where there is none. */
const char *commands_check_path(uint8_t kind);

/* The path that lists a kind, or answers one of it; NULL where there is none. `name` is the kind
 * ("voucher", "fund-year") or the collection ("vouchers"). */
const char *commands_list_path(const char *name);
const char *commands_item_path(const char *name);
/* The kind of a name as above; RECORD_KIND_NONE. */
enum record_kind commands_kind(const char *name);

/* Every row of the API, for help and completion. */
const struct route_table *commands_routes(void);

/* Writes a name with '-' in the place of '_'. */
void commands_dashed(const char *name, char ret_text[COMMANDS_TEXT_SIZE]);

/* Is this the flag of a field that is true by standing alone ("split-payment")? */
bool commands_has_lone_flag(const char *name);

#endif
