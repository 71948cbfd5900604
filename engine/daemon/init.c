/* The token's file is durable before genesis: a ledger never exists without a way in. See
 * init.h. */
#include "engine/daemon/init.h"

#include "engine/auth/secret.h"
#include "engine/auth/token.h"
#include "engine/base/text.h"
#include "engine/daemon/ask.h"
#include "engine/daemon/ledger.h"
#include "engine/domain/command.h"
#include "engine/domain/outcome.h"
#include "engine/ledger/shared_log.h"
#include "engine/pipeline/pipeline.h"
#include "engine/system/clock.h"
#include "engine/system/random.h"

#include <openssl/crypto.h>
#include <string.h>

#define MANUAL "manual="

bool init_clock_parse(const char *text, const struct zone_table *zone, struct init_clock *ret_clock)
{
	struct instant_text written;

	*ret_clock = (struct init_clock){.is_manual = false};
	if (strcmp(text, "system") == 0)
		return true;
	if (strncmp(text, MANUAL, strlen(MANUAL)) != 0)
		return false;
	ret_clock->is_manual = true;
	return instant_parse(slice_from_text(text + strlen(MANUAL)), &written) &&
	       instant_resolve(zone, written, &ret_clock->start) == RESULT_OK;
}

static enum result init_write_token(const struct ledger_paths *paths, const struct token *token)
{
	char text[TOKEN_TEXT_SIZE + 1];
	struct file file = FILE_NONE;
	enum result result = file_open(paths->token, FILE_CREATE, &file);

	if (result != RESULT_OK)
		return result;
	token_format(token, text);
	text[TOKEN_TEXT_SIZE] = '\n';
	result = file_write(file, (struct file_span){0, sizeof(text)}, text);
	if (result == RESULT_OK)
		result = file_sync(file);
	file_close(&file);
	OPENSSL_cleanse(text, sizeof(text));
	return result == RESULT_OK ? file_sync_folder(paths->folder) : result;
}

static struct instant init_now(void *context)
{
	(void)context;
	return clock_now();
}

/* The caller sees it in the works' results. */
static void init_failed(enum result result, void *context)
{
	(void)result;
	(void)context;
}

static enum result init_genesis(struct pipeline *pipeline, const struct ledger_files *files,
				const struct init_clock *clock, const struct token *token)
{
	struct command command = {.kind = COMMAND_KIND_GENESIS};
	struct command_genesis *input = &command.input.genesis;
	struct outcome outcome;
	enum result result;

	memcpy(input->ledger_id, files->id, LEDGER_ID_SIZE);
	token_hash(token, input->token_hash);
	input->clock = clock->start;
	input->clock_mode = clock->is_manual ? CLOCK_MODE_MANUAL : CLOCK_MODE_SYSTEM;
	result = ask_command(pipeline, &command, &outcome);
	return result == RESULT_OK && !result_is_success(outcome.result) ? outcome.result : result;
}

/* The first entries, through the same pipeline as all others. */
static enum result init_fill(struct ledger_files *files, const struct init_clock *clock,
			     const struct zone_table *zone, const struct token *token)
{
	const struct pipeline_config config = {
	    .state = files->state,
	    .log = files->log,
	    .clock = init_now,
	    .failed = init_failed,
	};
	struct pipeline *pipeline = NULL;
	enum result result = pipeline_start(&config, &pipeline);
	enum result stopped;

	if (result != RESULT_OK)
		return result;
	result = init_genesis(pipeline, files, clock, token);
	if (result == RESULT_OK)
		result = ask_zone(pipeline, zone);
	stopped = pipeline_stop(pipeline);
	pipeline_free(pipeline);
	return result == RESULT_OK ? stopped : result;
}

static enum result init_journal(const struct config *config, struct ledger_files *files)
{
	struct log_file_options options;
	enum result result = file_make_folder(files->paths.journal);

	if (result != RESULT_OK)
		return result;
	options = ledger_journal_options(config, files);
	result = log_file_create(&options);
	if (result == RESULT_OK)
		result = log_file_open(&options, &files->journal, &files->found);
	if (result == RESULT_OK) {
		files->log = log_file_shared(files->journal);
		result = log_file_start(files->journal);
	}
	return result;
}

/* A folder is taken only when nothing of a ledger is in it. */
static enum result init_folder(const struct config *config, struct ledger_files *files)
{
	enum result result;

	if (!ledger_paths_make(config, &files->paths))
		return RESULT_CONFIG_INVALID;
	result = file_make_folder(files->paths.folder);
	if (result == RESULT_OK)
		result = ledger_lock(config, files);
	if (result != RESULT_OK)
		return result;
	if (ledger_identify(files) != RESULT_NOT_FOUND ||
	    file_exists(files->paths.token) != RESULT_NOT_FOUND)
		return RESULT_ALREADY_EXISTS;
	files->fault = NULL;
	return RESULT_OK;
}

enum result init_run(const struct config *config, const struct init_clock *clock,
		     const struct zone_table *zone, const char **ret_fault)
{
	struct ledger_files files = {.lock = FILE_NONE};
	struct token token;
	enum result result;

	*ret_fault = "the folder cannot be used";
	result = init_folder(config, &files);
	if (result != RESULT_OK)
		goto out;
	*ret_fault = "the secret cannot be written";
	/* The secret of an earlier attempt, or one that was laid there, stays. */
	result = secret_create(files.paths.secret);
	if (result != RESULT_OK && result != RESULT_ALREADY_EXISTS)
		goto out;
	random_bytes(files.id, sizeof(files.id));
	token_draw(&token);
	*ret_fault = "the journal cannot be made";
	result = init_journal(config, &files);
	if (result == RESULT_OK)
		result = init_write_token(&files.paths, &token);
	if (result == RESULT_OK)
		result = ledger_make_state(config, &files);
	if (result == RESULT_OK)
		result = init_fill(&files, clock, zone, &token);
out:
	if (result == RESULT_OK || files.fault != NULL)
		*ret_fault = files.fault;
	ledger_close(&files);
	OPENSSL_cleanse(&token, sizeof(token));
	return result;
}
