/* What a format found while it wrote or checked a file: one list for all formats. Pure.
 *
 * Three kinds. REFUSED: the file must not leave. TOLD: it leaves, and something in it is not as it
 * was given (a letter the bank's set lacks, a name cut). APART: a case was left out of the file and
 * waits for a person. */
#ifndef CONNECTORS_FORMAT_FINDING_H
#define CONNECTORS_FORMAT_FINDING_H

#include "engine/base/assert.h"
#include "engine/base/result.h"

#include <stdbool.h>
#include <stdint.h>

enum finding_kind {
	FINDING_KIND_REFUSED = 1,
	FINDING_KIND_TOLD,
	FINDING_KIND_APART,
};

/* F(NAME, kind, "Italian", "English"): the fault and what to do. */
#define FINDINGS(F)                                                                                \
	/* Of any payment file. */                                                                 \
	F(STRUCTURE, REFUSED, "manca un elemento obbligatorio",                                    \
	  "an element that must be there is not")                                                  \
	F(AMOUNT, REFUSED, "importo non valido: almeno 0.01, due decimali",                        \
	  "not an amount: at least 0.01, two decimals")                                            \
	F(IBAN, REFUSED, "IBAN errato: controllare le cifre (mod 97 e CIN)",                       \
	  "a wrong IBAN: see its digits (mod 97 and CIN)")                                         \
	F(BIC, REFUSED, "BIC errato: 8 o 11 caratteri", "a wrong BIC: 8 or 11 symbols")            \
	F(TEXT_LONG, REFUSED, "testo oltre la lunghezza ammessa", "longer than is allowed")        \
	F(LETTERS, REFUSED, "caratteri che la banca non accetta (accenti, euro, segni)",           \
	  "letters that banks do not take (accents, the euro sign, other signs)")                  \
	F(TWICE, REFUSED, "identificativo ripetuto nel file",                                      \
	  "an identifier stands twice in the file")                                                \
	F(LETTERS_CHANGED, TOLD, "caratteri sostituiti con lettere ammesse",                       \
	  "letters were replaced by allowed ones")                                                 \
	F(TEXT_CUT, TOLD, "testo troncato alla lunghezza ammessa", "cut to the length allowed")    \
	/* pain.001. */                                                                            \
	F(COUNT, REFUSED, "NbOfTxs non è il numero dei pagamenti",                                 \
	  "NbOfTxs is not how many payments there are")                                            \
	F(SUM, REFUSED, "CtrlSum non è la somma dei pagamenti",                                    \
	  "CtrlSum is not the sum of the payments")                                                \
	F(CHARGES, REFUSED, "ChrgBr deve essere SLEV", "ChrgBr must be SLEV")                      \
	F(CURRENCY, REFUSED, "divisa diversa da EUR", "a currency other than EUR")                 \
	F(REASON_COUNT, REFUSED, "serve una e una sola causale (Ustrd)",                           \
	  "one Ustrd is needed, and no more")                                                      \
	F(REFERENCE, REFUSED,                                                                      \
	  "il riferimento non può essere vuoto, iniziare o finire con / né contenere //",          \
	  "a reference may not be empty, begin or end with / or hold //")                          \
	F(ADDRESS, REFUSED, "indirizzo non strutturato: indicare via, CAP e città, o nulla",       \
	  "an unstructured address: give street, postal code and town, or nothing")                \
	F(PURPOSE, REFUSED, "per un IBAN italiano serve CtgyPurp SUPP",                            \
	  "an Italian IBAN needs CtgyPurp SUPP")                                                   \
	/* OPI. */                                                                                 \
	F(CIG, REFUSED, "CIG con cifre di controllo errate", "a CIG with wrong check digits")      \
	F(CUP, REFUSED, "CUP nella forma sbagliata", "a CUP without its shape")                    \
	F(CGU, REFUSED, "codice gestionale (CGU) non in elenco", "a CGU code that no list holds")  \
	F(BENEFICIARIES_SUM, REFUSED, "la somma dei beneficiari non è l'importo del mandato",      \
	  "the beneficiaries do not add up to the order")                                          \
	F(BUDGET_SUM, REFUSED, "la somma del bilancio non è l'importo del mandato",                \
	  "the budget lines do not add up to the order")                                           \
	F(BUDGET_YEAR, REFUSED, "gestione e anno del residuo non concordano con l'esercizio",      \
	  "budget regime and residual year do not agree with the fiscal year")                     \
	F(CLASSIFICATION_MISSING, REFUSED, "nessuna classificazione SIOPE",                        \
	  "no SIOPE classification at all")                                                        \
	F(CLASSIFICATION_SUM, REFUSED, "la somma delle classificazioni non è l'importo",           \
	  "the classifications do not add up to the amount")                                       \
	F(INVOICE_SUM, REFUSED, "la somma delle fatture non è l'importo classificato",             \
	  "the invoices do not add up to the classified amount")                                   \
	F(INVOICE_MISSING, REFUSED, "debito commerciale senza fattura o senza numero SdI",         \
	  "a commercial debt without an invoice, or without its SdI number")                       \
	F(CIG_MISSING, REFUSED, "debito commerciale senza CIG né motivo di esclusione",            \
	  "a commercial debt with neither CIG nor a reason for its absence")                       \
	F(TRANSFER_MISSING, REFUSED, "pagamento SEPA senza i dati del bonifico (IBAN)",            \
	  "a SEPA payment without the data of the transfer (IBAN)")                                \
	F(PAYEE_CODE, REFUSED, "beneficiario senza codice fiscale né partita IVA, o errati",       \
	  "a payee with neither tax code nor VAT number, or a wrong one")                          \
	F(PAYER, REFUSED, "dati dell'ente mancanti o errati: IPA, ISTAT, codici della tesoreria",  \
	  "data of the paying body missing or wrong: IPA, ISTAT, codes of the treasury")           \
	F(FLOW_NAME, REFUSED, "identificativo del flusso non ammesso",                             \
	  "not a name that a flow may have")                                                       \
	F(REPLACED, REFUSED, "SOSTITUZIONE senza il mandato da sostituire",                        \
	  "a replacement that does not name the order it replaces")                                \
	F(CHAPTER, TOLD, "capitolo non numerico: la sezione bilancio è omessa",                    \
	  "the chapter is not a number: the budget section is left out")                           \
	/* SIUSS. */                                                                               \
	F(ONE_ONLY, REFUSED, "un solo beneficiario e una sola prestazione per flusso",             \
	  "one beneficiary and one benefit per flow")                                              \
	F(CHARACTER, REFUSED, "manca CaratterePrestazione (1 periodica, 2 occasionale)",           \
	  "CaratterePrestazione is missing (1 periodic, 2 occasional)")                            \
	F(PERIODIC, REFUSED, "prestazione periodica senza data di inizio o importo mensile",       \
	  "a periodic benefit without its beginning or monthly amount")                            \
	F(OCCASIONAL, REFUSED, "prestazione occasionale senza data di erogazione o importo",       \
	  "an occasional benefit without its day or amount")                                       \
	F(SHARES_SUM, REFUSED, "la somma delle quote non è l'importo",                             \
	  "the shares do not add up to the amount")                                                \
	F(END_YEAR, REFUSED, "la fine deve cadere nell'anno dell'inizio, non prima di esso",       \
	  "the end must fall in the year of the beginning, not before it")                         \
	F(DSU, REFUSED, "dati della DSU incompleti: tutti o nessuno",                              \
	  "data of the DSU: all or none")                                                          \
	F(AREA, REFUSED, "presa in carico senza area di utenza",                                   \
	  "a person taken in charge, and no area")                                                 \
	F(RESIDENCE, REFUSED, "residenza in Italia senza regione o comune",                        \
	  "residence in Italy without region or comune")                                           \
	F(TAX_CODE, REFUSED, "codice fiscale errato", "a wrong codice fiscale")                    \
	F(BIRTH, REFUSED, "anno, luogo o genere non sono quelli del codice fiscale",               \
	  "year, place or sex are not those of the codice fiscale")                                \
	F(BENEFIT, REFUSED, "codice della prestazione non configurato",                            \
	  "a benefit code that is not configured")                                                 \
	F(OMOCODIA, APART, "omocodia in anno o giorno: lo schema la rifiuta, inserire a mano",     \
	  "letters for digits in year or day: the schema refuses them, enter it by hand")          \
	F(PERSON_MISSING, APART, "persona assente dal file delle persone",                         \
	  "the person is not in the persons file")

enum finding_code {
#define F(NAME, kind, it, en) FINDING_##NAME,
	FINDINGS(F)
#undef F
	    FINDING_CODES,
};

struct finding {
	enum finding_code code;
	uint32_t at;	   /* payment, order or flow of the file, from 1; 0: the file */
	const char *field; /* element or column; static */
};

/* The list, over memory of the caller. What does not fit is counted, and never forgotten as a
 * reason to refuse. */
struct findings {
	struct finding *items;
	uint32_t size; /* items that fit */
	uint32_t count;
	uint32_t lost;
	uint32_t refused; /* of all */
};

void finding_add(struct findings *findings, enum finding_code code, uint32_t at, const char *field);

enum finding_kind finding_kind(enum finding_code code);
const char *finding_name(enum finding_code code); /* IBAN, CGU … */
const char *finding_text(enum finding_code code, enum result_language language);

#endif
