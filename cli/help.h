/* Help, completion and the program's own words, all from one table beside the command tables. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/session.h"

/* One word of the program that is no command of the ledger. */
struct help_topic {
	const char *word;
	const char *usage;
	const char *summary;
	const char *examples; /* lines, may be NULL */
	int (*run)(struct session *session);
};

/* `titoli help [WORD [VERB]]` */
int help_run(struct session *session);
/* Help on a command of the ledger. */
int help_command(uint8_t command);
/* `titoli completion bash` */
int help_completion(struct session *session);

/* The table (main.c), ended by a NULL word. */
extern const struct help_topic main_topics[];

#endif
