/* One command of the ledger from the command line: `titoli NOUN VERB [PATH…] --field value …`. The
 * fields, their order and their meaning come from schemas/commands.def. */
#ifndef CLI_ACT_H
#define CLI_ACT_H

#include "cli/session.h"

/* Builds the request from words and flags, sends it, tells the answer. Returns the exit code. */
int act_run(struct session *session, uint8_t command);

/* The same under a key, as one step of a longer job: flags that the command does not know are left
 * for the next step. On success *ret_answer is the answer's body, a new reference. */
int act_step(struct session *session, uint8_t command, const char *key, json_t **ret_answer);

#endif
