/* titoli-audit: reads a ledger's journal and computes everything in it again. See titoli-audit.1.
 */
#include "engine/audit/audit.h"
#include "engine/audit/journal.h"
#include "engine/audit/receipt.h"
#include "engine/audit/roots.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EXIT_USAGE 2

static const char usage[] =
    "usage: titoli-audit journal FOLDER [--json] [--last SEQUENCE:HASH] [--roots FILE --key PUB]\n"
    "       titoli-audit statement FOLDER ID [--json]\n"
    "       titoli-audit receipt FILE --key PUB [--json]\n"
    "\n"
    "FOLDER is a ledger's folder, a backup, or a folder of journal segments. Nothing is changed.\n"
    "  journal     judges every byte, entry, balance, price, ceiling and statement\n"
    "  statement   the same, then tells one statement as the journal's redemptions make it\n"
    "  receipt     verifies a redemption's receipt: no ledger is needed\n"
    "  --roots     signed roots, published or a ledger's proof/roots: all must be of this journal\n"
    "  --key       the signer's public key: 64 hexadecimal digits, or a PEM file\n"
    "  --last      the journal must hold this entry as the last of a batch of this hash (64 "
    "digits)\n"
    "  --json      one JSON object a line\n"
    "\n"
    "exit: 0 clean, 1 something is wrong, 2 usage, 3 clean but for a torn end\n";

struct options {
	const char *command;
	const char *folder;
	const char *statement;
	const char *last;
	const char *roots;
	const char *key;
	bool json;
};

static bool read_options(struct options *options, int count, char **words)
{
	const char *plain[3] = {NULL, NULL, NULL};
	int found = 0;
	for (int i = 1; i < count; i++) {
		if (strcmp(words[i], "--json") == 0)
			options->json = true;
		else if (strcmp(words[i], "--last") == 0 && i + 1 < count)
			options->last = words[++i];
		else if (strcmp(words[i], "--roots") == 0 && i + 1 < count)
			options->roots = words[++i];
		else if (strcmp(words[i], "--key") == 0 && i + 1 < count)
			options->key = words[++i];
		else if (words[i][0] == '-' || found == 3)
			return false;
		else
			plain[found++] = words[i];
	}
	options->command = plain[0];
	options->folder = plain[1];
	options->statement = plain[2];
	if (found == 2 && strcmp(plain[0], "receipt") == 0)
		return options->key != NULL && options->roots == NULL && options->last == NULL;
	if ((options->key != NULL) != (options->roots != NULL))
		return false;
	if (found == 2)
		return strcmp(plain[0], "journal") == 0;
	return found == 3 && strcmp(plain[0], "statement") == 0;
}

/* A decimal number that fits; 0 where it is none. `ret_end`: what follows it. */
static uint64_t number_of(const char *text, const char **ret_end)
{
	uint64_t number = 0;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (number > (UINT64_MAX - 9) / 10)
			return 0;
		number = number * 10 + (uint64_t)(*text - '0');
	}
	*ret_end = text;
	return number;
}

static void write_hash(const uint8_t hash[HASH_BYTES], char ret_text[2 * HASH_BYTES + 1])
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < HASH_BYTES; i++) {
		ret_text[2 * i] = digits[hash[i] >> 4];
		ret_text[2 * i + 1] = digits[hash[i] & 15];
	}
	ret_text[2 * HASH_BYTES] = '\0';
}

/* The journal was known to hold this entry under this hash: does it? */
static void judge_last(struct report *report, const struct journal *journal, const char *hash)
{
	char found[2 * HASH_BYTES + 1];
	write_hash(journal->wanted_hash, found);
	if (!journal->wanted_found)
		report_fault(report, FAULT_END, 0,
			     "no batch ends with entry %llu; the journal ends before entry %llu",
			     (unsigned long long)journal->wanted_sequence,
			     (unsigned long long)journal->next);
	else if (strcmp(found, hash) != 0)
		report_fault(report, FAULT_CHAIN, journal->wanted_sequence,
			     "its batch has the hash %s, not the one that was published", found);
}

/* The statement as its lines and redemptions make it. */
static bool tell_statement(const struct audit *audit, FILE *out, bool json, int64_t id)
{
	if (id <= 0 || id > audit->ledger.counts[KIND_STATEMENT])
		return false;
	const int64_t *statement = ledger_row(&audit->ledger, KIND_STATEMENT, id);
	int64_t month = statement[STATEMENT_MONTH];
	fprintf(out,
		json ? "{\"statement\":%lld,\"month\":\"%04lld-%02lld\",\"net_cents\":%lld,"
		       "\"vat_cents\":%lld,\"gross_cents\":%lld,\"lines\":["
		     : "statement %lld of %04lld-%02lld: net %lld, VAT %lld, gross %lld cents\n",
		(long long)id, (long long)(month / 12), (long long)(month % 12 + 1),
		(long long)statement[STATEMENT_NET_CENTS],
		(long long)statement[STATEMENT_VAT_CENTS],
		(long long)statement[STATEMENT_GROSS_CENTS]);
	const char *between = "";
	for (int64_t line = 1; line <= audit->ledger.counts[KIND_STATEMENT_LINE]; line++) {
		if (audit_field(audit, KIND_STATEMENT_LINE, line, STATEMENT_LINE_STATEMENT) != id)
			continue;
		const int64_t *row = ledger_row(&audit->ledger, KIND_STATEMENT_LINE, line);
		size_t base = (size_t)line * 4;
		fprintf(out,
			json ? "%s{\"line\":%lld,\"voucher\":%lld,\"redemptions\":%lld,"
			       "\"units\":%lld,\"net_cents\":%lld,\"vat_cents\":%lld,"
			       "\"gross_cents\":%lld}"
			     : "%s  line %lld, title %lld: %lld redemptions, %lld units, net %lld, "
			       "VAT %lld, gross %lld cents\n",
			between, (long long)line, (long long)row[STATEMENT_LINE_VOUCHER],
			(long long)numbers_get(&audit->lines, base + 3),
			(long long)numbers_get(&audit->lines, base + 2),
			(long long)row[STATEMENT_LINE_NET_CENTS],
			(long long)row[STATEMENT_LINE_VAT_CENTS],
			(long long)row[STATEMENT_LINE_GROSS_CENTS]);
		between = json ? "," : "";
	}
	fputs(json ? "]}\n" : "", out);
	return true;
}

static int run(const struct options *options, const char *folder)
{
	struct report report = {.out = stdout, .json = options->json};
	struct audit audit = {.report = &report, .instant = INT64_MIN, .next = 1};
	struct journal journal = {0};
	struct roots roots = {.report = &report};
	uint8_t key[KEY_BYTES];
	const char *rest = "";
	if (options->key != NULL && !tree_read_key(options->key, key))
		return EXIT_USAGE;
	if (options->last != NULL) {
		journal.wanted_sequence = number_of(options->last, &rest);
		if (journal.wanted_sequence == 0 || *rest != ':' ||
		    strlen(rest + 1) != 2 * (size_t)HASH_BYTES)
			return EXIT_USAGE;
	}
	if (options->roots != NULL && roots_read(&roots, options->roots, key))
		audit.roots = &roots;
	if (journal_read(&journal, folder, &report, audit_entry, &audit))
		audit_end(&audit);
	if (audit.roots != NULL)
		roots_end(&roots, journal.ledger_id);
	roots_free(&roots);
	if (journal.wanted_sequence != 0)
		judge_last(&report, &journal, rest + 1);
	bool is_told = true;
	if (options->statement != NULL) {
		uint64_t id = number_of(options->statement, &rest);
		is_told = *rest == '\0' && id <= INT64_MAX &&
			  tell_statement(&audit, stdout, options->json, (int64_t)id);
	}
	char hash[2 * HASH_BYTES + 1];
	write_hash(journal.hash, hash);
	int code = report_end(&report, journal.next - 1, journal.batches, hash);
	audit_free(&audit);
	if (!is_told)
		fprintf(stderr, "titoli-audit: there is no statement %s\n", options->statement);
	return is_told || code != 0 ? code : EXIT_USAGE;
}

int main(int count, char **words)
{
	struct options options = {0};
	char inside[4096];
	struct stat status;
	if (count == 2 && strcmp(words[1], "--help") == 0) {
		fputs(usage, stdout);
		return 0;
	}
	uint8_t key[KEY_BYTES];
	int code = EXIT_USAGE;
	bool is_understood = read_options(&options, count, words);
	if (is_understood && strcmp(options.command, "receipt") == 0) {
		if (tree_read_key(options.key, key))
			code = receipt_verify(options.folder, key, options.json, stdout);
	} else if (is_understood &&
	    (size_t)snprintf(inside, sizeof(inside), "%s/journal", options.folder) <
		sizeof(inside)) {
		bool is_ledger = stat(inside, &status) == 0 && S_ISDIR(status.st_mode);
		code = run(&options, is_ledger ? inside : options.folder);
	}
	if (code == EXIT_USAGE)
		fputs(usage, stderr);
	return code;
}
