/* Benefits to SIUSS: see siuss.h. */
#include "connectors/format/siuss.h"

#include "connectors/format/charset.h"
#include "engine/base/identifier.h"
#include "engine/base/text.h"

#include <string.h>

#define NAMESPACE    "http://inps.it/Casellario"
#define ITALY	     "380"
#define NAME_LETTERS 36u /* of surname and name */
#define MALE	     1u
#define FEMALE	     2u

static void put(char *member, uint32_t size, struct slice text)
{
	ASSERT(text.size <= size);
	memset(member, 0, size);
	if (text.size > 0)
		memcpy(member, text.data, text.size);
}
#define PUT(member, text) put(member, sizeof(member), text)

/* ---- Facts ---- */

/* At most 36 letters, not bytes. */
static void put_name(char member[SIUSS_LETTERS_SIZE], struct slice text, uint32_t at,
		     const char *field, struct findings *findings)
{
	uint32_t used = 0;
	for (uint32_t letters = 0; letters < NAME_LETTERS && used < text.size; letters++) {
		uint32_t point = 0;
		struct slice rest = {text.data + used, text.size - used};
		used += charset_next(rest, &point);
	}
	if (used < text.size)
		finding_add(findings, FINDING_TEXT_CUT, at, field);
	put(member, SIUSS_LETTERS_SIZE, (struct slice){text.data, used});
}

/* "A794.PS.20260408.0000001" */
static void put_flow_name(const struct siuss_rules *rules, const struct siuss_case *given,
			  struct siuss_benefit *benefit)
{
	char text[SIUSS_NAME_SIZE];
	char day[DAY_TEXT_SIZE];
	uint32_t size = rules->body.size < 20 ? rules->body.size : 20;
	memcpy(text, rules->body.data, size);
	day_format(given->sent_on, day);
	memcpy(text + size, ".PS.", 4);
	memcpy(text + size + 4, day, 4);
	memcpy(text + size + 8, day + 5, 2);
	memcpy(text + size + 10, day + 8, 2);
	text[size + 12] = '.';
	uint32_t rest = given->sequence;
	for (uint32_t i = 7; i > 0; i--) {
		text[size + 12 + i] = (char)('0' + rest % 10);
		rest /= 10;
	}
	PUT(benefit->flow_name, ((struct slice){text, size + 20}));
}

/* The year of a birth that the persons file does not tell: the latest one before the benefit. */
static uint16_t birth_year(const struct siuss_case *given, const struct identifier_person *said)
{
	const struct person *person = given->person;
	if (person->birth_date.number != 0)
		return (uint16_t)day_to_civil(person->birth_date).year;
	int32_t year = day_to_civil(given->begin).year;
	int32_t born = year - year % 100 + said->year;
	return (uint16_t)(born > year ? born - 100 : born);
}

static void person_facts(const struct siuss_rules *rules, const struct siuss_case *given,
			 const struct identifier_person *said, struct siuss_benefit *benefit,
			 struct findings *findings)
{
	const struct person *person = given->person;
	struct slice citizenship = SLICE_OF(person->citizenship);
	struct slice region = SLICE_OF(person->region);
	struct slice comune = SLICE_OF(person->comune);
	PUT(benefit->tax_code, SLICE_OF(person->tax_code));
	put_name(benefit->surname, SLICE_OF(person->surname), given->at, "Cognome", findings);
	put_name(benefit->name, SLICE_OF(person->name), given->at, "Nome", findings);
	benefit->birth_year = birth_year(given, said);
	memcpy(benefit->birth_place, said->place, sizeof(said->place));
	benefit->sex = said->is_female ? FEMALE : MALE;
	PUT(benefit->citizenship, citizenship.size > 0 ? citizenship : slice_from_text(ITALY));
	PUT(benefit->country, slice_from_text(ITALY)); /* a comune pays who resides there */
	region = region.size > 0 ? region : rules->region;
	comune = comune.size > 0 ? comune : given->comune;
	if (region.size <= sizeof(benefit->region))
		PUT(benefit->region, region);
	if (comune.size <= sizeof(benefit->comune))
		PUT(benefit->comune, comune);
	PUT(benefit->dsu_protocol, SLICE_OF(person->dsu_protocol));
	benefit->dsu_date = person->dsu_date;
	if (person->dsu_date.number != 0)
		benefit->dsu_year = (uint16_t)day_to_civil(person->dsu_date).year;
}

static void benefit_facts(const struct siuss_rule *rule, const struct siuss_case *given,
			  struct siuss_benefit *benefit)
{
	PUT(benefit->code, rule->code);
	PUT(benefit->title_name, rule->name);
	PUT(benefit->request, given->title);
	benefit->cancels = given->cancels ? 1 : 0;
	benefit->means = rule->means;
	benefit->area = rule->area;
	benefit->charge = rule->charge;
	benefit->threshold = rule->threshold;
	benefit->character = (uint8_t)given->character;
	benefit->body_share = given->body_share;
	benefit->user_share = given->user_share;
	if (given->character == SIUSS_OCCASIONAL) {
		benefit->paid_on = given->end;
		return;
	}
	benefit->begin = given->begin;
	benefit->end = given->end;
	benefit->period = 1;
}

/* What leaves a case out of the files; true: nothing does. */
static bool may_be_told(const struct siuss_rules *rules, const struct siuss_case *given,
			struct identifier_person *said, struct findings *findings)
{
	if (given->person == NULL) {
		finding_add(findings, FINDING_PERSON_MISSING, given->at, "beneficiary");
		return false;
	}
	if (siuss_rule_of(rules, given->service) == NULL) {
		finding_add(findings, FINDING_BENEFIT, given->at, "CodicePrestazione");
		return false;
	}
	if (!identifier_person_parse(SLICE_OF(given->person->tax_code), said)) {
		finding_add(findings, FINDING_TAX_CODE, given->at, "CodiceFiscale");
		return false;
	}
	if ((said->omocodia & (IDENTIFIER_OMOCODIA_YEAR | IDENTIFIER_OMOCODIA_DAY)) != 0) {
		finding_add(findings, FINDING_OMOCODIA, given->at, "CodiceFiscale");
		return false;
	}
	return true;
}

bool siuss_facts(const struct siuss_rules *rules, const struct siuss_case *given,
		 struct siuss_benefit *benefit, struct findings *findings)
{
	ASSERT(rules != NULL && given != NULL && benefit != NULL && findings != NULL);
	ASSERT(given->sequence <= 9999999 && given->title.size <= sizeof(benefit->request));
	struct identifier_person said;
	if (!may_be_told(rules, given, &said, findings))
		return false;
	*benefit = (struct siuss_benefit){.cancels = 0};
	if (!cents_add(given->body_share, given->user_share, &benefit->amount)) {
		finding_add(findings, FINDING_AMOUNT, given->at, "ImportoMensile");
		return false;
	}
	PUT(benefit->body, rules->body);
	PUT(benefit->body_name, rules->body_name);
	PUT(benefit->body_place, rules->body_place);
	PUT(benefit->operator_code, rules->operator_code);
	put_flow_name(rules, given, benefit);
	person_facts(rules, given, &said, benefit, findings);
	benefit_facts(siuss_rule_of(rules, given->service), given, benefit);
	return true;
}

/* ---- Facts to a tree ---- */

static void attribute(struct tree *tree, const char *name, struct slice value)
{
	tree_attribute_copy(tree, slice_from_text(name), value);
}

static void attribute_if(struct tree *tree, const char *name, struct slice value)
{
	if (value.size > 0)
		attribute(tree, name, value);
}

static void number_attribute(struct tree *tree, const char *name, uint64_t value)
{
	char text[TEXT_U64_SIZE_MAX];
	attribute(tree, name, (struct slice){text, text_format_u64(value, text)});
}

static void day_attribute_if(struct tree *tree, const char *name, struct day day)
{
	char text[DAY_TEXT_SIZE];
	if (day.number == 0)
		return;
	day_format(day, text);
	attribute(tree, name, (struct slice){text, DAY_TEXT_SIZE});
}

static void cents_attribute(struct tree *tree, const char *name, struct cents amount)
{
	char text[TEXT_CENTS_SIZE_MAX];
	attribute(tree, name, (struct slice){text, text_format_cents(amount, text)});
}

static void write_person(const struct siuss_benefit *benefit, struct tree *tree)
{
	tree_open(tree, "Anagrafica");
	attribute(tree, "Cognome", SLICE_OF(benefit->surname));
	attribute(tree, "Nome", SLICE_OF(benefit->name));
	number_attribute(tree, "AnnoNascita", benefit->birth_year);
	attribute(tree, "LuogoNascita", SLICE_OF(benefit->birth_place));
	number_attribute(tree, "Genere", benefit->sex);
	attribute(tree, "CodiceCittadinanza", SLICE_OF(benefit->citizenship));
	tree_close(tree);
	tree_open(tree, "Indirizzo");
	attribute_if(tree, "CodiceRegione", SLICE_OF(benefit->region));
	attribute_if(tree, "CodiceComune", SLICE_OF(benefit->comune));
	attribute(tree, "CodiceNazione", SLICE_OF(benefit->country));
	tree_close(tree);
}

static void write_money(const struct siuss_benefit *benefit, struct tree *tree)
{
	if (benefit->character == SIUSS_PERIODIC) {
		number_attribute(tree, "PeriodoErogazione", benefit->period);
		cents_attribute(tree, "ImportoMensile", benefit->amount);
	} else {
		cents_attribute(tree, "ImportoPrestazione", benefit->amount);
	}
	cents_attribute(tree, "ImportoQuotaEnte", benefit->body_share);
	if (!cents_is_zero(benefit->user_share))
		cents_attribute(tree, "ImportoQuotaUtente", benefit->user_share);
	if (!cents_is_zero(benefit->threshold))
		cents_attribute(tree, "ImportoSogliaISEE", benefit->threshold);
}

static void write_benefit(const struct siuss_benefit *benefit, struct tree *tree)
{
	tree_open(tree, "PrestazioniSociali");
	tree_attribute(tree, "TipoOperazione", benefit->cancels != 0 ? "C" : "I");
	number_attribute(tree, "PresenzaProvaMezzi", benefit->means);
	number_attribute(tree, "CaratterePrestazione", benefit->character);
	if (benefit->dsu_protocol[0] != '\0') {
		attribute(tree, "NumeroProtocolloDSU", SLICE_OF(benefit->dsu_protocol));
		number_attribute(tree, "AnnoProtocolloDSU", benefit->dsu_year);
		day_attribute_if(tree, "DataDSU", benefit->dsu_date);
	}
	attribute(tree, "CodicePrestazione", SLICE_OF(benefit->code));
	attribute(tree, "DenominazionePrestazione", SLICE_OF(benefit->title_name));
	attribute(tree, "ProtocolloDomanda", SLICE_OF(benefit->request));
	day_attribute_if(tree, "DataInizioPrestazione", benefit->begin);
	day_attribute_if(tree, "DataFinePrestazione", benefit->end);
	day_attribute_if(tree, "DataErogazionePrestazione", benefit->paid_on);
	write_money(benefit, tree);
	number_attribute(tree, "PresaCarico", benefit->charge);
	if (benefit->area != 0)
		number_attribute(tree, "AreaUtenza", benefit->area);
	tree_close(tree);
}

void siuss_write(const struct siuss_benefit *benefit, struct tree *tree)
{
	ASSERT(benefit != NULL && tree != NULL);
	tree_open(tree, "Flusso");
	tree_attribute(tree, "xmlns", NAMESPACE);
	tree_open(tree, "IdentificazioneFlusso");
	attribute(tree, "Nome", SLICE_OF(benefit->flow_name));
	tree_open(tree, "Ente");
	attribute(tree, "Codice", SLICE_OF(benefit->body));
	attribute(tree, "Denominazione", SLICE_OF(benefit->body_name));
	attribute(tree, "Indirizzo", SLICE_OF(benefit->body_place));
	attribute(tree, "CFOperatore", SLICE_OF(benefit->operator_code));
	tree_close(tree);
	tree_close(tree);
	tree_open(tree, "Beneficiario");
	attribute(tree, "CodiceFiscale", SLICE_OF(benefit->tax_code));
	write_person(benefit, tree);
	write_benefit(benefit, tree);
	tree_close(tree);
	tree_close(tree);
}
