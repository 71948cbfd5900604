/* Benefits from a tree, and what their schema does not check: see siuss.h. */
#include "connectors/format/siuss.h"

#include "engine/base/identifier.h"
#include "engine/base/text.h"

#include <string.h>

#define ITALY "380"

/* ---- A tree to facts ---- */

struct reading {
	const struct tree_node *node;
	const char *fault;
};

static bool take_if(struct reading *reading, const char *name, char *member, uint32_t size)
{
	struct slice text = tree_attribute_of(reading->node, name);
	if (text.size > size) {
		reading->fault = name;
		return false;
	}
	memset(member, 0, size);
	if (text.size > 0)
		memcpy(member, text.data, text.size);
	return true;
}
#define TAKE_IF(name, member) take_if(reading, name, member, sizeof(member))

static bool take(struct reading *reading, const char *name, char *member, uint32_t size)
{
	if (tree_attribute_of(reading->node, name).size == 0) {
		reading->fault = name;
		return false;
	}
	return take_if(reading, name, member, size);
}
#define TAKE(name, member) take(reading, name, member, sizeof(member))

/* A number that may be absent, then 0. */
static bool number_if(struct reading *reading, const char *name, uint32_t *ret_number)
{
	struct slice text = tree_attribute_of(reading->node, name);
	*ret_number = 0;
	if (text.size == 0 || text_parse_u32(text, UINT16_MAX, ret_number))
		return true;
	reading->fault = name;
	return false;
}

static bool digit_if(struct reading *reading, const char *name, uint8_t *ret_digit)
{
	uint32_t number = 0;
	if (!number_if(reading, name, &number))
		return false;
	*ret_digit = (uint8_t)number;
	return true;
}

static bool year_if(struct reading *reading, const char *name, uint16_t *ret_year)
{
	uint32_t number = 0;
	if (!number_if(reading, name, &number))
		return false;
	*ret_year = (uint16_t)number;
	return true;
}

static bool day_if(struct reading *reading, const char *name, struct day *ret_day)
{
	struct slice text = tree_attribute_of(reading->node, name);
	*ret_day = (struct day){0};
	if (text.size == 0 || day_parse(text, ret_day))
		return true;
	reading->fault = name;
	return false;
}

static bool cents_if(struct reading *reading, const char *name, struct cents *ret_amount)
{
	struct slice text = tree_attribute_of(reading->node, name);
	*ret_amount = cents_zero();
	if (text.size == 0 || text_parse_cents(text, ret_amount))
		return true;
	reading->fault = name;
	return false;
}

static bool read_person(struct reading *reading, const struct tree_node *person,
			struct siuss_benefit *benefit)
{
	reading->node = person;
	if (!TAKE("CodiceFiscale", benefit->tax_code))
		return false;
	reading->node = tree_child(person, "Anagrafica");
	if (!TAKE("Cognome", benefit->surname) || !TAKE("Nome", benefit->name) ||
	    !year_if(reading, "AnnoNascita", &benefit->birth_year) ||
	    !TAKE("LuogoNascita", benefit->birth_place) ||
	    !digit_if(reading, "Genere", &benefit->sex) ||
	    !TAKE("CodiceCittadinanza", benefit->citizenship))
		return false;
	reading->node = tree_child(person, "Indirizzo");
	return TAKE_IF("CodiceRegione", benefit->region) &&
	       TAKE_IF("CodiceComune", benefit->comune) && TAKE("CodiceNazione", benefit->country);
}

static bool read_benefit(struct reading *reading, const struct tree_node *node,
			 struct siuss_benefit *benefit)
{
	reading->node = node;
	benefit->cancels = slice_equals_text(tree_attribute_of(node, "TipoOperazione"), "C");
	bool is_periodic = tree_attribute_of(node, "ImportoMensile").size > 0;
	return digit_if(reading, "PresenzaProvaMezzi", &benefit->means) &&
	       digit_if(reading, "CaratterePrestazione", &benefit->character) &&
	       TAKE_IF("NumeroProtocolloDSU", benefit->dsu_protocol) &&
	       year_if(reading, "AnnoProtocolloDSU", &benefit->dsu_year) &&
	       day_if(reading, "DataDSU", &benefit->dsu_date) &&
	       TAKE("CodicePrestazione", benefit->code) &&
	       TAKE("DenominazionePrestazione", benefit->title_name) &&
	       TAKE("ProtocolloDomanda", benefit->request) &&
	       day_if(reading, "DataInizioPrestazione", &benefit->begin) &&
	       day_if(reading, "DataFinePrestazione", &benefit->end) &&
	       day_if(reading, "DataErogazionePrestazione", &benefit->paid_on) &&
	       digit_if(reading, "PeriodoErogazione", &benefit->period) &&
	       cents_if(reading, is_periodic ? "ImportoMensile" : "ImportoPrestazione",
			&benefit->amount) &&
	       cents_if(reading, "ImportoQuotaEnte", &benefit->body_share) &&
	       cents_if(reading, "ImportoQuotaUtente", &benefit->user_share) &&
	       cents_if(reading, "ImportoSogliaISEE", &benefit->threshold) &&
	       digit_if(reading, "PresaCarico", &benefit->charge) &&
	       digit_if(reading, "AreaUtenza", &benefit->area);
}

bool siuss_read(const struct tree_node *root, struct siuss_benefit *benefit, const char **ret_fault)
{
	ASSERT(benefit != NULL && ret_fault != NULL);
	struct reading state = {.node = tree_child(root, "IdentificazioneFlusso")};
	struct reading *reading = &state;
	const struct tree_node *person = tree_child(root, "Beneficiario");
	*benefit = (struct siuss_benefit){.cancels = 0};
	bool is_good = TAKE("Nome", benefit->flow_name);
	state.node = tree_child(state.node, "Ente");
	is_good = is_good && TAKE("Codice", benefit->body) &&
		  TAKE_IF("Denominazione", benefit->body_name) &&
		  TAKE("Indirizzo", benefit->body_place) &&
		  TAKE("CFOperatore", benefit->operator_code) &&
		  read_person(reading, person, benefit) &&
		  read_benefit(reading, tree_child(person, "PrestazioniSociali"), benefit);
	*ret_fault = state.fault;
	return is_good;
}

/* ---- Checks ---- */

static void check_person(const struct tree_node *person, struct findings *findings)
{
	struct identifier_person said;
	uint32_t year = 0;
	struct slice code = tree_attribute_of(person, "CodiceFiscale");
	const struct tree_node *names = tree_child(person, "Anagrafica");
	const struct tree_node *address = tree_child(person, "Indirizzo");
	if (!identifier_person_parse(code, &said)) {
		finding_add(findings, FINDING_TAX_CODE, 1, "CodiceFiscale");
		return;
	}
	if ((said.omocodia & (IDENTIFIER_OMOCODIA_YEAR | IDENTIFIER_OMOCODIA_DAY)) != 0)
		finding_add(findings, FINDING_OMOCODIA, 1, "CodiceFiscale");
	bool is_year = text_parse_u32(tree_attribute_of(names, "AnnoNascita"), UINT16_MAX, &year);
	struct slice place = {said.place, sizeof(said.place)};
	if (!is_year || year % 100 != said.year ||
	    !slice_equals(tree_attribute_of(names, "LuogoNascita"), place) ||
	    !slice_equals_text(tree_attribute_of(names, "Genere"), said.is_female ? "2" : "1"))
		finding_add(findings, FINDING_BIRTH, 1, "Anagrafica");
	if (slice_equals_text(tree_attribute_of(address, "CodiceNazione"), ITALY) &&
	    (tree_attribute_of(address, "CodiceRegione").size == 0 ||
	     tree_attribute_of(address, "CodiceComune").size == 0))
		finding_add(findings, FINDING_RESIDENCE, 1, "Indirizzo");
}

static void check_shares(const struct tree_node *node, const char *amount_name,
			 struct findings *findings)
{
	static const char *const names[] = {"ImportoQuotaEnte", "ImportoQuotaUtente",
					    "ImportoQuotaSSN", "ImportoQuotaRichiesta"};
	struct cents sum = cents_zero();
	struct cents amount = cents_zero();
	struct slice said = tree_attribute_of(node, amount_name);
	bool is_good = true;
	for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct cents share;
		struct slice text = tree_attribute_of(node, names[i]);
		if (text.size == 0)
			continue;
		if (!text_parse_cents(text, &share) || cents_is_negative(share)) {
			finding_add(findings, FINDING_AMOUNT, 1, names[i]);
			return;
		}
		is_good = is_good && cents_add(sum, share, &sum);
	}
	if (!text_parse_cents(said, &amount) || cents_is_negative(amount)) {
		finding_add(findings, FINDING_AMOUNT, 1, amount_name);
		return;
	}
	if (!is_good || !cents_equal(sum, amount))
		finding_add(findings, FINDING_SHARES_SUM, 1, "ImportoQuotaEnte");
}

static void check_days(const struct tree_node *node, struct findings *findings)
{
	struct day begin;
	struct day end;
	struct slice last = tree_attribute_of(node, "DataFinePrestazione");
	if (last.size == 0)
		return;
	if (!day_parse(last, &end) ||
	    !day_parse(tree_attribute_of(node, "DataInizioPrestazione"), &begin) ||
	    day_less(end, begin) || day_to_civil(begin).year != day_to_civil(end).year)
		finding_add(findings, FINDING_END_YEAR, 1, "DataFinePrestazione");
}

static bool has(const struct tree_node *node, const char *name)
{
	return tree_attribute_of(node, name).size > 0;
}

static void check_character(const struct tree_node *node, struct findings *findings)
{
	struct slice character = tree_attribute_of(node, "CaratterePrestazione");
	if (slice_equals_text(character, "1")) {
		if (!has(node, "DataInizioPrestazione") || !has(node, "ImportoMensile")) {
			finding_add(findings, FINDING_PERIODIC, 1, "CaratterePrestazione");
			return;
		}
		check_days(node, findings);
		check_shares(node, "ImportoMensile", findings);
	} else if (slice_equals_text(character, "2")) {
		if (!has(node, "DataErogazionePrestazione") || !has(node, "ImportoPrestazione")) {
			finding_add(findings, FINDING_OCCASIONAL, 1, "CaratterePrestazione");
			return;
		}
		check_shares(node, "ImportoPrestazione", findings);
	} else {
		finding_add(findings, FINDING_CHARACTER, 1, "CaratterePrestazione");
	}
}

static void check_benefit(const struct tree_node *node, struct findings *findings)
{
	uint32_t dsu = (has(node, "NumeroProtocolloDSU") ? 1u : 0u) +
		       (has(node, "AnnoProtocolloDSU") ? 1u : 0u) +
		       (has(node, "DataDSU") ? 1u : 0u);
	if (dsu != 0 && dsu != 3)
		finding_add(findings, FINDING_DSU, 1, "NumeroProtocolloDSU");
	if (slice_equals_text(tree_attribute_of(node, "PresaCarico"), "1") &&
	    !has(node, "AreaUtenza"))
		finding_add(findings, FINDING_AREA, 1, "AreaUtenza");
	check_character(node, findings);
}

void siuss_check(const struct tree_node *root, struct findings *findings)
{
	ASSERT(findings != NULL);
	const struct tree_node *person = tree_child(root, "Beneficiario");
	const struct tree_node *benefit = tree_child(person, "PrestazioniSociali");
	if (person == NULL || benefit == NULL) {
		finding_add(findings, FINDING_STRUCTURE, 0, "Beneficiario");
		return;
	}
	if (tree_next(person) != NULL || tree_next(benefit) != NULL)
		finding_add(findings, FINDING_ONE_ONLY, 0, "Beneficiario");
	check_person(person, findings);
	check_benefit(benefit, findings);
}
