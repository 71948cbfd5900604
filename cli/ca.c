/* See ca.h. Words, flags and what is told; the authority itself is connectors/authority. */
#include "cli/ca.h"

#include "connectors/authority/authority.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define CA_ROOT_DAYS   3650u
#define CA_CLIENT_DAYS 365u
#define CA_LIST_DAYS   30u

struct ca {
	struct session *session;
	const char *folder;
	uint32_t days;
};

static int tell_fault(enum result result, const char *path, const char *fault)
{
	session_usage("%s: %s", path, fault);
	return result_info(result)->exit;
}

/* False: told. */
static bool take_common(struct ca *ca, uint32_t days)
{
	struct arguments *arguments = &ca->session->arguments;
	const char *given = arguments_flag(arguments, "days");
	uint64_t number = days;

	ca->folder = arguments_flag(arguments, "folder");
	if (ca->folder == NULL || ca->folder[0] == '\0') {
		session_usage("--folder is missing: where the authority keeps its files");
		return false;
	}
	if (given != NULL &&
	    (!text_parse_u64(slice_from_text(given), AUTHORITY_DAYS_MAX, &number) || number == 0)) {
		session_usage("--days: 1 to %u", AUTHORITY_DAYS_MAX);
		return false;
	}
	ca->days = (uint32_t)number;
	return true;
}

static void tell(const struct ca *ca, const char *name, const char *value)
{
	json_t *told;

	if (!ca->session->is_json) {
		if (!ca->session->is_quiet)
			printf("%s %s\n", name, value);
		return;
	}
	told = json_pack("{s:s}", name, value);
	session_print_json(told);
	json_decref(told);
}

static int init(struct ca *ca)
{
	const char *name = arguments_flag(&ca->session->arguments, "name");
	const char *fault = "";
	enum result result;

	if (name == NULL)
		return session_usage("--name is missing: the authority's common name");
	if (!session_flags_used(ca->session))
		return EXIT_USAGE;
	result = authority_init(ca->folder, name, ca->days, &fault);
	if (result != RESULT_OK)
		return tell_fault(result, ca->folder, fault);
	tell(ca, "folder", ca->folder);
	return EXIT_DONE;
}

static int sign(struct ca *ca, struct authority *authority)
{
	struct arguments *arguments = &ca->session->arguments;
	const char *request = arguments_flag(arguments, "csr");
	const char *path = arguments_flag(arguments, "out");
	char serial[AUTHORITY_SERIAL_SIZE];
	const char *fault = "";
	enum result result;

	if (request == NULL || path == NULL)
		return session_usage("--csr and --out are needed: request and certificate");
	if (!session_flags_used(ca->session))
		return EXIT_USAGE;
	result = authority_sign(authority, request, path, ca->days, serial, &fault);
	if (result != RESULT_OK)
		return tell_fault(result, request, fault);
	tell(ca, "serial", serial);
	return EXIT_DONE;
}

static int revoke(struct ca *ca, struct authority *authority)
{
	struct arguments *arguments = &ca->session->arguments;
	const char *path = arguments_flag(arguments, "pem");
	const char *given = arguments_flag(arguments, "serial");
	char serial[AUTHORITY_SERIAL_SIZE];
	const char *fault = "";
	enum result result = RESULT_OK;

	if ((path == NULL) == (given == NULL))
		return session_usage("either --pem or --serial says which certificate");
	if (!session_flags_used(ca->session))
		return EXIT_USAGE;
	if (path != NULL)
		result = authority_serial(authority, path, serial, &fault);
	if (result == RESULT_OK)
		result = authority_revoke(authority, path == NULL ? given : serial, ca->days,
					  &fault);
	if (result != RESULT_OK)
		return tell_fault(result, path == NULL ? given : path, fault);
	tell(ca, "serial", path == NULL ? given : serial);
	return EXIT_DONE;
}

static int list(struct ca *ca, struct authority *authority)
{
	const char *fault = "";
	enum result result;

	if (!session_flags_used(ca->session))
		return EXIT_USAGE;
	result = authority_list(authority, ca->days, &fault);
	return result == RESULT_OK ? EXIT_DONE : tell_fault(result, ca->folder, fault);
}

static const struct {
	const char *verb;
	int (*run)(struct ca *ca, struct authority *authority);
	uint32_t days;
} ca_verbs[] = {
    {"sign", sign, CA_CLIENT_DAYS},
    {"revoke", revoke, CA_LIST_DAYS},
    {"crl", list, CA_LIST_DAYS},
};

int ca_run(struct session *session)
{
	const char *verb = arguments_word(&session->arguments);
	struct ca ca = {.session = session};
	struct authority *authority = NULL;
	const char *fault = "";

	if (verb != NULL && strcmp(verb, "init") == 0)
		return take_common(&ca, CA_ROOT_DAYS) ? init(&ca) : EXIT_USAGE;
	for (uint32_t i = 0; verb != NULL && i < sizeof(ca_verbs) / sizeof(ca_verbs[0]); i++) {
		if (strcmp(verb, ca_verbs[i].verb) != 0)
			continue;
		if (!take_common(&ca, ca_verbs[i].days))
			return EXIT_USAGE;
		enum result result = authority_open(ca.folder, &authority, &fault);
		if (result != RESULT_OK)
			return tell_fault(result, ca.folder, fault);
		int code = ca_verbs[i].run(&ca, authority);
		authority_close(authority);
		return code;
	}
	return session_usage("titoli ca init|sign|revoke|crl; see `titoli help ca`");
}
