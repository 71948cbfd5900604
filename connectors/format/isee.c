/* The means indicator as INPS answers it: see isee.h. */
#include "connectors/format/isee.h"

#include "engine/base/text.h"

#include <string.h>

static const struct {
	const char *word;
	enum isee_outcome outcome;
} outcomes[] = {
    {"OK", ISEE_OUTCOME_OK},
    {"RICHIESTA_INVALIDA", ISEE_OUTCOME_INVALID},
    {"DATI_NON_TROVATI", ISEE_OUTCOME_NOT_FOUND},
    {"DATABASE_OFFLINE", ISEE_OUTCOME_OFFLINE},
    {"ERRORE_INTERNO", ISEE_OUTCOME_INTERNAL},
    {"RISCONTRO_NON_VALIDO", ISEE_OUTCOME_MISMATCH},
};

enum isee_outcome isee_outcome_of(struct slice word)
{
	for (uint32_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (slice_equals_text(word, outcomes[i].word))
			return outcomes[i].outcome;
	return ISEE_OUTCOME_UNKNOWN;
}

const char *isee_outcome_text(enum isee_outcome outcome)
{
	static const char *const texts[ISEE_OUTCOMES] = {
	    [ISEE_OUTCOME_UNKNOWN] = "an outcome that is not known: nothing is recorded",
	    [ISEE_OUTCOME_OK] = "answered",
	    [ISEE_OUTCOME_INVALID] = "INPS did not accept the question: check tax code and type",
	    [ISEE_OUTCOME_NOT_FOUND] = "INPS has no valid ISEE of this type: ask the person",
	    [ISEE_OUTCOME_OFFLINE] = "INPS could not look: ask again later",
	    [ISEE_OUTCOME_INTERNAL] = "INPS failed: ask again later",
	    [ISEE_OUTCOME_MISMATCH] = "INPS found that the data of the question do not agree",
	};
	ASSERT(outcome < ISEE_OUTCOMES);
	return texts[outcome];
}

static const struct {
	const char *word;
	const char *type;
} types[] = {
    {"Ordinario", "ORDINARIO"},
    {"ISEE Ordinario", "ORDINARIO"},
    {"Minorenne", "MINORENNI"},
    {"Minorenni", "MINORENNI"},
    {"ISEE Minorenni", "MINORENNI"},
    {"SocioSanitario", "SOCIOSANITARIO"},
    {"Sociosanitario residenze", "SOCIOSANITARIO"},
    {"ISEE Socio-Sanitario", "SOCIOSANITARIO"},
    {"Corrente", "CORRENTE"},
    {"ISEE Corrente", "CORRENTE"},
    {"Ristretto", "RISTRETTO"},
};

const char *isee_type_of(struct slice word)
{
	for (uint32_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (text_equals_ignoring_case(word, slice_from_text(types[i].word)))
			return types[i].type;
	return NULL;
}

bool isee_amount(struct slice text, struct cents *ret_amount)
{
	struct cents amount;
	bool is_read =
	    text_parse_cents(text, &amount) || text_parse_cents_italian(text, &amount);
	if (!is_read || cents_is_negative(amount))
		return false;
	*ret_amount = amount;
	return true;
}

/* A day, with a time after it or not. */
static bool read_day(struct slice text, struct day *ret_day)
{
	if (text.size > DAY_TEXT_SIZE && text.data[DAY_TEXT_SIZE] == 'T')
		text.size = DAY_TEXT_SIZE;
	return day_parse(text, ret_day);
}

bool isee_read(const struct tree_node *root, struct isee_answer *ret_answer, const char **ret_name)
{
	ASSERT(root != NULL && ret_answer != NULL && ret_name != NULL);
	struct isee_answer answer = {.to = {0}};
	struct slice to = tree_attribute_of(root, "DataValidita");
	*ret_name = "Indicatore";
	if (!slice_equals_text(root->name, "Indicatore"))
		return false;
	*ret_name = "ISEE";
	if (!isee_amount(tree_attribute_of(root, "ISEE"), &answer.amount))
		return false;
	*ret_name = "DataPresentazione";
	if (!read_day(tree_attribute_of(root, "DataPresentazione"), &answer.from))
		return false;
	*ret_name = "DataValidita";
	if (to.size > 0 && !read_day(to, &answer.to))
		return false;
	answer.has_discrepancies =
	    slice_equals_text(tree_attribute_of(root, "PresenzaDifformita"), "SI");
	*ret_answer = answer;
	return true;
}
