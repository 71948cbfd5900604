/* The means indicator as INPS answers it (e-service "Consultazione ISEE" by PDND): the element
 * Indicatore, and the outcomes of a question. Pure. Of all that is answered only the amount and its
 * days are read (decision 0010): no DSU number, no household. */
#ifndef CONNECTORS_FORMAT_ISEE_H
#define CONNECTORS_FORMAT_ISEE_H

#include "connectors/format/tree.h"

enum isee_outcome {
	ISEE_OUTCOME_UNKNOWN, /* a word that INPS does not use */
	ISEE_OUTCOME_OK,
	ISEE_OUTCOME_INVALID,	/* RICHIESTA_INVALIDA */
	ISEE_OUTCOME_NOT_FOUND, /* DATI_NON_TROVATI */
	ISEE_OUTCOME_OFFLINE,	/* DATABASE_OFFLINE */
	ISEE_OUTCOME_INTERNAL,	/* ERRORE_INTERNO */
	ISEE_OUTCOME_MISMATCH,	/* RISCONTRO_NON_VALIDO */
	ISEE_OUTCOMES
};

struct isee_answer {
	struct cents amount;
	struct day from;	/* the DSU was presented */
	struct day to;		/* none: 0 */
	bool has_discrepancies; /* PresenzaDifformita: omissions or differences were found */
};

/* The outcome of its word, and what to do about it, in English. */
enum isee_outcome isee_outcome_of(struct slice word);
const char *isee_outcome_text(enum isee_outcome outcome);

/* The type of our ledger ("ORDINARIO") for what INPS calls it; NULL: none of ours. */
const char *isee_type_of(struct slice word);

/* "9105.94", "9105,94" or "9105". False: no amount, or below zero. */
MUST_CHECK bool isee_amount(struct slice text, struct cents *ret_amount);

/* The attributes of Indicatore; names as INPS writes them. False: amount or first day is missing or
 * wrong; *ret_name is the attribute. */
MUST_CHECK bool isee_read(const struct tree_node *root, struct isee_answer *ret_answer,
			  const char **ret_name);

#endif
