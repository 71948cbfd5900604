/* `titoli person` and `titoli vault`: personal data of beneficiaries, and the vault that keeps
 * them. Each needs a purpose, which is noted with who and when. Values given as flags are seen by
 * others of this machine (ps): `--from FILE`, or `--from -`, keeps them out of the words. */
#ifndef CLI_PERSON_H
#define CLI_PERSON_H

#include "cli/session.h"

/* `titoli person put|show|find|export|erase|reads|fields …` */
int person_run(struct session *session);
/* `titoli vault status|rotate` */
int person_vault(struct session *session);

#endif
