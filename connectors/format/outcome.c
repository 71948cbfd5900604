/* Outcomes of payments as facts: see outcome.h. */
#include "connectors/format/outcome.h"

#include "engine/base/text.h"

#include <string.h>

#define DATE_SIZE 10u

static bool is_named(const struct tree_node *node, const char *name)
{
	return slice_equals_text(node->name, name);
}

enum outcome_file_kind outcome_kind_of(const struct tree_node *root)
{
	static const struct {
		const char *name;
		const char *child; /* NULL: the root says it */
		enum outcome_file_kind kind;
	} formats[] = {
	    {"messaggio_ack_siope", NULL, OUTCOME_FILE_OPI_ACK},
	    {"messaggio_ricezione_flusso", NULL, OUTCOME_FILE_OPI_RECEIPT},
	    {"messaggio_rifiuto_flusso", NULL, OUTCOME_FILE_OPI_REFUSAL},
	    {"messaggi_esito_applicativo", NULL, OUTCOME_FILE_OPI_OUTCOME},
	    {"flusso_giornale_di_cassa", NULL, OUTCOME_FILE_OPI_CASH_JOURNAL},
	    {"Document", "BkToCstmrStmt", OUTCOME_FILE_CAMT_053},
	    {"Document", "BkToCstmrDbtCdtNtfctn", OUTCOME_FILE_CAMT_054},
	    {"Document", "CstmrPmtStsRpt", OUTCOME_FILE_PAIN_002},
	};
	for (uint32_t i = 0; root != NULL && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (is_named(root, formats[i].name) &&
		    (formats[i].child == NULL || tree_child(root, formats[i].child) != NULL))
			return formats[i].kind;
	return (enum outcome_file_kind)0;
}

/* ---- Faults ---- */

bool outcome_fail(struct outcome_file *file, enum outcome_fault fault,
		  const struct tree_node *node, const char *about)
{
	return outcome_untied(file, fault, node, about, 0, 0);
}

bool outcome_untied(struct outcome_file *file, enum outcome_fault fault,
		    const struct tree_node *node, const char *about, int64_t stated, int64_t found)
{
	file->fault = (uint8_t)fault;
	file->fault_place = node == NULL ? 0 : node->line;
	file->about = about;
	file->stated = stated;
	file->found = found;
	return false;
}

const char *outcome_fault_text(enum outcome_fault fault, bool is_italian)
{
	static const char *const texts[OUTCOME_FAULTS][2] = {
	    [OUTCOME_OK] = {"nothing is wrong", "nulla da segnalare"},
	    [OUTCOME_UNKNOWN] = {"none of the formats that are read",
				 "nessuno dei formati che si leggono"},
	    [OUTCOME_MISSING] = {"missing", "manca"},
	    [OUTCOME_AMOUNT] = {"not an amount in euro and cents",
				"non è un importo in euro e centesimi"},
	    [OUTCOME_DAY] = {"not a date", "non è una data"},
	    [OUTCOME_VALUE] = {"a word that the format does not have",
			       "una parola che il formato non prevede"},
	    [OUTCOME_CURRENCY] = {"not in euro", "non è in euro"},
	    [OUTCOME_COUNT] = {"the stated count is not what is there",
			       "il numero dichiarato non è quello presente"},
	    [OUTCOME_SUM] = {"the stated sum is not that of its parts",
			     "la somma dichiarata non è quella delle parti"},
	    [OUTCOME_BALANCE] = {"opening balance and entries do not give the closing balance",
				 "saldo iniziale e movimenti non danno il saldo finale"},
	    [OUTCOME_EMPTY] = {"no line", "nessuna riga"},
	    [OUTCOME_MEMORY] = {"too many lines", "troppe righe"},
	};
	ASSERT(fault < OUTCOME_FAULTS);
	return texts[fault][is_italian ? 1 : 0];
}

/* ---- Lines ---- */

static uint32_t count_lines(const struct tree_node *root)
{
	static const char *const names[] = {"Ntry",	       "TxDtls",
					    "TxInfAndSts",     "esito_mandati",
					    "esito_reversali", "movimento_conto_evidenza"};
	uint32_t count = 1; /* a message without lines is one */
	for (const struct tree_node *node = root; node != NULL; node = tree_walk(node, root))
		for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			count += is_named(node, names[i]) ? 1 : 0;
	return count;
}

size_t outcome_memory(const struct tree_node *root)
{
	return (size_t)count_lines(root) * sizeof(struct outcome_line) + ARENA_ALIGNMENT;
}

struct outcome_line *outcome_add(struct outcome_file *file, const struct tree_node *node,
				 struct day day)
{
	ASSERT(file->count < file->capacity);
	struct outcome_line *line = &file->lines[file->count++];
	*line = (struct outcome_line){.place = node->line, .day = day};
	return line;
}

/* Digits, and at most two decimals that are not zero. */
static bool parse_amount(struct slice text, struct cents *ret_amount)
{
	uint32_t point = 0;
	uint64_t euro = 0;
	uint64_t hundredths = 0;
	while (point < text.size && text.data[point] != '.')
		point++;
	struct slice whole = {text.data, point};
	struct slice decimals = {text.data + point, text.size - point};
	if (!text_parse_u64(whole, UINT64_MAX, &euro) || decimals.size == 1)
		return false;
	for (uint32_t i = 1; i < decimals.size; i++) {
		char digit = decimals.data[i];
		if (digit < '0' || digit > '9' || (i > 2 && digit != '0'))
			return false;
		if (i <= 2)
			hundredths += (uint64_t)(digit - '0') * (i == 1 ? 10u : 1u);
	}
	uint64_t sum = 0;
	if (__builtin_mul_overflow(euro, UINT64_C(100), &sum) ||
	    __builtin_add_overflow(sum, hundredths, &sum) || sum > INT64_MAX)
		return false;
	*ret_amount = cents_from((int64_t)sum);
	return true;
}

bool outcome_cents(struct outcome_file *file, const struct tree_node *node, const char *path,
		   struct cents *ret_amount)
{
	const struct tree_node *at = path[0] == '\0' ? node : tree_at(node, path);
	if (at == NULL)
		return outcome_fail(file, OUTCOME_MISSING, node, path);
	struct slice currency = tree_attribute_of(at, "Ccy");
	if (!parse_amount(tree_text_of(at), ret_amount))
		return outcome_fail(file, OUTCOME_AMOUNT, at, path);
	if (currency.size != 0 && !slice_equals_text(currency, "EUR"))
		return outcome_fail(file, OUTCOME_CURRENCY, at, path);
	return true;
}

bool outcome_day(struct outcome_file *file, const struct tree_node *node, const char *path,
		 struct day *ret_day)
{
	const struct tree_node *at = tree_at(node, path);
	struct slice text = tree_text_of(at);
	if (text.size == 0)
		return outcome_fail(file, OUTCOME_MISSING, node, path);
	if (text.size > DATE_SIZE && (text.data[DATE_SIZE] == 'T' || text.data[DATE_SIZE] == '+' ||
				      text.data[DATE_SIZE] == 'Z'))
		text.size = DATE_SIZE;
	if (!day_parse(text, ret_day))
		return outcome_fail(file, OUTCOME_DAY, at, path);
	return true;
}

static bool add_up(struct outcome_file *file)
{
	file->total = cents_zero();
	for (uint32_t i = 0; i < file->count; i++)
		if (!cents_add(file->total, file->lines[i].amount, &file->total))
			return outcome_fail(file, OUTCOME_AMOUNT, NULL, "total");
	return true;
}

bool outcome_read(struct outcome_file *file, struct arena *arena, enum outcome_file_kind kind,
		  const struct tree_node *root)
{
	*file = (struct outcome_file){.kind = (uint8_t)kind, .capacity = count_lines(root)};
	file->lines = arena_alloc(arena, file->capacity * sizeof(file->lines[0]));
	if (file->lines == NULL)
		return outcome_fail(file, OUTCOME_MEMORY, root, "lines");
	bool is_read = false;
	switch (kind) {
	case OUTCOME_FILE_OPI_ACK:
	case OUTCOME_FILE_OPI_RECEIPT:
	case OUTCOME_FILE_OPI_REFUSAL:
	case OUTCOME_FILE_OPI_OUTCOME:
	case OUTCOME_FILE_OPI_CASH_JOURNAL:
		is_read = outcome_opi_read(file, root);
		break;
	case OUTCOME_FILE_CAMT_053:
	case OUTCOME_FILE_CAMT_054:
		is_read = outcome_camt_read(file, root);
		break;
	case OUTCOME_FILE_PAIN_002:
		is_read = outcome_pain_read(file, root);
		break;
	case OUTCOME_FILE_CSV:
		break;
	}
	if (!is_read && file->fault == OUTCOME_OK)
		return outcome_fail(file, OUTCOME_UNKNOWN, root, "root");
	return is_read && add_up(file);
}
