/* See ledger.h. */
#include "engine/daemon/ledger.h"

#include "engine/ledger/log_scan.h"
#include "engine/ledger/segment.h"
#include "engine/ledger/store.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static enum result ledger_fail(struct ledger_files *files, enum result result, const char *fault,
			       const char *path)
{
	files->fault = fault;
	files->fault_path = path;
	return result;
}

const char *ledger_remedy(enum result result)
{
	if (result == RESULT_NOT_FOUND)
		return "Make the ledger first (titolid init), or correct the folder's name.";
	if (result == RESULT_ALREADY_EXISTS)
		return "A ledger or its token is there already: name another folder.";
	return result_info(result)->remedy[RESULT_LANGUAGE_EN];
}

bool ledger_paths_make(const struct config *config, struct ledger_paths *ret_paths)
{
	size_t size = strlen(config->ledger);
	struct ledger_paths *paths = ret_paths;
	int written;

	memset(paths, 0, sizeof(*paths));
	while (size > 1 && config->ledger[size - 1] == '/')
		size--;
	if (size == 0 || size >= sizeof(paths->folder))
		return false;
	memcpy(paths->folder, config->ledger, size);
	if (config->secret_file[0] != '\0')
		written = snprintf(paths->secret, sizeof(paths->secret), "%s", config->secret_file);
	else
		written = snprintf(paths->secret, sizeof(paths->secret), "%s.key", paths->folder);
	return written > 0 && (size_t)written < sizeof(paths->secret) &&
	       file_path(paths->folder, "journal", paths->journal) &&
	       file_path(paths->folder, "store", paths->store) &&
	       file_path(paths->folder, "lock", paths->lock) &&
	       file_path(paths->folder, "running", paths->running) &&
	       file_path(paths->folder, "admin.token", paths->token);
}

enum result ledger_lock(const struct config *config, struct ledger_files *files)
{
	enum result result;

	memset(files, 0, sizeof(*files));
	files->lock = FILE_NONE;
	if (!ledger_paths_make(config, &files->paths))
		return ledger_fail(files, RESULT_CONFIG_INVALID, "a path is too long", "ledger");
	result = filesystem_check(files->paths.folder, files->filesystem);
	files->is_unsafe = result == RESULT_UNSAFE_FILESYSTEM;
	if (result == RESULT_UNSAFE_FILESYSTEM && config->unsafe_filesystem)
		result = RESULT_OK;
	if (result != RESULT_OK)
		return ledger_fail(files, result, "the folder cannot hold a ledger",
				   files->paths.folder);
	result = file_lock(files->paths.lock, &files->lock);
	if (result != RESULT_OK)
		return ledger_fail(files, result, "the lock cannot be taken", files->paths.lock);
	files->was_unclean = file_exists(files->paths.running) == RESULT_OK;
	return RESULT_OK;
}

/* ---- Identity ---- */

struct ledger_first {
	uint64_t sequence; /* lowest of the segments */
	bool found;
};

static bool ledger_see_name(void *context, const char *name)
{
	struct ledger_first *first = context;
	uint64_t sequence;

	if (segment_name_parse(name, &sequence) && (!first->found || sequence < first->sequence)) {
		first->sequence = sequence;
		first->found = true;
	}
	return true;
}

enum result ledger_identify(struct ledger_files *files)
{
	struct ledger_first first = {0, false};
	uint8_t sector[SEGMENT_SECTOR_SIZE];
	char name[SEGMENT_NAME_SIZE];
	char path[FILE_PATH_SIZE_MAX];
	struct segment_header header;
	struct file file = FILE_NONE;
	uint64_t size = 0;
	enum result result = file_list(files->paths.journal, ledger_see_name, &first);

	if (result == RESULT_OK && !first.found)
		result = RESULT_NOT_FOUND;
	if (result != RESULT_OK)
		return ledger_fail(files, result, "there is no journal", files->paths.journal);
	segment_name(first.sequence, name);
	if (!file_path(files->paths.journal, name, path))
		return ledger_fail(files, RESULT_CONFIG_INVALID, "a path is too long", "ledger");
	result = file_open(path, FILE_READ, &file);
	if (result == RESULT_OK)
		result = file_read(file, (struct file_span){0, sizeof(sector)}, sector, &size);
	file_close(&file);
	if (result != RESULT_OK)
		return ledger_fail(files, result, "the first segment cannot be read",
				   files->paths.journal);
	if (size != sizeof(sector) || segment_header_decode(sector, &header) != NULL)
		return ledger_fail(files, RESULT_JOURNAL_CORRUPT,
				   "the first segment's header is damaged", files->paths.journal);
	memcpy(files->id, header.ledger_id, LEDGER_ID_SIZE);
	return RESULT_OK;
}

/* ---- Store, journal, state ---- */

struct log_file_options ledger_journal_options(const struct config *config,
					       const struct ledger_files *files)
{
	struct log_file_options options = log_file_options_default(files->paths.journal, files->id);

	options.segment_size = config->segment_mib * MIB;
	options.free_space_min = config->disk_floor_mib * MIB;
	return options;
}

static enum result ledger_open_store(const struct config *config, struct ledger_files *files)
{
	struct store_options options = {
	    .folder = files->paths.store,
	    .map_size = config->store_gib * GIB,
	    .unsafe_filesystem = config->unsafe_filesystem,
	};
	enum result result = RESULT_OK;

	memcpy(options.ledger_id, files->id, LEDGER_ID_SIZE);
	if (files->was_unclean)
		result = recovery_check_store(files->paths.store, files->id);
	if (result == RESULT_OK)
		result = store_open(&options, &files->store);
	if (result != RESULT_OK)
		return ledger_fail(files, result, "the store cannot be opened", files->paths.store);
	return RESULT_OK;
}

static enum result ledger_open_journal(const struct config *config, bool start,
				       struct ledger_files *files)
{
	struct log_file_options options = ledger_journal_options(config, files);
	enum result result;

	options.materialised_sequence = store_meta(files->store)->sequence;
	result = log_file_open(&options, &files->journal, &files->found);
	if (result != RESULT_OK) {
		files->fault_sequence = files->found.place.sequence;
		return ledger_fail(files, result,
				   files->found.place.reason == NULL ? "the journal is not whole"
								     : files->found.place.reason,
				   files->paths.journal);
	}
	files->log = log_file_shared(files->journal);
	if (start)
		result = log_file_start(files->journal);
	if (result != RESULT_OK)
		return ledger_fail(files, result, "the journal cannot be written",
				   files->paths.journal);
	return RESULT_OK;
}

enum result ledger_make_state(const struct config *config, struct ledger_files *files)
{
	void *memory;
	size_t head = (sizeof(struct state) + 63u) & ~(size_t)63u;

	files->limits =
	    state_limits_for((uint32_t)config->vouchers_max, (uint32_t)config->redemptions_max);
	files->state_size = head + state_size_bytes(&files->limits);
	/* Reserved, not used: pages come as records do. */
	memory = mmap(NULL, files->state_size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return ledger_fail(files, RESULT_OUT_OF_MEMORY,
				   "no address space for the configured capacities", NULL);
	files->state_memory = memory;
	files->state = memory;
	state_init(files->state, &files->limits, (unsigned char *)memory + head);
	return RESULT_OK;
}

static enum result ledger_recover(struct ledger_files *files)
{
	const struct recovery_config config = {
	    .store = files->store,
	    .log = files->log,
	    .state = files->state,
	    .check_all = files->was_unclean,
	};
	enum result result = recovery_run(&config, &files->recovered);

	if (result == RESULT_OK)
		return RESULT_OK;
	files->fault_sequence = files->recovered.fault_sequence;
	return ledger_fail(files, result, files->recovered.fault, files->paths.folder);
}

enum result ledger_open(const struct config *config, bool start, struct ledger_files *files)
{
	enum result result = ledger_lock(config, files);

	if (result == RESULT_OK)
		result = ledger_identify(files);
	if (result == RESULT_OK)
		result = ledger_open_store(config, files);
	if (result == RESULT_OK)
		result = ledger_open_journal(config, start, files);
	if (result == RESULT_OK)
		result = ledger_make_state(config, files);
	if (result == RESULT_OK)
		result = ledger_recover(files);
	return result;
}

void ledger_close(struct ledger_files *files)
{
	if (files->log != NULL)
		shared_log_close(files->log);
	store_close(files->store);
	if (files->state_memory != NULL)
		(void)munmap(files->state_memory, files->state_size);
	file_close(&files->lock);
	files->log = NULL;
	files->store = NULL;
	files->state = NULL;
	files->state_memory = NULL;
}

/* ---- The mark of a run ---- */

enum result ledger_mark_running(struct ledger_files *files)
{
	struct file file = FILE_NONE;
	enum result result = file_open(files->paths.running, FILE_CREATE, &file);

	file_close(&file);
	return result == RESULT_OK ? file_sync_folder(files->paths.folder) : result;
}

enum result ledger_mark_stopped(struct ledger_files *files)
{
	enum result result = file_remove(files->paths.running);

	return result == RESULT_OK ? file_sync_folder(files->paths.folder) : result;
}
