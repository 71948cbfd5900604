/* titoli: the command line. A thin and patient client of titolid's HTTP API; holds no rule of the
 * domain. Data go to stdout, messages to stderr, exit codes come from schemas/results.def.
 *
 *   words -> a topic of the table below, or NOUN VERB of schemas/commands.def, or KIND list|show */
#include "cli/act.h"
#include "cli/ca.h"
#include "cli/commands.h"
#include "cli/courier.h"
#include "cli/credential.h"
#include "cli/demo/demo.h"
#include "cli/document.h"
#include "cli/export.h"
#include "cli/help.h"
#include "cli/import.h"
#include "cli/layout.h"
#include "cli/notice.h"
#include "cli/offline.h"
#include "cli/person.h"
#include "cli/preserve.h"
#include "cli/scenario.h"
#include "cli/show.h"
#include "engine/base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run_redeem(struct session *session)
{
	return act_run(session, COMMAND_KIND_REDEMPTION_SUBMIT);
}

static int run_config(struct session *session)
{
	const char *word = arguments_word(&session->arguments);
	if (word == NULL || strcmp(word, "show") != 0)
		return session_usage("titoli config show [--origin]");
	bool with_origin = arguments_has(&session->arguments, "origin");
	if (!session_flags_used(session))
		return EXIT_USAGE;
	for (uint32_t i = 0; i < SETTINGS; i++) {
		const char *value = session->settings.values[i];
		bool is_secret = i == SETTING_TOKEN && value[0] != '\0';
		printf("%s = %s", setting_info((enum setting)i)->key, is_secret ? "(set)" : value);
		if (with_origin)
			printf("    # %s", session->settings.origins[i]);
		puts("");
	}
	return EXIT_DONE;
}

/* Run before any daemon is asked, with the words as they came: see main(). */
static int run_offline(struct session *session)
{
	return session_usage("%s takes the flags of titolid", session->arguments.words[0]);
}

const struct help_topic main_topics[] = {
    {"help", "help [NOUN [VERB]]", "what there is, and the fields of a command",
     "  titoli help voucher issue\n  titoli help import\n", help_run},
    {"redeem", "redeem --voucher N --start T ...", "submit a delivered service",
     "  titoli redeem --voucher 0000012K --start 2026-10-05T09:00 --minutes 60 --operator OP-11\n"
     "  titoli redeem … --check      what the answer would be; nothing is recorded\n",
     run_redeem},
    {"import", "import KIND|COMMAND FILE", "many commands from a CSV or NDJSON file",
     "  titoli import comuni comuni.csv\n"
     "  titoli import redemptions october.ndjson --answers answers.ndjson\n"
     "  titoli import voucher-issue issue.csv --piece 1000 --key office-2026-10-01\n"
     "  titoli import copay-payments paid.csv --segregation 47\n"
     "  titoli import opening rows.csv --fund FNPS --act DEL-9 --stated-paid 43859.67 ...\n"
     "  titoli import invoice IT01114601006_00045.xml.p7m --verify authorities.pem\n"
     "  titoli import isee answers.ndjson --persons persons.csv\n"
     "  titoli import outcome giornale.xml\n"
     "  titoli import outcome esiti.csv --format outcome-excel-it --dry-run\n"
     "`copay-payments` records what pagoPA collected: a payment that was taken before is known.\n"
     "`outcome` reads what treasurers and banks tell of payments (OPI messages, camt.053,\n"
     "camt.054, pain.002, tables) and tells of each line what became of it.\n"
     "`opening` makes a draft of opening balances with the totals of the accounts (--stated-...),\n"
     "adds the rows (`*` in a cell: several, or not told) and says how it is posted.\n"
     "The first column or member `id` names each line. A file is sent in pieces of --piece lines\n"
     "(5000; at most 20000); the same --key sends it again without doing anything twice.\n",
     import_run},
    {"export", "export liquidation --statement S", "files for the municipal accounts",
     "  titoli export liquidation --statement stm_12 --out DIR --record\n"
     "  titoli export liquidation --month 2026-10 --out DIR\n"
     "  titoli export make --month 2026-10 --payer CREMA-CAPO --out DIR\n"
     "  titoli export finish exp_13 --out DIR         seals what `replace` or `cancel` opened\n"
     "  titoli export again exp_12 --out DIR          the same bytes, or nothing\n"
     "  titoli export again --month 2026-10 --format OPI,PAIN001_09,TABLE:maggioli --out DIR\n"
     "  titoli export verify DIR --public-key FILE    manifests, files, signatures\n"
     "  titoli export keygen --out NAME               a key pair; see sign_key\n"
     "`make` sends what is approved of the month exactly once: killed at any step, or run twice\n"
     "at once, it makes one export. `export list|show|cancel|replace|protocol`: acts on exports.\n"
     "  titoli export copay-positions --month 2026-10 --persons persons.csv --segregation 47 \\\n"
     "    --out DIR\n"
     "`copay-positions` writes what is owed of the month's co-pay as positions for pagoPA, with\n"
     "the debtors of the persons file, which is sent nowhere.\n"
     "  titoli export siuss --month 2026-10 --persons persons.csv --out DIR\n"
     "`siuss` writes a flow for each person and benefit and lists what must be entered by hand;\n"
     "--rules FILE says who tells, and under which codes (siuss.conf among the profiles).\n",
     export_run},
    {"courier", "courier [--once]", "deliver files and events that are due (a service)",
     "  titoli courier --courier-config /etc/titoli/courier.conf\n"
     "  titoli courier --once            what is due now; 75: something is to be tried later\n"
     "  titoli destination test TESORERIA --courier-config FILE\n"
     "  titoli delivery send FILE ... --destination TESORERIA\n",
     courier_run},
    {"document", "document WHAT ... --out DIR", "papers as PDF: statements, vouchers, …",
     "  titoli document statement stm_12 --each-comune --link https://... --out DIR\n"
     "  titoli document annex stm_12 --comune 019035 --out DIR\n"
     "  titoli document statement --month 2026-10 --each-comune --out DIR\n"
     "  titoli document provider ALFA --month 2026-10 --contact \"tel. 0373 000000\" --out DIR\n"
     "  titoli document voucher --answers issue.ndjson --persons persons.csv --card --out DIR\n"
     "A statement's papers hold codes only, and come with CSV files of the same. A voucher sheet\n"
     "shows the secret code where --answers (of `titoli voucher issue --json`, or of an import,\n"
     "`--answers FILE`) holds it, and the name where --persons has it; neither is sent\n"
     "anywhere. Without --answers: numbers of vouchers.\n"
     "`document list|show` and the acts on documents of accreditation: `titoli help NOUN VERB`.\n",
     document_run},
    {"preserve", "preserve WHAT ... --out DIR", "packages for preservation: made and verified",
     "  titoli preserve statement stm_12 --act \"DET 9/2026\" --protocol 1234 --protocol-date\n"
     "      2026-03-01 --from papers --out package\n"
     "  titoli export preserve exp_3 --from files --out package\n"
     "  titoli preserve verify package --hash SHA256\n"
     "A package holds the files of --from, their metadata and an index with all hashes, signed\n"
     "where --sign-key names an Ed25519 key (verify: --public-key). The same files give the same\n"
     "package. An export's files must hold the manifest that was sealed.\n",
     preserve_run},
    {"notice", "notice io --persons FILE", "messages for App IO about persons' titles",
     "  titoli notice io --persons persons.csv --after evt_120 --out io.ndjson\n"
     "One line for each event that persons are told of; `id` is the event's. Nothing is sent.\n",
     notice_run},
    {"person", "person VERB BENEFICIARY", "personal data: who looks says why, and it is noted",
     "  titoli person fields                              what is kept\n"
     "  titoli person put ben_12 --purpose CASE_WORK --from person.json\n"
     "  titoli person put ben_12 --purpose CORRECTION --city Crema --phone ''\n"
     "  titoli person show ben_12 --purpose DELIVERY --fields surname,address\n"
     "  titoli person find --purpose CASE_WORK --tax-code RSSMRA80A01H501U\n"
     "  titoli person export ben_12 --out ben_12.json     all that is kept (GDPR art. 15)\n"
     "  titoli person reads ben_12 --purpose SUPERVISION  who looked, why and when\n"
     "  titoli person erase ben_12 --purpose ERASURE_REQUEST\n"
     "Found by tax_code, iban, email or phone, exactly. Flags are seen by others of this machine:\n"
     "--from FILE (a JSON object; `-`: standard input) is not. Erasure destroys the person's key,\n"
     "for good and in all copies; the accounts stay, under the number alone.\n",
     person_run},
    {"vault", "vault status|rotate", "where personal data lie; new keys for all, while in use",
     "  titoli vault status\n"
     "  titoli vault rotate          shows how far it is; goes on by itself\n",
     person_vault},
    {"report", "report NAME", "a report: balances, ceilings, attestations, forecast, …",
     "  titoli report comuni --month 2026-10\n  titoli report balances --json\n"
     "  titoli report comuni --out comuni.csv --profile report-xlsx-safe\n"
     "  titoli report differences --statement stm_12 --file theirs.csv [--out FILE]\n"
     "A file is written in a profile of tables (`report`); `differences` compares a provider's\n"
     "own list with the statement and says of each cent which line, and why.\n",
     show_report},
    {"ca", "ca init|sign|revoke|crl --folder DIR", "a local authority for client certificates",
     "  titoli ca init --folder DIR --name \"Ambito di Crema\" [--days 3650]\n"
     "  titoli ca sign --folder DIR --csr alfa.csr --out alfa.pem [--days 365]\n"
     "  titoli ca revoke --folder DIR --pem alfa.pem | --serial HEX\n"
     "  titoli ca crl --folder DIR [--days 30]\n"
     "It signs requests of RSA from 2048 bits and of P-256, for client authentication alone.\n"
     "ca.pem and crl.pem are for tls_client_ca and tls_client_crl; the folder stays elsewhere.\n",
     ca_run},
    {"profile", "profile list|check FILE", "how tables look to other programs",
     "  titoli profile list\n"
     "  titoli profile check our-accounts.profile    its columns, or the line that is wrong\n",
     layout_run},
    {"journal", "journal [--from N]", "entries of the ledger with their postings", NULL,
     show_journal},
    {"roots", "roots [--all]", "signed roots of the journal, for titoli-audit",
     "  titoli roots --all --json > roots.json\n"
     "  titoli redemption receipt rdm_17 --json > receipt.json\n",
     show_roots},
    {"status", "status", "how the daemon fares", NULL, show_status},
    {"backup", "backup NAME", "copy the running ledger into the daemon's backup folder",
     "  titoli backup 2026-11-12\n", offline_backup},
    {"verify", "verify --ledger DIR", "prove a ledger at rest (runs titolid)", NULL, run_offline},
    {"restore", "restore --from BACKUP ...", "a new ledger from a backup (runs titolid)", NULL,
     run_offline},
    {"recover", "recover --ledger DIR ...", "rebuild a store from its journal (runs titolid)", NULL,
     run_offline},
    {"config", "config show [--origin]", "the settings and where each comes from", NULL,
     run_config},
    {"completion", "completion bash", "completion for the shell",
     "  titoli completion bash > ~/.local/share/bash-completion/completions/titoli\n",
     help_completion},
    {"demo", "demo --folder DIR", "a voucher's whole life on real data, checked to the cent",
     "  titoli demo --folder build/demo --keep\n", demo_run},
    {"scenario", "scenario NAME", "replay a worked case of the domain with its postings",
     "  titoli scenario S04\n", scenario_run},
    {NULL, NULL, NULL, NULL, NULL},
};

static const struct help_topic *topic_of(const char *word)
{
	for (const struct help_topic *topic = main_topics; topic->word != NULL; topic++)
		if (strcmp(topic->word, word) == 0)
			return topic;
	return NULL;
}

/* NOUN VERB: a command, a list, an item, or a part of one. */
static int run_noun(struct session *session, const char *noun)
{
	const char *verb = arguments_word(&session->arguments);
	if (verb == NULL)
		return session_usage("titoli %s what? See `titoli help %s`", noun, noun);
	int special = courier_verb(session, noun, verb);
	if (special < 0)
		special = credential_verb(session, noun, verb);
	if (special >= 0)
		return special;
	uint8_t command = commands_find(noun, verb);
	if (command != COMMAND_KIND_NONE && arguments_has(&session->arguments, "help"))
		return help_command(command);
	if (command != COMMAND_KIND_NONE)
		return act_run(session, command);
	if (strcmp(verb, "list") == 0)
		return show_list(session, noun);
	if (strcmp(verb, "show") == 0)
		return show_item(session, noun);
	int code = show_part(session, noun, verb);
	if (code >= 0)
		return code;
	return session_usage("there is no `%s %s`; see `titoli help`", noun, verb);
}

static int run(struct session *session, const char *word)
{
	enum result result = settings_load(&session->settings, &session->arguments);
	if (result != RESULT_OK) {
		session_usage("%s", session->settings.fault);
		return result_info(result)->exit;
	}
	struct client_options options = settings_client(&session->settings);
	result = client_open(&session->client, &options);
	if (result != RESULT_OK) {
		session_usage("%s is no address", session->settings.values[SETTING_URL]);
		return result_info(result)->exit;
	}
	const struct help_topic *topic = topic_of(word);
	int code;
	if (topic != NULL && arguments_has(&session->arguments, "help")) {
		session->arguments.next_word = 0;
		code = help_run(session);
	} else {
		code = topic != NULL ? topic->run(session) : -1;
		if (code == -1) /* no topic, or a noun of the same name */
			code = run_noun(session, word);
	}
	client_close(&session->client);
	return code;
}

static bool is_offline(const char *word)
{
	return strcmp(word, "verify") == 0 || strcmp(word, "restore") == 0 ||
	       strcmp(word, "recover") == 0;
}

int main(int count, char **values)
{
	static struct session session;
	struct arguments *arguments = &session.arguments;
	char **untouched = memory_get(sizeof(char *) * ((size_t)count + 1));
	for (int i = 0; i < count; i++)
		untouched[i] = memory_text(values[i]);
	bool is_whole = arguments_parse(arguments, count, values);
	session.is_json = arguments_has(arguments, "json");
	session.is_dry = arguments_has(arguments, "dry-run");
	session.is_check = arguments_has(arguments, "check");
	session.is_quiet = arguments_has(arguments, "quiet");
	const char *word = arguments_word(arguments);
	int code;
	if (count > 1 && is_offline(values[1]) && !arguments_has(arguments, "help")) {
		is_whole = settings_load(&session.settings, arguments) == RESULT_OK;
		code = is_whole ? offline_run(&session, untouched)
				: session_usage("%s", session.settings.fault);
	} else if (!is_whole) {
		code = session_usage("%s: a flag without its value, or too many words",
				     arguments->fault);
	} else if (word == NULL) {
		code = help_run(&session);
		code = arguments_has(arguments, "help") ? code : EXIT_USAGE;
	} else {
		code = run(&session, word);
	}
	for (int i = 0; i < count; i++)
		free(untouched[i]);
	free(untouched);
	if (fflush(stdout) != 0 && code == EXIT_DONE)
		code = result_info(RESULT_IO_FAILED)->exit;
	return code;
}
