/* One run of titoli: what was asked, the settings, the client, and how answers are told. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/client.h"
#include "cli/settings.h"

#define EXIT_DONE    0
#define EXIT_REFUSED 1
#define EXIT_USAGE   2

struct session {
	struct arguments arguments;
	struct settings settings;
	struct client client;
	bool is_json;  /* --json: answers for programs on stdout */
	bool is_dry;   /* --dry-run: print the request, send nothing */
	bool is_check; /* --check: ask what the answer would be */
	bool is_quiet; /* --quiet: no progress, no "done" */
};

/* Says on stderr why the command cannot be understood; returns EXIT_USAGE. */
__attribute__((format(printf, 1, 2))) int session_usage(const char *format, ...);

/* Refuses flags that nobody used. True: all were. */
MUST_CHECK bool session_flags_used(const struct session *session);

/* Says on stderr that nobody answered; returns the exit code of the result. */
int session_fault(const struct session *session, enum result result);

/* Tells an answer that is a problem (stderr, or stdout with --json); returns its exit code. */
int session_problem(const struct session *session, const struct client_answer *answer);

/* GETs a path; on success *ret_body is a new reference. Returns the exit code, faults told. */
MUST_CHECK int session_get(struct session *session, const char *path, json_t **ret_body);

/* Prints a value as JSON on stdout. */
void session_print_json(const json_t *value);

#endif
