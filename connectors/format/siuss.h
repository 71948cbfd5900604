/* SIUSS, flow PS_PSA: what a body tells INPS of the social benefits it gave. One person and one
 * benefit per flow, so one file each. Facts of the ledger and of the persons file become a benefit,
 * a benefit a tree; a tree becomes a benefit again, and is checked for what its schema does not
 * say. Pure.
 *
 *   siuss_rules_read(&rules, &arena, text, &fault)   who tells, and codes of benefits
 *   siuss_facts(&rules, &case, &benefit, &findings)  false: left out, the finding says why
 *   siuss_write(&benefit, &tree)
 *   siuss_check(tree.root, &findings)
 *   siuss_read(root, &benefit, &fault)
 *
 * The schema takes no letters for the digits of year and day in a codice fiscale (omocodia): such a
 * person is left out, told, and entered by hand. */
#ifndef CONNECTORS_FORMAT_SIUSS_H
#define CONNECTORS_FORMAT_SIUSS_H

#include "connectors/format/finding.h"
#include "connectors/format/persons.h"
#include "connectors/format/tree.h"

#define SIUSS_SCHEMA	   "siuss/PS_PSA_SINA201812.xsd"
#define SIUSS_NAME_SIZE	   50u
#define SIUSS_LETTERS_SIZE 72u	   /* bytes of a surname or name */
#define SIUSS_BUONO	   "BUONO" /* stands for a service where money is given */

/* ---- Configuration: lines `key = value`, # begins a comment ----
 *
 *   ente = A794                         code of the body with INPS
 *   denominazione = COMUNE DI ESEMPIO
 *   comune = A794                       Belfiore code of its seat
 *   operatore = BNCLRA85T50F205A        codice fiscale of who sends
 *   regione = 03                        of persons whose file does not say it
 *   prestazione SAD_OSS = A1.99; Assistenza domiciliare; 1; 2; 1; 20000.00
 *       service of the ledger (BUONO: money) = CodicePrestazione; DenominazionePrestazione;
 *       PresenzaProvaMezzi 1-4; AreaUtenza 1-3 or 0; PresaCarico 1 or 2; ImportoSogliaISEE or none
 */
struct siuss_rule {
	struct slice service;
	struct slice code;
	struct slice name;
	struct cents threshold; /* zero: none */
	uint8_t means;
	uint8_t area; /* 0: none */
	uint8_t charge;
};

struct siuss_rules {
	struct slice body;
	struct slice body_name;
	struct slice body_place;
	struct slice operator_code;
	struct slice region;
	struct siuss_rule *rules;
	uint32_t count;
};

struct siuss_rules_fault {
	uint32_t line;	  /* from 1; 0: something is missing from the whole */
	const char *text; /* what, in English */
};

/* Texts are borrowed from `bytes`. False: `ret_fault` tells which line and why. */
MUST_CHECK bool siuss_rules_read(struct siuss_rules *rules, struct arena *arena, struct slice bytes,
				 struct siuss_rules_fault *ret_fault);

/* The rule of a service; NULL: none is configured. */
const struct siuss_rule *siuss_rule_of(const struct siuss_rules *rules, struct slice service);

/* ---- Facts ---- */

enum siuss_character {
	SIUSS_PERIODIC = 1,
	SIUSS_OCCASIONAL,
};

/* What the ledger says of one title, service and month, and who the person is. */
struct siuss_case {
	const struct person *person; /* NULL: not in the persons file */
	struct slice service;
	struct slice title;  /* public number: ProtocolloDomanda */
	struct slice comune; /* of residence, ISTAT, where the persons file does not say it */
	struct day begin;
	struct day end;
	struct cents body_share;
	struct cents user_share;
	enum siuss_character character;
	uint32_t at;	   /* number of the case, for findings */
	uint32_t sequence; /* of the flow, on its day */
	struct day sent_on;
	bool cancels;
};

struct siuss_benefit {
	char flow_name[SIUSS_NAME_SIZE];
	char body[32];
	char body_name[100];
	char body_place[4];
	char operator_code[16];
	char tax_code[16];
	char surname[SIUSS_LETTERS_SIZE]; /* 36 letters */
	char name[SIUSS_LETTERS_SIZE];
	char birth_place[4];
	char citizenship[4];
	char region[2];
	char comune[6];
	char country[4];
	char dsu_protocol[30];
	char code[10];
	char title_name[200]; /* of the benefit */
	char request[32];
	struct day dsu_date;
	struct day begin;
	struct day end;
	struct day paid_on; /* occasional */
	struct cents amount;
	struct cents body_share;
	struct cents user_share;
	struct cents threshold;
	uint16_t birth_year;
	uint16_t dsu_year;
	uint8_t sex; /* 1 male, 2 female */
	uint8_t cancels;
	uint8_t means;
	uint8_t character; /* enum siuss_character */
	uint8_t period;	   /* months; periodic */
	uint8_t charge;
	uint8_t area;
};

/* False: the case is left out, and `findings` says why. */
MUST_CHECK bool siuss_facts(const struct siuss_rules *rules, const struct siuss_case *given,
			    struct siuss_benefit *benefit, struct findings *findings);

void siuss_write(const struct siuss_benefit *benefit, struct tree *tree);

/* False: something that must be there is not, or is wrong; `ret_fault` names it. */
MUST_CHECK bool siuss_read(const struct tree_node *root, struct siuss_benefit *benefit,
			   const char **ret_fault);

/* What the schema does not check. */
void siuss_check(const struct tree_node *root, struct findings *findings);

#endif
