/* See run.h. The main thread waits for signals and watches; it answers nothing. */
#include "engine/daemon/run.h"

#include "engine/api/directory.h"
#include "engine/api/openapi.h"
#include "engine/api/route.h"
#include "engine/auth/access.h"
#include "engine/auth/secret.h"
#include "engine/base/text.h"
#include "engine/daemon/ask.h"
#include "engine/daemon/confine.h"
#include "engine/daemon/ledger.h"
#include "engine/http/server.h"
#include "engine/ledger/backup.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/log_reader.h"
#include "engine/ledger/shared_log.h"
#include "engine/ledger/store.h"
#include "engine/pipeline/pipeline.h"
#include "engine/proof/ask_signer.h"
#include "engine/proof/ledger_proofs.h"
#include "engine/system/clock.h"
#include "engine/system/log.h"
#include "engine/system/notify.h"
#include "engine/system/signals.h"
#include "engine/vault/master.h"
#include "engine/vault/vault.h"

#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUN_WATCH_MS	    50u
#define RUN_ROTATE_MS	    50u /* of one watch, for new keys of persons */
#define RUN_LAST_ANSWERS_MS 300u     /* after a fault: for answers that say "unknown" */
#define RUN_CLOCK_WAIT_MS   1000u    /* a clock that is behind by less is waited for */
#define RUN_FINISH_LAG_MAX  2000000u /* entries that an orderly stop still checkpoints */
#define US_PER_MS	    1000
#define RUN_SECURE_HEAP_SIZE	65536u /* of OpenSSL, locked; powers of two */
#define RUN_SECURE_HEAP_LEAST	32u    /* its smallest piece */

struct run {
	const struct config *config;
	const struct zone_table *zone;
	struct ledger_files files;
	struct secret *secret; /* in locked memory */
	struct checkpoint *checkpoint;
	struct pipeline *pipeline;
	struct proofs *proofs;
	struct log_reader *proof_readers[2]; /* of its thread, and of receipts */
	struct directory directory;
	void *directory_memory;
	struct route_table routes;
	struct hub hub;
	struct server_config server_config;
	struct server *server;
	struct server_bound bound;
	char *openapi;
	const char *fault;  /* static */
	const char *key;    /* static: the setting at fault, or NULL */
	bool rotation_failed; /* as was told */
	bool copy_failed;     /* as was told */
	uint64_t began_ms;  /* monotonic */
	_Atomic int failed; /* enum result of journal or store */
};

/* ---- What other threads call ---- */

static struct instant run_now(void *context)
{
	(void)context;
	return clock_now();
}

/* Journal thread or checkpoint thread. The main thread ends the process a moment later. */
static void run_failed(enum result result, void *context)
{
	struct run *run = context;
	int none = RESULT_OK;

	if (atomic_compare_exchange_strong(&run->failed, &none, (int)result))
		LOG("ledger_failed", log_result("result", result),
		    log_text("remedy", result_info(result)->remedy[RESULT_LANGUAGE_EN]));
}

static void run_figures(void *context, struct hub_ledger_figures *ret_figures)
{
	const struct run *run = context;
	struct checkpoint_figures figures;

	checkpoint_figures_read(run->checkpoint, &figures);
	*ret_figures = (struct hub_ledger_figures){
	    .checkpoint_sequence = figures.sequence,
	    .checkpoints = figures.checkpoints,
	    .store_used_bytes = figures.map_used_bytes,
	    .store_size_bytes = figures.map_size_bytes,
	    .oldest_reader_lag = figures.oldest_reader_lag,
	    .journal_longest_append_us = log_file_longest_append_us(run->files.journal),
	    .checkpoint_row_bytes = figures.row_bytes,
	    .checkpoint_lag_ms = figures.lag_ms,
	    .checkpoint_longest_lag_ms = figures.longest_lag_ms,
	    .checkpoint_longest_portion_us = figures.longest_portion_us,
	};
}

/* Backup thread. */
static enum result run_backup(void *context, struct slice name, struct hub_backup *ret_backup)
{
	const struct run *run = context;
	char target[FILE_PATH_SIZE_MAX];
	const struct backup_config config = {
	    .store = run->files.store,
	    .log = run->files.log,
	    .journal_folder = run->files.paths.journal,
	    .target = target,
	};
	struct backup_report report = {.fault = NULL};
	enum result result;
	int size = snprintf(target, sizeof(target), "%s/%.*s", run->config->backup_folder,
			    (int)name.size, name.data);

	if (run->config->backup_folder[0] == '\0' || size < 0 || (size_t)size >= sizeof(target))
		return RESULT_BACKUP_FOLDER_UNUSABLE;
	result = backup_run(&config, &report);
	/* Not even the backup's own folder could be made: no disk fails, a setting is wrong. */
	if (result == RESULT_IO_FAILED && file_exists(target) == RESULT_NOT_FOUND)
		result = RESULT_BACKUP_FOLDER_UNUSABLE;
	LOG("backup_finished", log_result("result", result), log_text("folder", target),
	    log_number("sequence", (int64_t)report.sequence),
	    log_number("bytes", (int64_t)report.bytes), log_text("detail", report.fault));
	if (result != RESULT_OK)
		return result;
	*ret_backup = (struct hub_backup){
	    .sequence = report.sequence,
	    .store_sequence = report.store_sequence,
	    .bytes = report.bytes,
	    .files = report.files,
	};
	memcpy(ret_backup->ledger_id, report.ledger_id, sizeof(ret_backup->ledger_id));
	memcpy(ret_backup->manifest_hash, report.manifest_hash, sizeof(ret_backup->manifest_hash));
	return RESULT_OK;
}

/* ---- Start ---- */

static enum result run_fail(struct run *run, enum result result, const char *fault)
{
	run->fault = fault;
	return result;
}

/* A machine whose clock is behind what the ledger has already recorded would write history
 * twice. */
static enum result run_check_clock(struct run *run)
{
	const struct ledger *ledger = state_ledger(run->files.state, (struct ledger_id){1});
	struct instant last = run->files.recovered.last_instant;
	int64_t behind_us;

	if (ledger == NULL)
		return run_fail(run, RESULT_JOURNAL_CORRUPT, "the journal has no beginning");
	run->hub.clock_is_manual = ledger->clock_mode == CLOCK_MODE_MANUAL;
	text_hex_encode(ledger->ledger_id, LEDGER_ID_SIZE, run->hub.ledger_id);
	if (memcmp(ledger->ledger_id, run->files.id, LEDGER_ID_SIZE) != 0)
		return run_fail(run, RESULT_LEDGER_MISMATCH, "the segments are another ledger's");
	atomic_store(&run->hub.last_instant_us, last.us);
	if (run->hub.clock_is_manual) {
		atomic_store(&run->hub.last_instant_us, ledger->clock.us);
		return RESULT_OK;
	}
	behind_us = last.us - clock_now().us;
	if (behind_us > 0 && behind_us <= (int64_t)RUN_CLOCK_WAIT_MS * US_PER_MS)
		(void)signals_wait((uint32_t)(behind_us / US_PER_MS) + 1);
	if (instant_less(clock_now(), last))
		return run_fail(run, RESULT_CLOCK_BEHIND_JOURNAL,
				"the machine's clock is before the ledger's last instant");
	return RESULT_OK;
}

static enum result run_open(struct run *run)
{
	enum result result = ledger_open(run->config, true, &run->files);

	if (result != RESULT_OK)
		return run_fail(run, result, run->files.fault);
	if (run->files.found.torn)
		LOG("journal_tail_cut", log_text("segment", run->files.found.place.segment),
		    log_number("offset", (int64_t)run->files.found.place.offset));
	LOG("ledger_opened", log_text("folder", run->files.paths.folder),
	    log_number("sequence", (int64_t)run->files.recovered.sequence),
	    log_number("store_sequence", (int64_t)run->files.recovered.store_sequence),
	    log_number("records_loaded", (int64_t)run->files.recovered.records_loaded),
	    log_number("entries_replayed", (int64_t)run->files.recovered.entries_replayed),
	    log_number("clean_stop", run->files.found.stopped));
	result = run_check_clock(run);
	if (result != RESULT_OK)
		return result;
	run->secret = secret_place_open();
	if (run->secret == NULL)
		return run_fail(run, RESULT_OUT_OF_MEMORY, "no locked memory for the secret");
	result = secret_load(run->files.paths.secret, run->secret);
	run->files.fault_path = run->files.paths.secret;
	if (result != RESULT_OK)
		return run_fail(run, RESULT_CONFIG_INVALID,
				"the secret file is missing, not 0600, or no secret");
	run->files.fault_path = NULL;
	result = ledger_mark_running(&run->files);
	return result == RESULT_OK ? result : run_fail(run, result, "the folder is not writable");
}

/* The vault, where there is one. Keys are wiped here; it keeps what it derives from them. */
static enum result run_open_vault(struct run *run)
{
	const struct config *config = run->config;
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	bool has_former = config->vault_key_former[0] != '\0';
	struct cipher_key master;
	struct cipher_key former;
	const struct vault_config vault = {
	    .folder = config->vault_folder,
	    .copies_folder = config->vault_copies,
	    .master = &master,
	    .former = has_former ? &former : NULL,
	    .unsafe_filesystem = config->unsafe_filesystem,
	};
	enum result result;

	if (config->vault_folder[0] == '\0')
		return RESULT_OK;
	run->key = "vault_key";
	result = master_load(config->vault_key, credentials, &master);
	if (result == RESULT_OK && has_former) {
		run->key = "vault_key_former";
		result = master_load(config->vault_key_former, credentials, &former);
	}
	if (result != RESULT_OK)
		return run_fail(run, RESULT_CONFIG_INVALID,
				"the master key is missing, open to others, or no key");
	run->key = "vault_folder";
	result = vault_open(&vault, &run->hub.vault);
	cipher_wipe(&master, sizeof(master));
	cipher_wipe(&former, sizeof(former));
	if (result != RESULT_OK)
		return run_fail(run, result, "the vault of personal data cannot be opened");
	run->key = NULL;
	return RESULT_OK;
}

/* The tables of the edge, from a state that nobody else touches yet. */
static enum result run_fill_tables(struct run *run)
{
	const struct state *state = run->files.state;
	const struct state_limits *limits = &run->files.limits;
	size_t size = directory_size_bytes(limits);
	enum result result;

	size = (size + 63u) & ~(size_t)63u;
	run->directory_memory = aligned_alloc(64, size);
	if (run->directory_memory == NULL)
		return run_fail(run, RESULT_OUT_OF_MEMORY, "no memory for the directory");
	memset(run->directory_memory, 0, size);
	if (!directory_init(&run->directory, limits, state, run->directory_memory))
		return run_fail(run, RESULT_OUT_OF_MEMORY, "no memory for the directory");
	result = access_open(limits->capacity[RECORD_KIND_CREDENTIAL],
			     limits->capacity[RECORD_KIND_PRINCIPAL], &run->hub.access);
	if (result != RESULT_OK)
		return run_fail(run, result, "no memory for the table of tokens");
	for (uint32_t id = 1; id <= state_count(state, RECORD_KIND_PRINCIPAL); id++)
		access_put_principal(run->hub.access, (struct principal_id){id},
				     state_principal(state, (struct principal_id){id}));
	for (uint32_t id = 1; id <= state_count(state, RECORD_KIND_CREDENTIAL); id++)
		access_put_credential(run->hub.access, (struct credential_id){id},
				      state_credential(state, (struct credential_id){id}));
	return RESULT_OK;
}

static enum result run_render_openapi(struct run *run)
{
	struct api_buffer buffer = {.size = OPENAPI_SIZE_MAX};

	buffer.data = malloc(buffer.size);
	if (buffer.data == NULL)
		return run_fail(run, RESULT_OUT_OF_MEMORY, "no memory for the API document");
	route_table_init(&run->routes);
	openapi_write(&buffer, &run->routes);
	ASSERT(!buffer.overflow);
	run->openapi = buffer.data;
	run->hub.openapi = (struct slice){buffer.data, buffer.used};
	return RESULT_OK;
}

static enum result run_start_ledger(struct run *run)
{
	struct checkpoint_config checkpoint = {
	    .store = run->files.store,
	    .log = run->files.log,
	    .failed = run_failed,
	    .context = run,
	    .interval_ms = (uint32_t)run->config->checkpoint_ms,
	};
	struct pipeline_config pipeline = {
	    .state = run->files.state,
	    .log = run->files.log,
	    .sequence = run->files.recovered.sequence,
	    .last_instant = run->files.recovered.last_instant,
	    .clock = run_now,
	    .failed = run_failed,
	    .context = run,
	};
	bool zone_is_same = ask_zone_is_same(&run->files.state->zone, run->zone);
	enum result result;

	/* New rules of legal time may come; what was recorded keeps its days. */
	if (!zone_is_same && state_count(run->files.state, RECORD_KIND_ZONE_ROW) > 0 &&
	    ask_zone_moves_past(&run->files.state->zone, run->zone,
				run->files.recovered.last_instant)) {
		run->key = "time_zone";
		return run_fail(run, RESULT_BAD_TIME_ZONE,
				"it would move instants that the ledger has recorded");
	}
	result = checkpoint_start(&checkpoint, &run->checkpoint);

	if (result != RESULT_OK)
		return run_fail(run, result, "the checkpoint cannot start");
	pipeline.checkpoint = run->checkpoint;
	result = pipeline_start(&pipeline, &run->pipeline);
	if (result != RESULT_OK)
		return run_fail(run, result, "the pipeline cannot start");
	if (!zone_is_same) {
		result = ask_zone(run->pipeline, run->zone);
		LOG("zone_changed", log_result("result", result));
	}
	return result == RESULT_OK
		   ? result
		   : run_fail(run, result, "the new rules of legal time were refused");
}

/* ---- Proofs ---- */

static enum result run_read_journal(void *journal, uint64_t sequence,
				    struct shared_log_buffer buffer,
				    struct shared_log_found *ret_found)
{
	return log_reader_read(journal, sequence, buffer, ret_found);
}

static enum result run_start_proofs(struct run *run)
{
	struct proofs_config config = {
	    .folder = run->files.paths.folder,
	    .zone = run->zone,
	    .read = run_read_journal,
	    .ask = ask_signer,
	    .signer = (void *)(uintptr_t)run->config->signer_socket,
	    .clock = clock_now,
	    .interval_s = (uint32_t)run->config->root_interval_s,
	};
	enum result result = RESULT_OK;

	if (run->config->signer_socket[0] == '\0')
		return RESULT_OK;
	for (uint32_t i = 0; i < 2 && result == RESULT_OK; i++)
		result = log_file_reader(run->files.journal, &run->proof_readers[i]);
	config.follow = run->proof_readers[0];
	config.show = run->proof_readers[1];
	memcpy(config.ledger_id, run->files.id, LEDGER_ID_SIZE);
	if (result == RESULT_OK)
		result = proofs_open(&config, &run->proofs);
	if (result == RESULT_OK)
		result = proofs_start(run->proofs);
	run->key = result == RESULT_OK ? NULL : "signer_socket";
	run->hub.proofs = run->proofs;
	return result == RESULT_OK ? result
				   : run_fail(run, result, "the signed roots cannot be opened");
}

static void run_stop_proofs(struct run *run)
{
	proofs_stop(run->proofs);
	proofs_close(run->proofs);
	for (uint32_t i = 0; i < 2; i++)
		log_reader_close(run->proof_readers[i]);
}

/* ---- The server ---- */

static enum result run_take_roles(struct run *run)
{
	struct slice rest = slice_from_text(run->config->certificate_roles);

	while (rest.size > 0) {
		struct slice word = rest;
		uint8_t role;

		for (word.size = 0; word.size < rest.size && rest.data[word.size] != ',';)
			word.size++;
		role = enum_number(&enum_role, text_trim(word));
		if (role == 0)
			return run_fail(run, RESULT_CONFIG_INVALID,
					"certificate_roles names a role that there is not");
		run->hub.certificate_roles |= 1u << role;
		if (word.size < rest.size)
			word.size++;
		rest = (struct slice){rest.data + word.size, rest.size - word.size};
	}
	if (run->hub.certificate_roles != 0 && run->config->tls_client_ca[0] == '\0')
		return run_fail(run, RESULT_CONFIG_INVALID,
				"certificate_roles needs tls_client_ca");
	return RESULT_OK;
}

static enum result run_start_server(struct run *run)
{
	const struct config *config = run->config;
	struct server_fault fault;
	enum result result = run_take_roles(run);

	if (result != RESULT_OK)
		return result;
	run->server_config = (struct server_config){
	    .listen = config->listen,
	    .admin_listen = config->admin_listen,
	    .unix_socket = config->unix_socket,
	    .tls_listen = config->tls_listen,
	    .tls = {config->tls_certificate, config->tls_key, config->tls_client_ca,
		    config->tls_client_crl},
	    .timeouts = {config->header_timeout_ms, config->body_timeout_ms,
			 config->write_timeout_ms, config->idle_timeout_ms, config->life_ms},
	    .network_threads = (uint32_t)config->network_threads,
	    .query_threads = (uint32_t)config->query_threads,
	    .connections_max = (uint32_t)config->connections_max,
	    .per_address_max = (uint32_t)config->connections_per_address_max,
	    .slots_max = (uint32_t)config->slots_max,
	    .streams_max = (uint32_t)config->streams_max,
	    .batches_max = (uint32_t)config->batches_max,
	    .reader = checkpoint_reader(run->checkpoint),
	};
	run->hub.directory = &run->directory;
	run->hub.zone = run->zone;
	run->hub.routes = &run->routes;
	run->hub.secret = run->secret;
	run->hub.pipeline = run->pipeline;
	run->hub.unsafe_filesystem = run->files.is_unsafe;
	run->hub.started_ms = clock_monotonic_ms();
	run->hub.figures = run_figures;
	run->hub.backup = run_backup;
	run->hub.context = run;
	result = server_start(&run->server_config, &run->hub, &run->server, &run->bound, &fault);
	run->key = fault.key;
	return result == RESULT_OK ? result : run_fail(run, result, fault.reason);
}

static enum result run_confine(struct run *run,
			       enum result (*confine)(const struct config *, const char **))
{
	const char *fault = NULL;
	enum result result = confine(run->config, &fault);

	if (result == RESULT_OK)
		return RESULT_OK;
	run->key = "sandbox";
	return run_fail(run, result, fault);
}

static enum result run_start(struct run *run)
{
	enum result result = run_render_openapi(run);

	/* Private keys of TLS lie in locked memory; without it they lie where all else does. */
	(void)CRYPTO_secure_malloc_init(RUN_SECURE_HEAP_SIZE, RUN_SECURE_HEAP_LEAST);
	if (result == RESULT_OK)
		result = run_open(run);
	if (result == RESULT_OK)
		result = run_open_vault(run);
	if (result == RESULT_OK)
		result = run_fill_tables(run);
	if (result == RESULT_OK)
		result = run_confine(run, confine_files);
	if (result == RESULT_OK)
		result = run_start_ledger(run);
	if (result == RESULT_OK)
		result = run_start_proofs(run);
	if (result == RESULT_OK)
		result = run_start_server(run);
	if (result == RESULT_OK)
		result = run_confine(run, confine_calls);
	return result;
}

/* ---- Life ---- */

/* The certificate may have been renewed; connections that stand keep the one before. */
static void run_reload(struct run *run)
{
	struct server_fault fault;
	enum result result = server_reload(run->server, &fault);

	LOG("reloaded", log_result("result", result), log_text("detail", fault.reason),
	    log_text("key", fault.key));
}

/* A rotation of keys goes on, step after step for a while: the vault is free between them. */
static void run_rotate(struct run *run)
{
	uint64_t end_ms = clock_monotonic_ms() + RUN_ROTATE_MS;
	bool is_done = true;
	enum result result;

	if (run->hub.vault == NULL)
		return;
	do
		result = vault_rotate_step(run->hub.vault, &is_done);
	while (result == RESULT_OK && !is_done && clock_monotonic_ms() < end_ms);
	if (result != RESULT_OK && !run->rotation_failed)
		LOG("rotation_failed", log_result("result", result));
	run->rotation_failed = result != RESULT_OK;
}

/* A copy of the keys a day, and none older than thirty. */
static void run_keep_keys(struct run *run)
{
	enum result result;

	if (run->hub.vault == NULL)
		return;
	result = vault_keep_keys(run->hub.vault, hub_now(&run->hub));
	if (result != RESULT_OK && !run->copy_failed)
		LOG("keys_copy_failed", log_result("result", result));
	run->copy_failed = result != RESULT_OK;
}

/* Waits for a stop or a fault, telling systemd that all is well. */
static void run_wait(struct run *run)
{
	uint64_t alive_ms = notify_watchdog_ms();
	uint64_t told_ms = clock_monotonic_ms();
	enum signals_event event;

	while ((event = signals_wait(RUN_WATCH_MS)) != SIGNALS_STOP) {
		if (event == SIGNALS_RELOAD)
			run_reload(run);
		if (atomic_load(&run->failed) != RESULT_OK)
			return;
		run_rotate(run);
		run_keep_keys(run);
		if (alive_ms != 0 && clock_monotonic_ms() - told_ms >= alive_ms) {
			notify_alive();
			told_ms = clock_monotonic_ms();
		}
	}
}

/* True: everything in hand was answered. False: the time is over, a second signal came, or the
 * ledger failed. */
static bool run_drain(struct run *run)
{
	uint64_t end_ms = clock_monotonic_ms() + run->config->drain_timeout_ms;

	LOG("drain_started");
	notify_stopping();
	server_drain(run->server);
	while (!server_is_drained(run->server)) {
		if (signals_wait(RUN_WATCH_MS) == SIGNALS_STOP ||
		    atomic_load(&run->failed) != RESULT_OK || clock_monotonic_ms() > end_ms)
			return false;
	}
	return true;
}

static enum result run_stop(struct run *run)
{
	enum result result = pipeline_stop(run->pipeline);
	uint64_t durable = shared_log_durable_sequence(run->files.log);
	uint64_t lag = durable - checkpoint_sequence(run->checkpoint);
	enum result stopped;

	server_stop(run->server);
	stopped = checkpoint_stop(run->checkpoint, lag <= RUN_FINISH_LAG_MAX);
	if (result == RESULT_OK)
		result = stopped;
	LOG("drain_finished", log_result("result", result),
	    log_number("sequence", (int64_t)durable),
	    log_number("checkpoint_sequence", (int64_t)checkpoint_sequence(run->checkpoint)));
	run_stop_proofs(run);
	pipeline_free(run->pipeline);
	checkpoint_free(run->checkpoint);
	if (result == RESULT_OK)
		result = ledger_mark_stopped(&run->files);
	ledger_close(&run->files);
	directory_deinit(&run->directory);
	access_close(run->hub.access);
	secret_place_close(run->secret);
	vault_close(run->hub.vault);
	free(run->directory_memory);
	free(run->openapi);
	return result;
}

/* The end without ceremony: the journal is what it is, the next start recovers. */
static _Noreturn void run_exit(struct run *run, enum result result)
{
	int code = result_info(result)->exit;

	LOG("stopped_at_once", log_result("result", result),
	    log_text("folder", run->files.paths.folder));
	_exit(code == 0 ? EXIT_FAILURE : code);
}

static void run_log_listener(const char *listener, const char *configured, uint16_t port)
{
	char address[SERVER_ADDRESS_SIZE_MAX];
	const char *colon = strrchr(configured, ':');
	size_t host = colon == NULL ? 0 : (size_t)(colon - configured);

	if (configured[0] == '\0')
		return;
	(void)snprintf(address, sizeof(address), "%.*s:%u", (int)host, configured, (unsigned)port);
	LOG("listening", log_text("listener", listener), log_text("address", address),
	    log_number("port", port));
}

/* Port 0 has become one by now: whoever started the daemon reads it here. */
static void run_log_listeners(const struct run *run)
{
	run_log_listener("api", run->config->listen, run->bound.port);
	run_log_listener("admin", run->config->admin_listen, run->bound.admin_port);
	run_log_listener("tls", run->config->tls_listen, run->bound.tls_port);
	if (run->config->unix_socket[0] != '\0')
		LOG("listening", log_text("listener", "unix"),
		    log_text("address", run->config->unix_socket));
	LOG("started", log_text("ledger_id", run->hub.ledger_id),
	    log_text("clock", run->hub.clock_is_manual ? "manual" : "system"),
	    log_number("pid", (int64_t)getpid()),
	    log_number("start_ms", (int64_t)(clock_monotonic_ms() - run->began_ms)));
}

int run_daemon(const struct config *config, const struct zone_table *zone)
{
	static struct run run; /* large: routes and paths */
	enum result result;

	run.began_ms = clock_monotonic_ms();
	run.config = config;
	run.zone = zone;
	result = run_start(&run);
	if (result != RESULT_OK) {
		LOG("start_failed", log_result("result", result),
		    log_text("title", result_info(result)->title[RESULT_LANGUAGE_EN]),
		    log_text("detail", run.fault), log_text("key", run.key),
		    log_text("path", run.files.fault_path),
		    log_number("fault_sequence", (int64_t)run.files.fault_sequence),
		    log_text("remedy", ledger_remedy(result)));
		_exit(result_info(result)->exit);
	}
	run_log_listeners(&run);
	notify_ready("answering");
	run_wait(&run);
	if (atomic_load(&run.failed) == RESULT_OK && run_drain(&run)) {
		result = run_stop(&run);
		return result == RESULT_OK ? 0 : result_info(result)->exit;
	}
	if (atomic_load(&run.failed) != RESULT_OK) {
		(void)signals_wait(RUN_LAST_ANSWERS_MS);
		run_exit(&run, (enum result)atomic_load(&run.failed));
	}
	run_exit(&run, RESULT_DRAINING);
}
