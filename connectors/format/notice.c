/* Notices for persons: see notice.h. */
#include "connectors/format/notice.h"

#include "engine/base/text.h"

#include <string.h>

/* {titolo} {entro} {importo} {contatto} stand for facts; a sentence in [ ] is left out where the
 * fact in it is none. */
static const struct {
	const char *kind;
	const char *subject;
	const char *text;
} rows[] = {
    {"RECHOICE", "Voucher {titolo}: scelga un nuovo fornitore",
     "Il fornitore che ha scelto per il voucher **{titolo}** non può più erogare il servizio. "
     "Le ore che le restano sono conservate: scelga un altro fornitore dall'elenco degli "
     "accreditati.[ Può scegliere **entro il {entro}**.]"},
    {"CHOSEN_BY_ROTATION", "Voucher {titolo}: le è stato assegnato un fornitore",
     "Per il voucher **{titolo}** non risultava scelto un fornitore, e ne è stato assegnato uno a "
     "rotazione tra gli accreditati. Può cambiarlo quando vuole rivolgendosi all'ufficio."},
    {"VOUCHER_SUSPENDED", "Voucher {titolo}: le prestazioni sono sospese",
     "Le prestazioni del voucher **{titolo}** sono sospese. Per sapere il motivo e che cosa fare "
     "per riprenderle si rivolga al suo assistente sociale."},
    {"UNITS_ENDING", "Voucher {titolo}: le ore stanno per finire",
     "Il voucher **{titolo}** sta per esaurire quanto è previsto per questo mese. Quanto resta si "
     "può chiedere al fornitore o all'ufficio prima della prossima prestazione."},
    {"UNITS_BLOCKED", "Voucher {titolo}: una parte non è utilizzabile",
     "Una parte di quanto non è stato utilizzato con il voucher **{titolo}** nei mesi passati non "
     "è ora utilizzabile, secondo le regole della misura. L'ufficio può spiegarle il motivo."},
    {"NOT_ACTIVATED", "Voucher {titolo}: non è ancora stato utilizzato",
     "Il voucher **{titolo}** non è ancora stato utilizzato.[ Se non lo sarà **entro il {entro}** "
     "può decadere.] Si metta in contatto con il fornitore scelto, o con l'ufficio."},
    {"COPAY_CHANGE", "Voucher {titolo}: cambia la sua quota di partecipazione",
     "La quota che le è richiesta per le prestazioni del voucher **{titolo}** cambia. L'ufficio "
     "può dirle il nuovo importo e da quando vale."},
    {"COPAY_ARREARS", "Voucher {titolo}: una quota risulta non pagata",
     "Per il voucher **{titolo}** risulta non pagata la sua quota di partecipazione[ di "
     "**{importo} euro**].[ La scadenza era il {entro}.] Se ha già pagato non tenga conto di "
     "questo messaggio."},
    {"ISEE_MISSING", "Voucher {titolo}: serve un ISEE valido",
     "Per calcolare la quota del voucher **{titolo}** serve un ISEE in corso di validità.[ Lo "
     "presenti **entro il {entro}**.] Senza, può essere applicata la tariffa più alta."},
    {"PROVIDER_CHANGE_UNFUNDED", "Voucher {titolo}: il cambio di fornitore è in attesa",
     "Il cambio di fornitore chiesto per il voucher **{titolo}** non può ancora essere disposto. "
     "Le prestazioni continuano come ora; l'ufficio le farà sapere."},
    {"PAYMENT_RETURNED", "Un pagamento a suo favore non è andato a buon fine",
     "Un pagamento a suo favore è tornato indietro. Verifichi con l'ufficio i dati del conto su "
     "cui riceve i pagamenti: il pagamento sarà disposto di nuovo."},
    {"CASH_GRANT_RETURNED", "Il pagamento del suo buono non è andato a buon fine",
     "Il pagamento del buono **{titolo}** è tornato indietro. Verifichi con l'ufficio i dati del "
     "conto su cui lo riceve: sarà disposto di nuovo."},
};

static const char contact_line[] = "[\n\nPer informazioni: {contatto}]";

static const char *const faults[] = {
    [NOTICE_OK] = "written",
    [NOTICE_KIND] = "an event that persons are not told of",
    [NOTICE_SUBJECT] = "the subject has fewer than 10 or more than 120 characters",
    [NOTICE_LENGTH] = "the text has fewer than 80 or more than 10000 characters",
    [NOTICE_CONTACT] = "the contact is empty inside, or holds what cannot be printed",
};

const char *notice_fault_text(enum notice_fault fault)
{
	ASSERT((uint32_t)fault < sizeof(faults) / sizeof(faults[0]));
	return faults[fault];
}

static uint32_t row_of(struct slice kind)
{
	uint32_t row = 0;
	while (row < sizeof(rows) / sizeof(rows[0]) && !slice_equals_text(kind, rows[row].kind))
		row++;
	return row;
}

bool notice_is_for_persons(struct slice kind)
{
	return row_of(kind) < sizeof(rows) / sizeof(rows[0]);
}

/* ---- Writing ---- */

struct writer {
	const struct notice_facts *facts;
	char *text;
	uint32_t room; /* without the NUL */
	uint32_t size;
	bool is_full;
};

static void put(struct writer *writer, struct slice text)
{
	if (text.size > writer->room - writer->size) {
		writer->is_full = true;
		return;
	}
	if (text.size > 0)
		memcpy(writer->text + writer->size, text.data, text.size);
	writer->size += text.size;
}

/* 31/03/2026 */
static uint32_t put_day(struct day day, char ret_text[DAY_TEXT_SIZE])
{
	char iso[DAY_TEXT_SIZE];
	day_format(day, iso);
	memcpy(ret_text, iso + 8, 2);
	ret_text[2] = '/';
	memcpy(ret_text + 3, iso + 5, 2);
	ret_text[5] = '/';
	memcpy(ret_text + 6, iso, 4);
	return DAY_TEXT_SIZE;
}

/* The fact of a name; empty where there is none. `ret_text` may hold it. */
static struct slice fact_of(const struct notice_facts *facts, struct slice name,
			    char ret_text[TEXT_CENTS_SIZE_MAX])
{
	struct slice none = {NULL, 0};
	if (slice_equals_text(name, "titolo"))
		return facts->voucher;
	if (slice_equals_text(name, "contatto"))
		return facts->contact;
	if (slice_equals_text(name, "entro"))
		return facts->due.number == 0
			   ? none
			   : (struct slice){ret_text, put_day(facts->due, ret_text)};
	ASSERT(slice_equals_text(name, "importo"));
	if (cents_is_zero(facts->amount))
		return none;
	return (struct slice){ret_text, text_format_cents_italian(facts->amount, ret_text)};
}

/* "{name}" at `at`: the name, and the bytes that it takes. */
static struct slice name_at(const char *at, uint32_t *ret_taken)
{
	uint32_t size = 0;
	while (at[size + 1] != '}') {
		ASSERT(at[size + 1] != '\0');
		size++;
	}
	*ret_taken = size + 2;
	return (struct slice){at + 1, size};
}

/* Whether some fact between "[" and "]" is none. */
static bool lacks(const struct notice_facts *facts, const char *at)
{
	char text[TEXT_CENTS_SIZE_MAX];
	uint32_t taken;
	for (; *at != ']'; at++) {
		ASSERT(*at != '\0');
		if (*at == '{' && fact_of(facts, name_at(at, &taken), text).size == 0)
			return true;
	}
	return false;
}

static void fill(struct writer *writer, const char *at)
{
	while (*at != '\0') {
		char text[TEXT_CENTS_SIZE_MAX];
		uint32_t taken = 1;
		if (*at == '[' && lacks(writer->facts, at))
			while (at[taken - 1] != ']')
				taken++;
		else if (*at == '{')
			put(writer, fact_of(writer->facts, name_at(at, &taken), text));
		else if (*at != '[' && *at != ']')
			put(writer, (struct slice){at, 1});
		at += taken;
	}
}

/* Characters of UTF-8: bytes that begin one. */
static uint32_t characters(const char *text, uint32_t size)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < size; i++)
		count += ((unsigned char)text[i] & 0xC0) != 0x80 ? 1 : 0;
	return count;
}

static bool is_within(const struct writer *writer, uint32_t least, uint32_t most)
{
	uint32_t count = characters(writer->text, writer->size);
	return !writer->is_full && count >= least && count <= most;
}

enum notice_fault notice_write(const struct notice_facts *facts, struct notice *ret_notice)
{
	ASSERT(facts != NULL && ret_notice != NULL);
	uint32_t row = row_of(facts->kind);
	if (row == sizeof(rows) / sizeof(rows[0]))
		return NOTICE_KIND;
	if (facts->contact.size > 0 && !text_is_printable(facts->contact))
		return NOTICE_CONTACT;
	struct writer subject = {
	    .facts = facts, .text = ret_notice->subject, .room = sizeof(ret_notice->subject) - 1};
	struct writer text = {
	    .facts = facts, .text = ret_notice->text, .room = sizeof(ret_notice->text) - 1};
	fill(&subject, rows[row].subject);
	fill(&text, rows[row].text);
	fill(&text, contact_line);
	ret_notice->subject[subject.size] = '\0';
	ret_notice->text[text.size] = '\0';
	if (!is_within(&subject, NOTICE_SUBJECT_MIN, NOTICE_SUBJECT_MAX))
		return NOTICE_SUBJECT;
	return is_within(&text, NOTICE_TEXT_MIN, NOTICE_TEXT_MAX) ? NOTICE_OK : NOTICE_LENGTH;
}
