/* Fills a fresh ledger with issued titles through the real pipeline, without HTTP: for benchmarks.
 * `make_ledger --help` lists the options; bench/README.md tells what comes out.
 *
 * The ledger is one made by `titolid init --clock manual=…` in September 2026. Titles are of
 * October 2026, four to a person; title v is served by provider (v - 1) mod providers, whose
 * bearer tokens go to a file, one a line. The clock ends on 1 November, so that October can be
 * redeemed. The store is left to the daemon's checkpoint, whose first start replays all of the
 * journal; with --store the checkpoint runs beside, and the daemon starts from the store. */
#include "bench/maker/maker.h"
#include "bench/support/options.h"

#define COUNT(rows) (uint32_t)(sizeof(rows) / sizeof((rows)[0]))

struct wanted {
	const char *config;
	const char *tokens;
	const char *until;
};

static void read_options(struct maker_plan *plan, struct wanted *wanted, int argc, char **argv)
{
	*plan = (struct maker_plan){
	    .vouchers = 1000000, .providers = 64, .funds = 1, .comuni = 1, .ceilings = 1,
	    .visits = 24};
	*wanted = (struct wanted){"", "", "2026-11-01T09:00:00+01:00"};
	const struct option_row rows[] = {
	    {"config", OPTION_TEXT, &wanted->config, 0, 0, NULL, "configuration of the ledger"},
	    {"tokens", OPTION_TEXT, &wanted->tokens, 0, 0, NULL, "file to write the tokens to"},
	    {"vouchers", OPTION_NUMBER, &plan->vouchers, 1, 20000000, NULL, "titles"},
	    {"providers", OPTION_NUMBER, &plan->providers, 1, MAKER_PROVIDERS_MAX, NULL,
	     "with a token each"},
	    {"funds", OPTION_NUMBER, &plan->funds, 1, 4000, NULL, "that pay, person by person"},
	    {"comuni", OPTION_NUMBER, &plan->comuni, 1, 16000, NULL, "where persons live"},
	    {"ceilings", OPTION_NUMBER, &plan->ceilings, 1, 16, NULL, "on the path of each title"},
	    {"ceiling-basis", OPTION_CHOICE, &plan->basis, 0, 0, "committed|redeemed",
	     "what ceilings count: titles when they are issued, or each redemption"},
	    {"visits", OPTION_NUMBER, &plan->visits, 1, 288, NULL,
	     "of 30 minutes that a title has units for"},
	    {"history", OPTION_NUMBER, &plan->history, 0, 288, NULL,
	     "visits of each title that are redeemed already: load goes on with --round"},
	    {"store", OPTION_SWITCH, &plan->has_store, 0, 0, NULL, "fill the store too"},
	    {"until", OPTION_TEXT, &wanted->until, 0, 0, NULL, "where the clock ends"},
	};
	const struct option_table table = {"make_ledger: fills a ledger for benchmarks", rows,
					   COUNT(rows)};
	options_read(&table, argc, argv);
	if (wanted->config[0] == '\0' || wanted->tokens[0] == '\0')
		maker_die("--config and --tokens are needed", RESULT_FIELD_MISSING);
	if (plan->history > plan->visits)
		maker_die("--history is beyond --visits", RESULT_FIELD_MISSING);
}

int main(int argc, char **argv)
{
	static struct ledger_files files;
	static struct maker maker;
	struct wanted wanted;
	read_options(&maker.plan, &wanted, argc, argv);
	maker_open(&maker, wanted.config, &files);
	FILE *tokens = fopen(wanted.tokens, "w");
	if (tokens == NULL)
		maker_die(wanted.tokens, RESULT_IO_FAILED);
	maker_people(&maker);
	maker_masters(&maker);
	maker_money(&maker);
	maker_providers(&maker, tokens);
	if (fclose(tokens) != 0)
		maker_die(wanted.tokens, RESULT_IO_FAILED);
	maker_titles(&maker);
	maker_advance(&maker, wanted.until);
	maker_history(&maker);
	maker_close(&maker, &files);
	return 0;
}
