/* Who pays: what the files of banks and treasurers say of the paying body. A copy of what the
 * ledger held when the export was opened, and the few codes of the channel that the ledger does not
 * hold. Texts are NUL-padded. */
#ifndef CONNECTORS_FORMAT_PAYER_H
#define CONNECTORS_FORMAT_PAYER_H

struct payer {
	char code[16];
	char name[96];
	char tax_code[16];
	char ipa_code[8];	/* office, six signs */
	char istat_code[16];	/* of the body in SIOPE, 9 to 15 digits */
	char treasury_abi[8];	/* five digits */
	char treasury_code[16]; /* of the body with its treasurer */
	char a2a_body[12];	/* A2A-12345678: who speaks with SIOPE+ for the body */
	char a2a_treasury[12];	/* and for the treasurer */
	char iban[36];
	char bic[12];
	char cuc[8]; /* CBI code of who orders */
};

#endif
