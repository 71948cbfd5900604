/* What a redemption costs in instructions, step by step, held against tests/cost/limits.txt.
 *
 *	redemption_test              every step under valgrind, which counts instructions: neither a
 *	                             busy machine nor its clock moves them
 *	redemption_test STEP COUNT   the step alone, for COUNT lines
 *
 * The cost of one line is the difference between two runs of different counts: what is prepared for
 * them is the same and falls out. suite: seconds 900 */
#include "engine/api/binary.h"
#include "engine/api/directory.h"
#include "engine/api/read_json.h"
#include "engine/api/write_json.h"
#include "engine/auth/secret.h"
#include "engine/base/crc32c.h"
#include "engine/ledger/batch.h"
#include "engine/ledger/entry.h"
#include "engine/ledger/entry_pack.h"
#include "engine/ledger/gather.h"
#include "engine/ledger/layout.h"
#include "engine/ledger/log_memory.h"
#include "engine/ledger/store.h"
#include "tests/support/domain_fixture.h"
#include "tests/support/rome_zone.h"
#include "tests/support/store_rows.h"
#include "tests/support/test_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMITS	   "tests/cost/limits.txt"
#define TITLES	   400u
#define VISITS	   8u /* of each title */
#define LINES	   (TITLES * VISITS)
#define OPERATORS  200u
#define JOURNAL_ENTRIES 500u /* of one batch of the journal */
#define COUNT_LOW  1000u
#define COUNT_HIGH 3000u
#define TEXT_SIZE  (LINES * 200u)
#define DAY_US	   (INT64_C(24) * 3600 * TIME_US_PER_SECOND)

/* ---- What is prepared ---- */

struct prepared {
	struct fixture fixture;
	struct directory directory;
	struct route_table routes;
	struct secret secret;
	struct secret_hasher *hasher;
	struct arena arena;
	struct api_context context;
	struct api_request request;
	struct route route;	   /* of batches */
	struct route route_single; /* of one redemption */
	uint32_t title_count; /* that visits go round; LINES of them for the checkpoint */
	uint32_t titles[LINES];
	char *ndjson;
	char *csv;
	unsigned char *binary;
	uint32_t binary_size;
	struct command *commands;
	struct batch_reader reader;
	struct binary_reader binary_reader;
	struct batch_slice slice;
	_Alignas(16) unsigned char arena_memory[256u * 1024u];
};

static void must(bool condition, const char *what)
{
	if (condition)
		return;
	(void)fprintf(stderr, "redemption_test: %s\n", what);
	exit(2);
}

static void *memory_of(size_t size)
{
	void *memory = calloc(1, size);
	must(memory != NULL, "memory");
	return memory;
}

static uint64_t reference_hash(void *self, struct provider_id provider, struct slice text)
{
	return secret_hash64(self, provider.raw, text.data, text.size);
}

static uint64_t code_hash(void *self, const struct check_code *code)
{
	return secret_code_hash(self, code);
}

static void digest(void *self, struct slice input, uint8_t ret_digest[API_DIGEST_SIZE])
{
	secret_hash128(self, input, ret_digest);
}

static void prepare_world(struct prepared *all)
{
	struct fixture *fixture = &all->fixture;
	fixture_init(fixture);
	fixture->check_all = false;
	uint32_t minutes = 300 * TITLES / all->title_count; /* the fund has so much */
	for (uint32_t i = 0; i < all->title_count; i++)
		all->titles[i] = fixture_title(fixture, fixture->pandino, "2026-01", "2026-01",
					       minutes, fixture->alfa)
				     .raw;
	fixture_advance(fixture, fixture_instant("2026-02-01T08:00"));
}

static void prepare_edge(struct prepared *all)
{
	struct fixture *fixture = &all->fixture;
	struct state_limits limits = state_limits_for(20000, 200000);
	uint8_t bytes[SECRET_SIZE] = {1, 2, 3};
	must(secret_derive(bytes, &all->secret) == RESULT_OK, "secret");
	must(secret_hasher_open(&all->secret, &all->hasher) == RESULT_OK, "hasher");
	size_t size = directory_size_bytes(&limits);
	void *memory = aligned_alloc(64, (size + 63) / 64 * 64);
	must(memory != NULL, "memory");
	memset(memory, 0, size);
	must(directory_init(&all->directory, &limits, &fixture->state, memory), "directory");
	route_table_init(&all->routes);
	arena_init(&all->arena, all->arena_memory, sizeof(all->arena_memory));
	all->context = (struct api_context){
	    .directory = &all->directory,
	    .zone = rome_zone(),
	    .routes = &all->routes,
	    .secret = {all->hasher, reference_hash, code_hash, digest},
	};
	all->request = (struct api_request){
	    .context = &all->context,
	    .arena = &all->arena,
	    .caller = fixture->alfa_principal,
	    .principal = *state_principal(&fixture->state, fixture->alfa_principal),
	    .key = slice_from_text("6b1f9d4e-0c2a-4b8e-9a51-3f1c7d2e8a90"),
	    .instance = slice_from_text("6b1f9d4e"),
	    .language = RESULT_LANGUAGE_IT,
	};
	must(route_find(&all->routes, slice_from_text("POST"),
			slice_from_text("/v1/redemptions:batch"), &all->arena,
			&all->route) == RESULT_OK &&
		 route_find(&all->routes, slice_from_text("POST"),
			    slice_from_text("/v1/redemptions"), &all->arena,
			    &all->route_single) == RESULT_OK,
	     "routes");
}

struct visit_line {
	uint32_t title;
	uint32_t day;  /* of January */
	uint32_t hour; /* in Rome */
	uint32_t operator;
};

/* Visits round by round over the titles, as providers send a day. */
static struct visit_line line_at(const struct prepared *all, uint32_t index)
{
	uint32_t title = index % all->title_count;
	return (struct visit_line){title, 2 + index / TITLES,
				   8 + title % TITLES / OPERATORS, title % OPERATORS};
}

static void put_texts(struct prepared *all, uint32_t index, uint32_t *ndjson, uint32_t *csv)
{
	struct visit_line line = line_at(all, index);
	char number[CHECK_NUMBER_TEXT_SIZE_MAX + 1] = {0};
	uint32_t size = check_number_format(all->titles[line.title], number);
	number[size] = '\0';
	*ndjson += (uint32_t)snprintf(
	    all->ndjson + *ndjson, TEXT_SIZE - *ndjson,
	    "{\"id\":\"%u\",\"voucher\":\"%s\",\"start\":\"2026-01-%02uT%02u:00:00+01:00\","
	    "\"minutes\":30,\"operator\":\"OP-%u\"}\n",
	    index + 1, number, line.day, line.hour, line.operator);
	*csv += (uint32_t)snprintf(all->csv + *csv, TEXT_SIZE - *csv,
				   "%u;%s;2026-01-%02uT%02u:00:00+01:00;30;OP-%u\n", index + 1,
				   number, line.day, line.hour, line.operator);
}

static void put_binary(struct prepared *all, uint32_t index)
{
	struct visit_line line = line_at(all, index);
	unsigned char *record =
	    all->binary + (1 + OPERATORS + index) * (size_t)BINARY_RECORD_SIZE;
	uint64_t id = index + 1;
	int64_t start = fixture_instant("2026-01-01T00:00").us + (line.day - 1) * DAY_US +
			line.hour * INT64_C(3600) * TIME_US_PER_SECOND;
	uint16_t minutes = 30;
	uint16_t name = (uint16_t)(line.operator + 1);
	memcpy(record, &id, 8);
	memcpy(record + 8, &start, 8);
	memcpy(record + 16, &all->titles[line.title], 4);
	memcpy(record + 44, &minutes, 2);
	memcpy(record + 48, &name, 2);
}

static void seal_binary(struct prepared *all)
{
	const uint16_t form[2] = {BINARY_VERSION, BINARY_RECORD_SIZE};
	const uint32_t counts[2] = {LINES, OPERATORS};
	unsigned char *head = all->binary;
	memcpy(head, BINARY_MAGIC_REQUEST, BINARY_MAGIC_SIZE);
	memcpy(head + 8, form, 4);
	memcpy(head + 12, counts, 8);
	for (uint32_t i = 0; i < OPERATORS; i++)
		(void)snprintf((char *)head + (1 + i) * (size_t)BINARY_RECORD_SIZE,
			       BINARY_RECORD_SIZE, "OP-%u", i);
	uint32_t crc = crc32c_extend(crc32c(head, 60), head + 64, all->binary_size - 64);
	memcpy(head + 60, &crc, 4);
}

static void prepare_lines(struct prepared *all)
{
	uint32_t ndjson = 0;
	all->ndjson = memory_of(TEXT_SIZE);
	all->csv = memory_of(TEXT_SIZE);
	all->binary_size = (1 + OPERATORS + LINES) * BINARY_RECORD_SIZE;
	all->binary = memory_of(all->binary_size);
	uint32_t csv =
	    (uint32_t)snprintf(all->csv, TEXT_SIZE, "id;voucher;start;minutes;operator\n");
	for (uint32_t i = 0; i < LINES; i++) {
		put_texts(all, i, &ndjson, &csv);
		put_binary(all, i);
	}
	seal_binary(all);
}

/* ---- Steps ---- */

/* Reads lines of a text until there are so many; commands go to all->commands where it is there. */
static void read_text(struct prepared *all, enum batch_format format, const char *text,
		      uint32_t count)
{
	struct slice rest = slice_from_text(text);
	uint32_t lines = 0;
	const char *end = text;
	for (; lines < count + (format == BATCH_FORMAT_CSV); lines++)
		end = strchr(end, '\n') + 1;
	rest.size = (uint32_t)(end - text);
	lines = 0;
	batch_start(&all->reader, &all->request, &all->route, format, &all->slice);
	for (;;) {
		uint32_t consumed = 0;
		enum batch_step step = batch_read(&all->reader, rest, true, &consumed);
		rest.data += consumed;
		rest.size -= consumed;
		lines += all->slice.command_count;
		must(step == BATCH_SLICE || step == BATCH_END, "a text that is read");
		if (step == BATCH_END)
			break;
		batch_next_slice(&all->reader, &all->slice);
	}
	must(lines == count, "every line read");
}

/* The same lines as bodies of requests of their own: what a line has more is its id. */
static void read_single(struct prepared *all, uint32_t count)
{
	static char body[512];
	const char *line = all->ndjson;
	for (uint32_t i = 0; i < count; i++) {
		struct api_problem problem;
		const char *members = strchr(line, ',') + 1;
		const char *end = strchr(members, '\n');
		uint32_t size = (uint32_t)(end - members);
		body[0] = '{';
		memcpy(body + 1, members, size);
		enum result result = read_json_command(
		    &all->request, &all->route_single, (struct slice){body, size + 1},
		    &all->slice.commands[0], &problem);
		must(result == RESULT_OK, "a body that is read");
		line = end + 1;
	}
}

static void read_binary(struct prepared *all, uint32_t count)
{
	struct api_problem problem;
	struct slice body = {(const char *)all->binary, all->binary_size};
	must(binary_open(&all->binary_reader, body, &problem) == RESULT_OK, "a body");
	all->binary_reader.line_count = count; /* the checksum of all is part of both runs */
	uint32_t lines = 0;
	while (!binary_is_over(&all->binary_reader)) {
		all->slice.line_count = 0;
		all->slice.command_count = 0;
		binary_read(&all->binary_reader, &all->request, &all->slice);
		if (all->commands != NULL)
			memcpy(all->commands + lines, all->slice.commands,
			       all->slice.command_count * sizeof(struct command));
		lines += all->slice.command_count;
	}
	must(lines == count, "every line read");
}

/* What the ledger thread does: judged, written as an entry of a batch, carried out. */
static void judge_one(struct prepared *all, const struct command *command, uint64_t sequence,
		      struct entry_pack *pack, struct entry_packed *ret_packed)
{
	struct fixture *fixture = &all->fixture;
	struct outcome outcome;
	decide(&fixture->effects, command, fixture->now, sequence, &outcome);
	must(outcome.result == RESULT_ACCEPTED, result_code(outcome.result));
	const struct entry_head head = {
	    .sequence = sequence,
	    .at = fixture->now,
	    .result = (uint16_t)outcome.result,
	};
	uint32_t size =
	    entry_encode(&head, command, &fixture->effects, entry_pack_room(pack));
	must(entry_pack_write(pack, size, ret_packed), "an entry that is packed");
	entry_pack_keep(pack);
	apply_effects(&fixture->state, &fixture->effects);
}

static void judge(struct prepared *all, uint32_t count)
{
	struct entry_pack *pack = NULL;
	must(entry_pack_open(&pack) == RESULT_OK, "memory for the pack");
	for (uint32_t i = 0; i < count; i++) {
		struct entry_packed packed;
		if (i % JOURNAL_ENTRIES == 0)
			entry_pack_begin(pack);
		judge_one(all, &all->commands[i], all->fixture.sequence++, pack, &packed);
	}
	entry_pack_close(pack);
}

/* ---- The checkpoint ---- */

/* A store that holds the titles, as if all that was so far had been entry 0. */
static void fill_store(const struct state *state, struct store *store)
{
	struct store_meta meta = *store_meta(store);
	must(store_begin(store) == RESULT_OK, "a transaction");
	for (uint32_t number = 1; number <= RECORD_KIND_MAX; number++) {
		enum record_kind kind = (enum record_kind)number;
		if (!layout_kind_is_known(number))
			continue;
		meta.counts[kind] = state_count(state, kind);
		for (uint32_t id = 1; id <= meta.counts[kind]; id++) {
			uint8_t bytes[LAYOUT_SIZE_MAX];
			const struct store_rows_row put = {
			    .bytes = bytes,
			    .size = layout_encode(kind, state_record(state, kind, id), bytes),
			    .id = id,
			    .kind = (uint8_t)kind,
			    .version = layout_version(kind),
			    .append = true,
			};
			store_rows_put(store, &put);
		}
	}
	store_put_meta(store, &meta);
	must(store_commit(store) == RESULT_OK, "a store that is filled");
}

/* COUNT_HIGH lines judged, in batches of a journal in memory. */
static void record(struct prepared *all, struct shared_log *log)
{
	static uint8_t buffer[BATCH_SIZE_MAX];
	struct entry_pack *pack = NULL;
	struct batch_hasher *hasher = NULL;
	must(entry_pack_open(&pack) == RESULT_OK && batch_hasher_open(&hasher) == RESULT_OK,
	     "memory for a batch");
	must(COUNT_HIGH % JOURNAL_ENTRIES == 0, "whole batches");
	for (uint32_t i = 0; i < COUNT_HIGH; i += JOURNAL_ENTRIES) {
		struct batch_builder builder;
		const struct batch_head head = {.first_sequence = i + 1,
						.instant_us = all->fixture.now.us,
						.epoch = shared_log_epoch(log)};
		batch_begin(&builder, buffer, sizeof(buffer), &head);
		entry_pack_begin(pack);
		for (uint32_t j = i; j < i + JOURNAL_ENTRIES; j++) {
			struct entry_packed packed;
			judge_one(all, &all->commands[j], j + 1, pack, &packed);
			must(batch_append_entry(
				 &builder,
				 (struct batch_entry_type){ENTRY_VERSION, ENTRY_KIND},
				 packed.bytes, packed.size),
			     "room in a batch");
		}
		uint8_t hash[BATCH_HASH_SIZE];
		shared_log_tail_hash(log, hash);
		must(batch_seal(&builder, hasher, hash, hash) == RESULT_OK, "a batch");
		const struct shared_log_batch batch = {
		    buffer, builder.size, builder.count, i + 1, head.epoch};
		must(shared_log_append(log, &batch) == RESULT_OK, "a journal that takes it");
	}
	batch_hasher_close(hasher);
	entry_pack_close(pack);
}

/* One checkpoint of so many entries, each of another title. */
static void checkpoint(struct prepared *all, uint32_t count)
{
	struct log_memory *memory = NULL;
	struct store *store = NULL;
	struct gather *gather = NULL;
	struct gather_span span;
	struct gather_written written;
	const struct log_memory_options log_options = {.capacity = UINT64_C(1) << 26};
	char folder[TEST_FOLDER_SIZE];
	test_folder_make("cost", folder);
	const struct store_options options = {
	    .folder = folder, .map_size = UINT64_C(1) << 28, .unsafe_filesystem = true};
	must(log_memory_make(&log_options, &memory) == RESULT_OK &&
		 store_open(&options, &store) == RESULT_OK && gather_open(&gather) == RESULT_OK,
	     "journal and store");
	fill_store(&all->fixture.state, store);
	record(all, log_memory_shared(memory));
	must(gather_read(gather, log_memory_shared(memory), 1, count, &span) == RESULT_OK &&
		 span.entries == count &&
		 gather_write(gather, store, NULL, &written) == RESULT_OK && written.commits == 1,
	     "one checkpoint of all");
	gather_close(gather);
	store_close(store);
	log_memory_free(memory);
	test_folder_empty(folder);
}

enum form { FORM_SINGLE, FORM_NDJSON, FORM_BINARY };

static void answer(struct prepared *all, enum form form, uint32_t count)
{
	static char text[WRITE_JSON_ANSWER_SIZE_MAX];
	const struct outcome outcome = {
	    .result = RESULT_ACCEPTED,
	    .command = COMMAND_KIND_REDEMPTION_SUBMIT,
	    .object_kind = RECORD_KIND_REDEMPTION,
	    .object = 1234567,
	    .net = cents_from(1130),
	    .gross = cents_from(1187),
	    .units = 270,
	    .sequence = 9876543,
	    .at = all->fixture.now,
	};
	for (uint32_t i = 0; i < count; i++) {
		struct batch_line line = {.number = i + 1, .id_size = 4, .id = "1234"};
		struct api_buffer buffer = {text, sizeof(text), 0, false};
		if (form == FORM_BINARY)
			binary_answer_line(&line, &outcome, (unsigned char *)text);
		else if (form == FORM_SINGLE)
			(void)write_json_outcome(&buffer, &all->request, &outcome, NULL);
		else
			write_json_batch_line(&buffer, &all->request, &line, &outcome, NULL);
	}
}

static int run_step(const char *step, uint32_t count)
{
	struct prepared *all = memory_of(sizeof(*all));
	must(count > 0 && count <= LINES, "a count of lines");
	bool is_checkpoint = strcmp(step, "checkpoint") == 0;
	all->title_count = is_checkpoint ? LINES : TITLES;
	prepare_world(all);
	prepare_edge(all);
	prepare_lines(all);
	if (is_checkpoint || strcmp(step, "judge") == 0) {
		all->commands = memory_of(LINES * sizeof(struct command));
		read_binary(all, LINES);
		if (is_checkpoint)
			checkpoint(all, count);
		else
			judge(all, count);
	} else if (strcmp(step, "read_ndjson") == 0) {
		read_text(all, BATCH_FORMAT_NDJSON, all->ndjson, count);
	} else if (strcmp(step, "read_csv") == 0) {
		read_text(all, BATCH_FORMAT_CSV, all->csv, count);
	} else if (strcmp(step, "read_binary") == 0) {
		read_binary(all, count);
	} else if (strcmp(step, "answer_ndjson") == 0) {
		answer(all, FORM_NDJSON, count);
	} else if (strcmp(step, "read_single") == 0) {
		read_single(all, count);
	} else if (strcmp(step, "answer_single") == 0) {
		answer(all, FORM_SINGLE, count);
	} else {
		must(strcmp(step, "answer_binary") == 0, "a step that is known");
		answer(all, FORM_BINARY, count);
	}
	return 0;
}

/* ---- The guard ---- */

static char program[4096];

/* Instructions of one run, as valgrind counts them; 0: it could not run. */
static uint64_t instructions_of(const char *step, uint32_t count)
{
	char command[8192];
	char line[512];
	uint64_t collected = 0;
	(void)snprintf(command, sizeof(command),
		       "valgrind --tool=callgrind --callgrind-out-file=/dev/null '%s' %s %u 2>&1",
		       program, step, count);
	FILE *output = popen(command, "re");
	must(output != NULL, "a shell");
	while (fgets(line, sizeof(line), output) != NULL) {
		const char *found = strstr(line, "Collected : ");
		if (found != NULL)
			collected = strtoull(found + 12, NULL, 10);
		else if (strstr(line, "redemption_test:") != NULL)
			(void)fputs(line, stderr);
	}
	return pclose(output) == 0 ? collected : 0;
}

static bool has_valgrind(void)
{
	return system("valgrind --version > /dev/null 2>&1") == 0;
}

/* True: the step costs no more than it may, and not so much less that the limit says nothing. */
static bool check_step(const char *step, uint64_t limit)
{
	uint64_t low = instructions_of(step, COUNT_LOW);
	uint64_t high = instructions_of(step, COUNT_HIGH);
	if (low == 0 || high <= low) {
		printf("FAILED %s: it did not run\n", step);
		return false;
	}
	uint64_t cost = (high - low) / (COUNT_HIGH - COUNT_LOW);
	bool is_within = cost <= limit;
	bool is_telling = cost * 4 >= limit * 3;
	printf("%s_instructions %llu (limit %llu)\n", step, (unsigned long long)cost,
	       (unsigned long long)limit);
	if (!is_within)
		printf("FAILED %s: above its limit in %s\n", step, LIMITS);
	if (!is_telling)
		printf("FAILED %s: lower the limit in %s, it is more than a third above the cost\n",
		       step, LIMITS);
	return is_within && is_telling;
}

static int guard(void)
{
	char line[256];
	uint32_t passed = 0;
	uint32_t failed = 0;
	if (!has_valgrind()) {
		printf("SKIP: instructions of a redemption: valgrind is not installed\n");
		printf("0 passed, 0 failed\n");
		return 0;
	}
	FILE *file = fopen(LIMITS, "re");
	must(file != NULL, LIMITS);
	while (fgets(line, sizeof(line), file) != NULL) {
		char step[32];
		unsigned long long limit = 0;
		if (line[0] == '#' || line[0] == '\n')
			continue;
		must(sscanf(line, "%31s %llu", step, &limit) == 2, "a line `step limit`");
		if (check_step(step, limit))
			passed++;
		else
			failed++;
		(void)fflush(stdout);
	}
	(void)fclose(file);
	printf("%u passed, %u failed\n", passed, failed);
	return failed == 0 && passed > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 3)
		return run_step(argv[1], (uint32_t)strtoul(argv[2], NULL, 10));
	ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
	must(argc == 1 && size > 0, "usage: redemption_test [STEP COUNT]");
	return guard();
}
