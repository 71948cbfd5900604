/* Findings: see finding.h. */
#include "connectors/format/finding.h"

#include <stddef.h>

static const struct {
	const char *name;
	enum finding_kind kind;
	const char *texts[RESULT_LANGUAGES];
} all[FINDING_CODES] = {
#define F(NAME, kind, it, en) [FINDING_##NAME] = {#NAME, FINDING_KIND_##kind, {it, en}},
    FINDINGS(F)
#undef F
};

void finding_add(struct findings *findings, enum finding_code code, uint32_t at, const char *field)
{
	ASSERT(findings != NULL && code < FINDING_CODES && field != NULL);
	if (all[code].kind == FINDING_KIND_REFUSED)
		findings->refused++;
	if (findings->count == findings->size) {
		findings->lost++;
		return;
	}
	findings->items[findings->count++] = (struct finding){code, at, field};
}

enum finding_kind finding_kind(enum finding_code code)
{
	ASSERT(code < FINDING_CODES);
	return all[code].kind;
}

const char *finding_name(enum finding_code code)
{
	ASSERT(code < FINDING_CODES);
	return all[code].name;
}

const char *finding_text(enum finding_code code, enum result_language language)
{
	ASSERT(code < FINDING_CODES && language < RESULT_LANGUAGES);
	return all[code].texts[language];
}
