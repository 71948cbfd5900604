/* `titoli destination test`: one question to the destination, nothing is sent or changed. */
#include "cli/courier_inside.h"
#include "engine/base/assert.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct probe {
	struct event_base *base;
	struct transfer_answer answer;
};

static void on_probed(void *context, const struct transfer_answer *answer)
{
	struct probe *probe = context;
	probe->answer = *answer;
	event_base_loopbreak(probe->base);
}

static int tell(const char *address, const struct transfer_answer *answer)
{
	bool is_reached = answer->end == VERDICT_END_ANSWERED ||
			  answer->end == VERDICT_END_NOT_FOUND ||
			  answer->end == VERDICT_END_ANSWER_TOO_LARGE;
	struct verdict verdict = is_reached ? verdict_make(DELIVERY_OUTCOME_SENT, 0, answer->status)
					    : verdict_of_end(answer->end, false);
	bool is_refused = answer->status == 401 || answer->status == 403;
	if (is_reached && !is_refused) {
		printf("%s answers%s\n", address, answer->status >= 500 ? ", with an error" : "");
		return EXIT_DONE;
	}
	uint8_t cause = is_refused ? DELIVERY_CAUSE_NOT_AUTHORISED : verdict.cause;
	session_usage("%s: %s (HTTP %u) %s", address, enum_name(&enum_delivery_cause, cause),
		      answer->status, answer->fault);
	return EXIT_REFUSED;
}

static int probe_folder(const char *address)
{
	if (access(address, W_OK | X_OK) == 0) {
		printf("%s can be written\n", address);
		return EXIT_DONE;
	}
	session_usage("%s cannot be written by this user", address);
	return EXIT_REFUSED;
}

int courier_probe(struct session *session, const struct courier_config *config,
		  const struct courier_section *section, const json_t *destination)
{
	ASSERT(session != NULL && config != NULL && section != NULL);
	const char *address = courier_text(destination, "address");
	char url[512];
	bool is_sftp = strncmp(address, "sftp://", 7) == 0;
	if (address[0] == '/')
		return probe_folder(address);
	bool is_folder = address[strlen(address) - 1] == '/';
	snprintf(url, sizeof(url), "%s%s", address, is_folder ? ".titoli-test" : "");
	struct transfer_access access = courier_config_access(section);
	struct transfer_request request = {.verb = is_sftp ? TRANSFER_GET : TRANSFER_HEAD,
					   .url = url,
					   .fd = -1,
					   .answer_max = 65536,
					   .access = &access,
					   .limits = &config->limits};
	struct probe probe = {.base = event_base_new()};
	struct transfer_loop *loop = NULL;
	int code = result_info(RESULT_OUT_OF_MEMORY)->exit;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (probe.base != NULL && transfer_loop_open(probe.base, &loop) == RESULT_OK &&
	    transfer_start(loop, &request, on_probed, &probe) == RESULT_OK) {
		event_base_dispatch(probe.base);
		code = tell(address, &probe.answer);
	}
	transfer_loop_close(loop);
	if (probe.base != NULL)
		event_base_free(probe.base);
	return code;
}
