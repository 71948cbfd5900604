/* Identifiers that Italian public bodies and banks give: whether a text can be one.
 *
 * What is checked is what the text itself carries: shape, check digits, dates. That an identifier
 * exists, and whose it is, is for its register to say. Texts are taken as they are written in
 * files: capitals, no blanks, no prefix; the caller takes blanks and prefixes off and tells so.
 *
 * The vectors in tests/golden/identifiers.csv are the golden test of this file. */
#ifndef ENGINE_BASE_IDENTIFIER_H
#define ENGINE_BASE_IDENTIFIER_H

#include "engine/base/assert.h"
#include "engine/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define IDENTIFIER_PERSON_SIZE	     16u /* codice fiscale of a person */
#define IDENTIFIER_VAT_SIZE	     11u /* partita IVA, codice fiscale of an organisation */
#define IDENTIFIER_CIG_SIZE	     10u
#define IDENTIFIER_CUP_SIZE	     15u
#define IDENTIFIER_SIOPE_SIZE	     10u
#define IDENTIFIER_PLACE_SIZE	     4u /* Belfiore code of a comune or of a foreign state */
#define IDENTIFIER_IBAN_ITALIAN_SIZE 27u
#define IDENTIFIER_IBAN_SIZE_MAX     34u

/* Digits of a codice fiscale that stand as letters, to tell persons of one code apart. */
enum identifier_omocodia {
	IDENTIFIER_OMOCODIA_YEAR = 1,
	IDENTIFIER_OMOCODIA_DAY = 2,
	IDENTIFIER_OMOCODIA_PLACE = 4,
};

/* What the codice fiscale of a person says. The century of the birth is not in it. */
struct identifier_person {
	uint8_t year;  /* of the century, 0 … 99 */
	uint8_t month; /* 1 … 12 */
	uint8_t day;   /* 1 … 31 */
	bool is_female;
	uint8_t omocodia; /* enum identifier_omocodia: which parts hold letters for digits */
	char place[IDENTIFIER_PLACE_SIZE]; /* of the birth, letters read back as digits */
};

/* Reads a codice fiscale of 16 symbols. False: shape, check letter, month, or a day which that
 * month has in no century. The place is not looked up: ceased comuni stay valid for births.
 * SOURCE DM 23.12.1976, art. 7: the sixteenth symbol is computed over the fifteen before it, as
 * they are written; art. 6: letters for digits, from the rightmost, where two persons would have
 * one code. */
MUST_CHECK bool identifier_person_parse(struct slice text, struct identifier_person *ret_person);

/* A codice fiscale: of a person (16 symbols) or of an organisation, whose 11 digits carry the check
 * of a partita IVA. SOURCE DM 23.12.1976, art. 7 and 8. */
bool identifier_tax_code_is_valid(struct slice text);

/* A partita IVA: eleven digits, the last a Luhn check; all zeros is nobody's.
 * SOURCE DPR 633/1972, art. 35; DM 23.12.1976. */
bool identifier_vat_is_valid(struct slice text);

/* An IBAN of Italy or San Marino: 27 symbols, modulo 97 and the CIN, the letter that checks bank,
 * branch and account. SOURCE ISO 13616-1; Banca d'Italia, provvedimento 29.3.2006 (BBAN). */
bool identifier_iban_is_italian(struct slice text);

/* An IBAN of a country of the SEPA scheme: the country's length, modulo 97; of Italy and San Marino
 * the CIN too. SOURCE ISO 13616-1; EPC409-09 (list of countries). */
bool identifier_iban_is_valid(struct slice text);

/* A CIG with its check: seven digits N, not all zeros, and N x 211 modulo 4091 as three hex digits.
 * SOURCE ANAC, CIG of SIMOG. */
bool identifier_cig_is_ordinary(struct slice text);

/* A SmartCIG: X, Y or Z, two hex digits of check and seven of number: number x 211 modulo 251.
 * SOURCE ANAC, comunicato 2.5.2011 (simplified CIG). */
bool identifier_cig_is_smart(struct slice text);

/* A CIG of the PCP platform (from 2024): a letter A to U and nine hex digits. Its check is not
 * public. SOURCE ANAC, delibera 261/2023. */
bool identifier_cig_is_pcp(struct slice text);

/* Any of the three. */
bool identifier_cig_is_valid(struct slice text);

/* A CUP: letter, two digits, letter, eleven digits. Its check is not public.
 * SOURCE law 3/2003, art. 11. */
bool identifier_cup_is_valid(struct slice text);

/* The office of a public body in the IPA: six capitals or digits. SOURCE DM 55/2013, allegato D. */
bool identifier_ipa_office_is_valid(struct slice text);

/* The IPA code of a comune: "c_" and its cadastral code in small letters. SOURCE IPA index. */
bool identifier_ipa_comune_is_valid(struct slice text);

/* A SIOPE code: ten digits. Whether it is in force is for the list of codes to say.
 * SOURCE piano dei conti integrato, DLgs 118/2011, allegato 6. */
bool identifier_siope_is_shaped(struct slice text);

/* A comune's code of ISTAT: six digits, leading zeros kept. SOURCE ISTAT, list of comuni. */
bool identifier_istat_is_shaped(struct slice text);

/* A Belfiore code: a letter and three digits; Z is a foreign state. */
bool identifier_place_is_shaped(struct slice text);

/* An ISO 9362 BIC: 8 or 11 symbols. SOURCE ISO 9362. */
bool identifier_bic_is_shaped(struct slice text);

#endif
