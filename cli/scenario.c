/* Replaying a worked case: see scenario.h.
 *
 * cli/scenarios/NAME.json is an object: title, clock, and steps in order. A step is one of
 *   {"principal": {...}}                      registers who may act, and takes a token for it
 *   {"as", "post", "body", "save", ...}       one request; `refused` names the code expected,
 *                                             `expect` members of the answer; `save` keeps the
 *                                             object's identifier under a name
 *   {"find", "where", "save"}                 a list that must hold one item (with these members)
 * "$NAME" in paths and bodies stands for a kept identifier. `balances` are the books at the end. */
#include "cli/scenario.h"

#include "cli/demo/steps.h"
#include "cli/offline.h"
#include "cli/show.h"
#include "engine/base/assert.h"
#include "engine/domain/command.h"
#include "engine/domain/model.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_HERE   "cli/scenarios"
#define FOLDER_BESIDE "../share/titoli/scenarios" /* from the folder of the program */
#define NAME_SIZE     48u

struct play {
	struct demo demo; /* the daemon and the calls */
	const json_t *script;
	json_t *names;  /* $NAME -> identifier */
	json_t *tokens; /* principal -> token */
	json_t *shown;  /* identifier -> NAME, for the reader */
	uint64_t sequence; /* of the last entry shown */
};

/* ---- Names ---- */

/* The longest kept name that the text begins with; 0: none. */
static size_t name_at(const struct play *play, const char *text, const char **ret_value)
{
	size_t best = 0;
	const char *name;
	json_t *value;
	json_object_foreach (play->names, name, value) {
		size_t size = strlen(name);
		if (size > best && strncmp(text, name, size) == 0) {
			best = size;
			*ret_value = json_string_value(value);
		}
	}
	return best;
}

static json_t *named_text(const struct play *play, const char *text)
{
	struct buffer out = {NULL, 0, 0};
	while (*text != '\0') {
		const char *value = NULL;
		size_t size = *text == '$' ? name_at(play, text + 1, &value) : 0;
		if (size > 0) {
			buffer_text(&out, value);
			text += size + 1;
			continue;
		}
		char one[2] = {*text, '\0'};
		buffer_text(&out, one);
		text++;
	}
	json_t *made = json_string(buffer_string(&out));
	buffer_free(&out);
	return made;
}

/* A copy of a body with every $NAME replaced. Bodies are two levels deep at the most. */
static json_t *named_leaf(const struct play *play, json_t *value)
{
	return json_is_string(value) ? named_text(play, json_string_value(value))
				     : json_deep_copy(value);
}

static json_t *named_object(const struct play *play, json_t *object)
{
	if (!json_is_object(object))
		return named_leaf(play, object);
	json_t *made = json_object();
	const char *name;
	json_t *value;
	json_object_foreach (object, name, value)
		json_object_set_new(made, name, named_leaf(play, value));
	return made;
}

static json_t *named_body(const struct play *play, json_t *body)
{
	json_t *made = json_object();
	const char *name;
	json_t *value;
	json_object_foreach (body, name, value) {
		if (!json_is_array(value)) {
			json_object_set_new(made, name, named_leaf(play, value));
			continue;
		}
		json_t *list = json_array();
		size_t i;
		json_t *item;
		json_array_foreach (value, i, item)
			json_array_append_new(list, named_object(play, item));
		json_object_set_new(made, name, list);
	}
	return made;
}

static void keep(struct play *play, const char *name, const char *identifier)
{
	json_object_set_new(play->names, name, json_string(identifier));
	json_object_set_new(play->shown, identifier, json_string(name));
}

/* The identifier of what an answer made or touched: the member named as a kind of record. */
static const char *object_of(const json_t *answer)
{
	const char *found = NULL;
	for (uint32_t kind = 1; kind <= RECORD_KIND_MAX; kind++) {
		if (!record_kind_exists(kind) || kind == RECORD_KIND_CEILING)
			continue;
		const char *name = record_info((enum record_kind)kind)->name;
		const json_t *value = json_object_get(answer, name);
		if (json_is_string(value))
			found = json_string_value(value);
	}
	const json_t *ceiling = json_object_get(answer, "ceiling");
	return found == NULL && json_is_string(ceiling) ? json_string_value(ceiling) : found;
}

/* ---- What is shown ---- */

static const char *shown_name(const struct play *play, const json_t *value)
{
	const char *text = json_string_value(value);
	const char *name = text == NULL ? NULL
					: json_string_value(json_object_get(play->shown, text));
	return name == NULL ? text : name;
}

static void print_euro(int64_t cents)
{
	printf("%lld,%02lld", (long long)(cents / 100), (long long)(llabs(cents) % 100));
}

static void print_answer(const json_t *answer)
{
	static const char *const amounts[] = {"net_cents", "gross_cents", "short_cents"};
	const char *code = call_text(answer, "code");
	const char *cause = call_text(answer, "cause");
	printf(" -> %s%s%s", code[0] == '\0' ? call_text(answer, "result") : code,
	       cause[0] == '\0' ? "" : ", ", cause);
	for (uint32_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
		const json_t *amount = json_object_get(answer, amounts[i]);
		if (!json_is_integer(amount) || json_integer_value(amount) == 0)
			continue;
		printf(" %.*s ", (int)(strlen(amounts[i]) - strlen("_cents")), amounts[i]);
		print_euro(json_integer_value(amount));
	}
	puts("");
}

static void print_posting(const struct play *play, const json_t *posting)
{
	static const char *const dimensions[] = {"fund_year", "ceiling", "comune",
						 "voucher",   "provider", "statement"};
	const json_t *units = json_object_get(posting, "units");
	printf("    %-20s %-22s -> %-22s ", call_text(posting, "kind"), call_text(posting, "from"),
	       call_text(posting, "to"));
	if (units != NULL)
		printf("%lld", (long long)json_integer_value(units));
	else
		print_euro(call_number(posting, "amount_cents"));
	for (uint32_t i = 0; i < sizeof(dimensions) / sizeof(dimensions[0]); i++) {
		const json_t *value = json_object_get(posting, dimensions[i]);
		if (json_is_string(value))
			printf("  %s", shown_name(play, value));
	}
	puts("");
}

/* The postings of the entries since the last time. */
static void print_entries(struct play *play, bool is_told)
{
	char path[96];
	call_as(&play->demo, json_string_value(json_object_get(play->tokens, "auditor")));
	snprintf(path, sizeof(path), "/v1/journal?from=%llu",
		 (unsigned long long)play->sequence + 1);
	if (json_object_get(play->tokens, "auditor") == NULL)
		return;
	json_t *entries = call_list(&play->demo, path);
	size_t i;
	json_t *entry;
	json_array_foreach (entries, i, entry) {
		play->sequence = (uint64_t)call_number(entry, "sequence");
		const json_t *postings = json_object_get(entry, "postings");
		if (!is_told || json_array_size(postings) == 0)
			continue;
		if (strcmp(call_text(entry, "command"), "tick") == 0)
			printf("  midnight of %.10s\n", call_text(entry, "at"));
		for (size_t p = 0; p < json_array_size(postings); p++)
			print_posting(play, json_array_get(postings, p));
	}
	json_decref(entries);
}

/* ---- Steps ---- */

static void step_principal(struct play *play, json_t *body)
{
	call_as(&play->demo, play->demo.tokens[DEMO_ADMINISTRATOR]);
	const char *code = call_text(body, "code");
	call_do(&play->demo, "/v1/principals", named_body(play, body), RESULT_OK);
	json_t *answer = call_post(&play->demo, "/v1/credentials",
				   json_pack("{s:s}", "principal", code), RESULT_OK);
	json_object_set(play->tokens, code, json_object_get(answer, "token"));
	json_decref(answer);
}

/* Are the members that a step tells those of the item? One that is null is absent. */
static bool is_told(const json_t *item, json_t *where)
{
	const char *name;
	json_t *value;
	json_object_foreach (where, name, value) {
		const json_t *member = json_object_get(item, name);
		if (json_is_null(value) ? member != NULL && !json_is_null(member)
					: !json_equal(value, member))
			return false;
	}
	return true;
}

static void step_find(struct play *play, const json_t *step)
{
	json_t *path = named_text(play, call_text(step, "find"));
	call_as(&play->demo, json_string_value(json_object_get(play->tokens, "auditor")));
	json_t *items = call_list(&play->demo, json_string_value(path));
	uint32_t found = 0;
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		if (!is_told(item, json_object_get(step, "where")))
			continue;
		keep(play, call_text(step, "save"), call_text(item, "id"));
		found++;
	}
	call_expect(&play->demo, found == 1, "%s: %u items instead of one",
		    json_string_value(path), found);
	json_decref(items);
	json_decref(path);
}

static void check_answer(struct play *play, const json_t *step, const json_t *answer)
{
	const char *refused = call_text(step, "refused");
	const char *code = call_text(answer, "code");
	call_expect(&play->demo, strcmp(refused, code) == 0, "%s instead of %s", code,
		    refused[0] == '\0' ? "success" : refused);
	const char *name;
	json_t *value;
	json_t *expect = named_body(play, json_object_get(step, "expect"));
	json_object_foreach (expect, name, value)
		call_expect(&play->demo, json_equal(value, json_object_get(answer, name)),
			    "%s is not as expected", name);
	json_decref(expect);
}

static void step_post(struct play *play, const json_t *step, bool is_told)
{
	const char *who = call_text(step, "as");
	const json_t *token = json_object_get(play->tokens, who);
	json_t *path = named_text(play, call_text(step, "post"));
	json_t *body = named_body(play, json_object_get(step, "body"));
	call_as(&play->demo, strcmp(who, "admin") == 0 ? play->demo.tokens[DEMO_ADMINISTRATOR]
						       : json_string_value(token));
	if (is_told) {
		char *text = json_dumps(json_object_get(step, "body"), JSON_COMPACT);
		printf("%-14s POST %s %s", who, call_text(step, "post"),
		       text == NULL ? "" : text);
		free(text);
	}
	json_t *answer = call_any(&play->demo, json_string_value(path), body,
				  json_string_value(json_object_get(step, "key")));
	if (is_told)
		print_answer(answer);
	check_answer(play, step, answer);
	const char *save = json_string_value(json_object_get(step, "save"));
	if (save != NULL && object_of(answer) != NULL)
		keep(play, save, object_of(answer));
	json_decref(answer);
	json_decref(path);
}

static void play_steps(struct play *play, const char *list, bool is_shown)
{
	const json_t *steps = json_object_get(play->script, list);
	for (size_t i = 0; i < json_array_size(steps); i++) {
		const json_t *step = json_array_get(steps, i);
		if (json_object_get(step, "principal") != NULL)
			step_principal(play, json_object_get(step, "principal"));
		else if (json_object_get(step, "find") != NULL)
			step_find(play, step);
		else
			step_post(play, step, is_shown);
		if (is_shown || i + 1 == json_array_size(steps))
			print_entries(play, is_shown);
	}
}

/* ---- The books at the end ---- */

/* An account with the names of the case in the place of identifiers. */
static json_t *account_name(const struct play *play, const char *account)
{
	struct buffer out = {NULL, 0, 0};
	while (*account != '\0') {
		char part[NAME_SIZE * 2];
		size_t size = strcspn(account, "|");
		snprintf(part, sizeof(part), "%.*s", (int)size, account);
		const char *name = json_string_value(json_object_get(play->shown, part));
		buffer_text(&out, name == NULL ? part : name);
		account += size;
		if (*account == '|') {
			buffer_text(&out, "|");
			account++;
		}
	}
	json_t *made = json_string(buffer_string(&out));
	buffer_free(&out);
	return made;
}

static void compare_books(struct play *play)
{
	call_as(&play->demo, json_string_value(json_object_get(play->tokens, "auditor")));
	json_t *items = call_list(&play->demo, "/v1/reports/balances");
	json_t *want = json_deep_copy(json_object_get(play->script, "balances"));
	puts("\nThe books at the end");
	size_t i;
	json_t *item;
	json_array_foreach (items, i, item) {
		json_t *account = account_name(play, call_text(item, "account"));
		const char *text = json_string_value(account);
		int64_t balance = call_number(item, "balance_cents");
		printf("  %-64s ", text);
		print_euro(balance);
		puts("");
		call_expect(&play->demo,
			    json_integer_value(json_object_get(want, text)) == balance,
			    "%s is not as the case says", text);
		json_object_del(want, text);
		json_decref(account);
	}
	call_expect(&play->demo, json_object_size(want) == 0, "accounts are missing");
	json_decref(want);
	json_decref(items);
}

/* ---- The case ---- */

static json_t *load(struct session *session, const char *name)
{
	char path[SETTING_SIZE_MAX];
	const char *folder = arguments_flag(&session->arguments, "data");
	json_error_t error;
	if (folder == NULL && access(FOLDER_HERE, R_OK) == 0)
		folder = FOLDER_HERE;
	if (folder != NULL) {
		snprintf(path, sizeof(path), "%.800s/%.40s.json", folder, name);
		return json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	}
	char self[800];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[size > 0 ? size : 0] = '\0';
	char *slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	snprintf(path, sizeof(path), "%s/" FOLDER_BESIDE "/%.40s.json", self, name);
	return json_load_file(path, JSON_REJECT_DUPLICATES, &error);
}

static void play_case(struct play *play)
{
	if (!daemon_start(&play->demo))
		return;
	printf("%s\n\n", call_text(play->script, "title"));
	play_steps(play, "world", false);
	play_steps(play, "steps", true);
	compare_books(play);
	if (daemon_stop(&play->demo))
		daemon_verify(&play->demo);
}

static int play_in(struct session *session, const char *folder, const json_t *script)
{
	char clock[NAME_SIZE];
	struct play *play = memory_get(sizeof(*play));
	play->demo.session = session;
	play->demo.folder = folder;
	snprintf(clock, sizeof(clock), "manual=%s", call_text(script, "clock"));
	play->demo.clock = clock;
	play->script = script;
	play->names = json_object();
	play->tokens = json_object();
	play->shown = json_object();
	offline_program(&session->settings, play->demo.titolid);
	play_case(play);
	daemon_kill(&play->demo);
	uint32_t faults = play->demo.faults;
	json_decref(play->names);
	json_decref(play->tokens);
	json_decref(play->shown);
	free(play);
	if (faults == 0) {
		puts("\nscenario: OK");
		return EXIT_DONE;
	}
	printf("\nscenario: FAILED: %u expectations were not met\n", faults);
	return result_info(RESULT_CHECK_FAILED)->exit;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

int scenario_run(struct session *session)
{
	ASSERT(session != NULL);
	const char *name = arguments_word(&session->arguments);
	const char *folder = arguments_flag(&session->arguments, "folder");
	json_t *script = name == NULL ? NULL : load(session, name);
	if (script == NULL)
		return session_usage("titoli scenario NAME [--folder DIR]; cases: S00 to S17, see "
				     "cli/scenarios");
	char drawn[] = "/tmp/titoli-scenario-XXXXXX";
	int code = EXIT_USAGE;
	char ledger[SETTING_SIZE_MAX];
	if (folder == NULL && mkdtemp(drawn) == NULL) {
		session_usage("no folder can be made under /tmp: give --folder");
	} else if (session_flags_used(session)) {
		snprintf(ledger, sizeof(ledger), "%s/case", drawn);
		code = play_in(session, folder == NULL ? ledger : folder, script);
		if (folder == NULL)
			nftw(drawn, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	json_decref(script);
	return code;
}
