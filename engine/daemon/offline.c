/* See offline.h. */
#include "engine/daemon/offline.h"

#include "engine/api/json.h"
#include "engine/base/text.h"
#include "engine/daemon/ledger.h"
#include "engine/ledger/backup.h"
#include "engine/ledger/log_drop.h"
#include "engine/ledger/store.h"
#include "engine/ledger/verify.h"
#include "engine/system/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OFFLINE_TEXT_SIZE 4096u
#define OFFLINE_ASIDE	  ".set-aside"

struct offline_report {
	char text[OFFLINE_TEXT_SIZE];
	struct api_buffer buffer;
	struct json json;
};

static void report_open(struct offline_report *report, enum result result)
{
	report->buffer = (struct api_buffer){.data = report->text, .size = sizeof(report->text)};
	json_open(&report->json, &report->buffer);
	json_object_begin(&report->json);
	json_text_field(&report->json, "result", result_info(result)->code);
}

static void report_fault(struct offline_report *report, const char *fault, uint64_t sequence)
{
	if (fault != NULL)
		json_text_field(&report->json, "detail", fault);
	if (sequence != 0)
		json_unsigned_field(&report->json, "fault_sequence", sequence);
}

static void report_place(struct offline_report *report, const struct log_place *place)
{
	if (place->segment[0] == '\0')
		return;
	json_text_field(&report->json, "segment", place->segment);
	json_unsigned_field(&report->json, "offset", place->offset);
	json_unsigned_field(&report->json, "sequence", place->sequence);
	if (place->reason != NULL)
		json_text_field(&report->json, "reason", place->reason);
}

static void report_hex(struct offline_report *report, const char *name, const uint8_t *bytes,
		       uint32_t size)
{
	char digits[64];

	ASSERT(2 * size <= sizeof(digits));
	text_hex_encode(bytes, size, digits);
	json_slice_field(&report->json, name, (struct slice){digits, 2 * size});
}

static int report_close(struct offline_report *report, enum result result)
{
	const struct result_info *info = result_info(result);

	if (result != RESULT_OK)
		json_text_field(&report->json, "remedy", ledger_remedy(result));
	json_object_end(&report->json);
	json_close(&report->json);
	(void)printf("%.*s\n", (int)report->buffer.used, report->buffer.data);
	(void)fflush(stdout);
	return info->exit;
}

/* ---- Verify ---- */

static void verify_progress(uint64_t done, uint64_t all, void *context)
{
	(void)context;
	LOG("verify_progressed", log_number("done", (int64_t)done),
	    log_number("all", (int64_t)all));
}

static enum result verify_open(const struct config *config, struct ledger_files *files)
{
	struct store_options options = {
	    .folder = files->paths.store,
	    .unsafe_filesystem = config->unsafe_filesystem,
	    .read_only = true,
	};
	struct log_file_options journal;
	enum result result = ledger_lock(config, files);

	if (result == RESULT_OK)
		result = ledger_identify(files);
	if (result != RESULT_OK)
		return result;
	memcpy(options.ledger_id, files->id, LEDGER_ID_SIZE);
	/* Damage can crash LMDB itself: a child looks first. */
	files->fault = "the store is damaged";
	result = recovery_check_store(files->paths.store, files->id);
	if (result == RESULT_OK)
		result = store_open(&options, &files->store);
	if (result != RESULT_OK)
		return result;
	files->fault = "the journal is damaged";
	journal = ledger_journal_options(config, files);
	journal.materialised_sequence = store_meta(files->store)->sequence;
	journal.verify_all = true;
	result = log_file_open(&journal, &files->journal, &files->found);
	if (result != RESULT_OK)
		return result;
	files->log = log_file_shared(files->journal);
	files->fault = NULL;
	return ledger_make_state(config, files);
}

int offline_verify(const struct config *config)
{
	static struct offline_report report;
	struct ledger_files files;
	struct verify_report found = {.fault = NULL};
	enum result result = verify_open(config, &files);

	if (result == RESULT_OK) {
		const struct verify_config verify = {
		    .store = files.store,
		    .log = files.log,
		    .state = files.state,
		    .progress = verify_progress,
		};

		result = verify_run(&verify, &found);
	}
	report_open(&report, result);
	report_fault(&report, found.fault != NULL ? found.fault : files.fault,
		     found.fault_sequence);
	report_place(&report, &files.found.place);
	if (found.fault_kind != RECORD_KIND_NONE) {
		json_text_field(&report.json, "fault_kind", record_info(found.fault_kind)->name);
		json_unsigned_field(&report.json, "fault_id", found.fault_id);
	}
	report_hex(&report, "ledger_id", files.id, sizeof(files.id));
	json_unsigned_field(&report.json, "ledger_seq", found.sequence);
	json_unsigned_field(&report.json, "store_seq", found.store_sequence);
	json_unsigned_field(&report.json, "batches", found.batches);
	json_unsigned_field(&report.json, "entries", found.entries);
	json_unsigned_field(&report.json, "rows", found.rows);
	json_boolean_field(&report.json, "clean_stop", files.found.stopped);
	json_boolean_field(&report.json, "torn_tail", files.found.torn);
	if (result == RESULT_OK) {
		report_hex(&report, "journal_hash", found.journal_hash, sizeof(found.journal_hash));
		report_hex(&report, "state_hash", found.state_hash, sizeof(found.state_hash));
	}
	ledger_close(&files);
	return report_close(&report, result);
}

/* ---- Restore ---- */

int offline_restore(const struct config *config, const char *backup)
{
	static struct offline_report report;
	struct ledger_paths paths;
	struct backup_report done = {.fault = "a path is too long"};
	enum result result = RESULT_CONFIG_INVALID;

	if (ledger_paths_make(config, &paths))
		result = backup_restore(backup, paths.folder, &done);
	report_open(&report, result);
	report_fault(&report, result == RESULT_OK ? NULL : done.fault, 0);
	if (result == RESULT_OK) {
		report_hex(&report, "ledger_id", done.ledger_id, sizeof(done.ledger_id));
		json_unsigned_field(&report.json, "ledger_seq", done.sequence);
		json_unsigned_field(&report.json, "store_seq", done.store_sequence);
		json_unsigned_field(&report.json, "bytes", done.bytes);
		json_unsigned_field(&report.json, "files", done.files);
		report_hex(&report, "manifest_hash", done.manifest_hash,
			   sizeof(done.manifest_hash));
		json_boolean_field(&report.json, "secret_present",
				   file_exists(paths.secret) == RESULT_OK);
	}
	return report_close(&report, result);
}

/* ---- Recover ---- */

/* The store's folder gets another name that nobody uses yet; its content stays. */
static enum result store_set_aside(struct ledger_files *files)
{
	char path[FILE_PATH_SIZE_MAX];
	int size = snprintf(path, sizeof(path), "%s" OFFLINE_ASIDE, files->paths.store);
	enum result result;

	if (size < 0 || (size_t)size >= sizeof(path))
		return RESULT_CONFIG_INVALID;
	result = file_exists(path);
	if (result != RESULT_NOT_FOUND)
		return result == RESULT_OK ? RESULT_ALREADY_EXISTS : result;
	result = file_rename(files->paths.store, path);
	if (result == RESULT_OK)
		result = file_sync_folder(files->paths.folder);
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

int offline_rebuild_store(const struct config *config)
{
	static struct offline_report report;
	struct ledger_files files;
	enum result result = ledger_lock(config, &files);

	if (result == RESULT_OK)
		result = ledger_identify(&files);
	if (result == RESULT_OK) {
		result = store_set_aside(&files);
		files.fault =
		    "the store cannot be set aside (is there store" OFFLINE_ASIDE " already?)";
	}
	report_open(&report, result);
	report_fault(&report, result == RESULT_OK ? NULL : files.fault, 0);
	ledger_close(&files);
	return report_close(&report, result);
}

/* What the store reaches; a store that cannot be opened counts as one that holds everything. */
static uint64_t store_reach(const struct config *config, const struct ledger_files *files)
{
	struct store_options options = {
	    .folder = files->paths.store,
	    .unsafe_filesystem = config->unsafe_filesystem,
	    .read_only = true,
	};
	struct store *store = NULL;
	uint64_t sequence = UINT64_MAX;
	enum result result;

	memcpy(options.ledger_id, files->id, LEDGER_ID_SIZE);
	result = recovery_check_store(files->paths.store, files->id);
	if (result == RESULT_OK)
		result = store_open(&options, &store);
	if (result == RESULT_NOT_FOUND)
		return 0;
	if (result == RESULT_OK)
		sequence = store_meta(store)->target;
	store_close(store);
	return sequence;
}

int offline_drop_from(const struct config *config, uint64_t sequence)
{
	static struct offline_report report;
	struct ledger_files files;
	struct log_dropped dropped = {.first_sequence = 0};
	bool aside = false;
	enum result result = ledger_lock(config, &files);

	if (result == RESULT_OK)
		result = ledger_identify(&files);
	if (result == RESULT_OK) {
		struct log_file_options options = ledger_journal_options(config, &files);

		options.verify_all = true;
		files.fault = "nothing was dropped";
		result = log_drop_from(&options, sequence, &dropped);
	}
	if (result == RESULT_OK && store_reach(config, &files) >= dropped.first_sequence) {
		result = store_set_aside(&files);
		files.fault = "the journal was cut, but the store cannot be set aside";
		aside = result == RESULT_OK;
	}
	report_open(&report, result);
	report_fault(&report, result == RESULT_OK ? NULL : files.fault, 0);
	json_unsigned_field(&report.json, "dropped_from", dropped.first_sequence);
	json_unsigned_field(&report.json, "segments_set_aside", dropped.segments);
	json_boolean_field(&report.json, "store_set_aside", aside);
	report_place(&report, &dropped.place);
	ledger_close(&files);
	return report_close(&report, result);
}
