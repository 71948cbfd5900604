/* Files into the outbox and onto the ledger's list: see courier.h. */
#include "cli/courier.h"

#include "cli/courier_inside.h"
#include "connectors/delivery/folder.h"
#include "engine/base/assert.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define OUTBOX_DEFAULT "/var/lib/titoli-courier/outbox"
#define FILES_MAX      ARGUMENTS_MAX

static const char *outbox_of(struct session *session, const char *given)
{
	const char *flag = arguments_flag(&session->arguments, "outbox");
	const char *environment = getenv("TITOLI_OUTBOX");
	if (given != NULL)
		return given;
	if (flag != NULL)
		return flag;
	return environment != NULL && environment[0] != '\0' ? environment : OUTBOX_DEFAULT;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

static int tell(const char *path, enum result result)
{
	const struct result_info *info = result_info(result);
	session_usage("%s: %s", path, info->title[RESULT_LANGUAGE_EN]);
	return info->exit;
}

static int post_delivery(struct session *session, const struct courier_files *files,
			 const char *path, const uint8_t hash[FOLDER_HASH_SIZE], uint64_t size)
{
	char key[CLIENT_KEY_SIZE];
	char hex[2 * FOLDER_HASH_SIZE + 1];
	client_draw_key(key);
	text_hex_encode(hash, FOLDER_HASH_SIZE, hex);
	hex[2 * FOLDER_HASH_SIZE] = '\0';
	json_t *body =
	    json_pack("{s:s,s:s,s:s,s:I}", "destination", files->destination, "file_name",
		      name_of(path), "file_hash", hex, "size", (json_int_t)size);
	if (files->export != NULL)
		json_object_set_new(body, "export", json_string(files->export));
	char *text = json_dumps(body, JSON_COMPACT);
	struct client_request request = {.method = "POST",
					 .path = "/v1/deliveries",
					 .media = "application/json",
					 .key = key,
					 .body = slice_from_text(text)};
	struct client_answer answer;
	int code = EXIT_DONE;
	enum result result = client_send(&session->client, &request, &answer);
	if (result != RESULT_OK) {
		code = session_fault(session, result);
	} else if (client_result(&answer) != RESULT_OK) {
		code = session_problem(session, &answer);
	} else if (!session->is_quiet) {
		json_t *made = client_json(&answer);
		if (session->is_json)
			session_print_json(made);
		else
			printf("%s  %s -> %s\n", courier_text(made, "delivery"), name_of(path),
			       files->destination);
		json_decref(made);
	}
	client_answer_free(&answer);
	free(text);
	json_decref(body);
	return code;
}

/* One file: under the hash of its bytes in the outbox, then on the list. In this order, so that a
 * courier never looks for a file that is not there. */
static int queue_file(struct session *session, const struct courier_files *files,
		      const char *outbox, const char *path)
{
	char stored[FILE_PATH_SIZE_MAX];
	uint8_t hash[FOLDER_HASH_SIZE];
	char hex[2 * FOLDER_HASH_SIZE + 1];
	struct buffer content = {NULL, 0, 0};
	if (!buffer_read_file(&content, path) || content.size == 0) {
		bool is_empty = content.data != NULL && content.size == 0;
		buffer_free(&content);
		return is_empty ? session_usage("%s: the file is empty", path)
				: tell(path, RESULT_NOT_FOUND);
	}
	folder_hash(buffer_slice(&content), hash);
	text_hex_encode(hash, sizeof(hash), hex);
	hex[2 * FOLDER_HASH_SIZE] = '\0';
	enum result result = folder_make(outbox);
	if (result == RESULT_OK)
		result = folder_deliver(outbox, hex, buffer_slice(&content));
	uint64_t size = content.size;
	buffer_free(&content);
	if (result != RESULT_OK || !file_path(outbox, hex, stored))
		return tell(outbox, result);
	/* The courier may be another user of the folder's group. */
	(void)chmod(stored, S_IRUSR | S_IWUSR | S_IRGRP);
	return post_delivery(session, files, path, hash, size);
}

int courier_queue(struct session *session, const struct courier_files *files)
{
	ASSERT(session != NULL && files != NULL);
	ASSERT(files->destination != NULL && files->paths != NULL);
	const char *folder = outbox_of(session, files->outbox);
	for (uint32_t i = 0; i < files->count; i++) {
		int code = queue_file(session, files, folder, files->paths[i]);
		if (code != EXIT_DONE)
			return code;
	}
	return EXIT_DONE;
}

int courier_queue_names(struct session *session, const struct courier_files *files,
			const char *folder)
{
	ASSERT(session != NULL && files != NULL && folder != NULL);
	for (uint32_t i = 0; i < files->count; i++) {
		char path[FILE_PATH_SIZE_MAX];
		const char *const one = path;
		struct courier_files single = *files;
		if (!file_path(folder, files->paths[i], path))
			return tell(files->paths[i], RESULT_FIELD_INVALID);
		single.paths = &one;
		single.count = 1;
		int code = courier_queue(session, &single);
		if (code != EXIT_DONE)
			return code;
	}
	return EXIT_DONE;
}

static int send_files(struct session *session)
{
	const char *paths[FILES_MAX];
	uint32_t count = 0;
	const char *destination = arguments_flag(&session->arguments, "destination");
	const char *export = arguments_flag(&session->arguments, "export");
	const char *outbox = outbox_of(session, NULL);
	for (const char *word = arguments_word(&session->arguments);
	     word != NULL && count < FILES_MAX; word = arguments_word(&session->arguments))
		paths[count++] = word;
	if (destination == NULL || count == 0)
		return session_usage(
		    "titoli delivery send FILE ... --destination CODE [--export ID] "
		    "[--outbox FOLDER]");
	if (!session_flags_used(session))
		return EXIT_USAGE;
	return courier_queue(session, &(struct courier_files){.destination = destination,
							      .export = export,
							      .outbox = outbox,
							      .paths = paths,
							      .count = count});
}

/* What can be known without sending anything: the configuration's part, its files, the allow-list.
 */
static int test_destination(struct session *session)
{
	static struct courier_config config;
	const char *code = arguments_word(&session->arguments);
	const char *path = arguments_flag(&session->arguments, "courier-config");
	if (code == NULL || path == NULL)
		return session_usage("titoli destination test CODE --courier-config FILE");
	if (!session_flags_used(session))
		return EXIT_USAGE;
	char target[96];
	json_t *destination = NULL;
	int exit_code = result_info(RESULT_CONFIG_INVALID)->exit;
	if (courier_config_load(&config, path) != RESULT_OK) {
		session_usage("%s", config.fault);
		courier_config_free(&config);
		return exit_code;
	}
	snprintf(target, sizeof(target), "/v1/destinations/%.40s", code);
	int answered = session_get(session, target, &destination);
	const struct courier_section *section = courier_config_find(&config, code);
	if (answered != EXIT_DONE)
		exit_code = answered;
	else if (section == NULL)
		session_usage("%s has no part [%s]", path, code);
	else if (!send_is_allowed(config.allow, courier_text(destination, "address")))
		session_usage("%s is not on the list `allow` of %s",
			      courier_text(destination, "address"), path);
	else
		exit_code = courier_probe(session, &config, section, destination);
	json_decref(destination);
	courier_config_free(&config);
	return exit_code;
}

int courier_verb(struct session *session, const char *noun, const char *verb)
{
	if (strcmp(noun, "delivery") == 0 && strcmp(verb, "send") == 0)
		return send_files(session);
	if (strcmp(noun, "destination") == 0 && strcmp(verb, "test") == 0)
		return test_destination(session);
	return -1;
}
