/* Messages of the treasurer about OPI flows, and its journal of the day: see outcome.h.
 *
 * The journal (giornale di cassa) brings our end-to-end id back; the outcome of an order (esito
 * applicativo) only the order's number. Control figures of the journal: of each account and of the
 * whole, balance before + in - out = balance after; out and in are the sums of their movements,
 * where the file is one page and nothing was reversed, regularised or restored (the sign of these
 * in the totals is the bank's own manner). */
#include "connectors/format/outcome.h"

/* ---- Answers to a flow ---- */

static bool read_answer(struct outcome_file *file, const struct tree_node *root)
{
	file->flow = tree_text_at(root, "identificativo_flusso");
	file->message = tree_text_at(root, "identificativo_flusso_BT");
	if (file->flow.size == 0)
		return outcome_fail(file, OUTCOME_MISSING, root, "identificativo_flusso");
	if (file->message.size == 0)
		file->message = file->flow;
	file->reason = tree_text_at(root, "errore/codice");
	struct slice state = tree_text_at(root, "stato_flusso");
	bool is_ack = file->kind == OUTCOME_FILE_OPI_ACK;
	file->is_rejected = file->kind == OUTCOME_FILE_OPI_REFUSAL ||
			    (is_ack && slice_equals_text(state, "KO"));
	if (is_ack && !file->is_rejected && !slice_equals_text(state, "OK"))
		return outcome_fail(file, OUTCOME_VALUE, root, "stato_flusso");
	return !file->is_rejected ||
	       outcome_day(file, root, "testata_messaggio/data_ora_creazione_flusso", &file->day);
}

/* ---- Esito applicativo ---- */

struct word {
	const char *text;
	uint8_t kind; /* 0: nothing about a payment */
};

static bool find_word(const struct word *words, uint32_t count, struct slice text,
		      uint8_t *ret_kind)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!slice_equals_text(text, words[i].text))
			continue;
		*ret_kind = words[i].kind;
		return true;
	}
	return false;
}

/* Of an order: taken in charge, refused or annulled, paid, not carried out. */
static const struct word results[] = {
    {"ACQUISITO", OUTCOME_KIND_ORDERED},
    {"NON ACQUISITO", OUTCOME_KIND_REJECTED},
    {"NON_ACQUISITO", OUTCOME_KIND_REJECTED},
    {"ANNULLATO", OUTCOME_KIND_REJECTED},
    {"PAGATO", OUTCOME_KIND_PAID},
    {"NON ESEGUIBILE", OUTCOME_KIND_REJECTED},
    {"NON_ESEGUIBILE", OUTCOME_KIND_REJECTED},
    {"INESEGUIBILE", OUTCOME_KIND_REJECTED},
    {"STORNATO", OUTCOME_KIND_RETURNED},
    {"REGOLARIZZATO", OUTCOME_KIND_PAID},
    {"VARIATO", 0},
    {"NON VARIATO", 0},
    {"NON_VARIATO", 0},
    {"NON ANNULLATO", 0},
    {"NON_ANNULLATO", 0},
    {"SOSTITUITO", 0},
    {"NON SOSTITUITO", 0},
    {"NON_SOSTITUITO", 0},
    {"NON STORNATO", 0},
    {"NON REGOLARIZZATO", 0},
};

static bool read_result(struct outcome_file *file, const struct tree_node *node)
{
	struct cents amount;
	struct day day;
	uint8_t kind = 0;
	struct slice result = tree_text_at(node, "esito_operazione");
	if (!find_word(results, sizeof(results) / sizeof(results[0]), result, &kind))
		return outcome_fail(file, OUTCOME_VALUE, node, "esito_operazione");
	if (!outcome_cents(file, node, "importo", &amount) ||
	    !outcome_day(file, node, "data_ora_esito_operazione", &day))
		return false;
	struct outcome_line *line = outcome_add(file, node, day);
	line->amount = amount;
	line->kind = kind;
	line->order_number = tree_text_at(node, "numero_mandato");
	line->reason_code = tree_text_at(node, "lista_errori/codice_errore");
	if (line->order_number.size == 0)
		return outcome_fail(file, OUTCOME_MISSING, node, "numero_mandato");
	return outcome_day(file, node, "data_mandato", &line->order_date);
}

static bool read_results(struct outcome_file *file, const struct tree_node *root)
{
	file->message = tree_text_at(root, "identificativo_flusso_BT");
	const struct tree_node *node = tree_child(root, "esito_mandati");
	file->flow = tree_text_at(node, "identificativo_flusso");
	for (; node != NULL; node = tree_next(node))
		if (!read_result(file, node))
			return false;
	/* Reversali are incomes: counted, and nothing is made of them. */
	for (node = tree_child(root, "esito_reversali"); node != NULL; node = tree_next(node)) {
		struct cents amount;
		struct day day;
		if (!outcome_cents(file, node, "importo", &amount) ||
		    !outcome_day(file, node, "data_ora_esito_operazione", &day))
			return false;
		outcome_add(file, node, day)->amount = amount;
	}
	return file->count > 0 || outcome_fail(file, OUTCOME_EMPTY, root, "esito_mandati");
}

/* ---- Giornale di cassa ---- */

/* What the movements of an account, or of the whole, come to. */
struct movements {
	struct cents in;
	struct cents out;
	bool is_plain; /* nothing reversed, regularised or restored */
};

/* Of a payment order in the journal. RIPRISTINATO concerns suspended items: nothing is paid. */
static const struct word operations[] = {
    {"ESEGUITO", OUTCOME_KIND_PAID},
    {"STORNATO", OUTCOME_KIND_RETURNED},
    {"REGOLARIZZATO", OUTCOME_KIND_PAID},
    {"RIPRISTINATO", 0},
};

static bool read_movement(struct outcome_file *file, const struct tree_node *node,
			  struct movements *sum)
{
	struct cents amount;
	struct day day;
	uint8_t kind = 0;
	struct slice direction = tree_text_at(node, "tipo_movimento");
	struct slice operation = tree_text_at(node, "tipo_operazione");
	bool is_out = slice_equals_text(direction, "USCITA");
	if (!is_out && !slice_equals_text(direction, "ENTRATA"))
		return outcome_fail(file, OUTCOME_VALUE, node, "tipo_movimento");
	if (!find_word(operations, sizeof(operations) / sizeof(operations[0]), operation, &kind))
		return outcome_fail(file, OUTCOME_VALUE, node, "tipo_operazione");
	if (!outcome_cents(file, node, "importo", &amount) ||
	    !outcome_day(file, node, "data_movimento", &day))
		return false;
	struct cents *side = is_out ? &sum->out : &sum->in;
	if (!cents_add(*side, amount, side))
		return outcome_fail(file, OUTCOME_AMOUNT, node, "importo");
	sum->is_plain = sum->is_plain && slice_equals_text(operation, "ESEGUITO");
	struct outcome_line *line = outcome_add(file, node, day);
	line->amount = amount;
	line->reference = tree_text_at(node, "end_to_end_id");
	line->receipt_number = tree_text_at(node, "numero_bolletta_quietanza");
	bool is_order =
	    slice_equals_text(tree_text_at(node, "tipo_documento"), "MANDATO");
	if (is_out && is_order) {
		line->kind = kind;
		line->order_number = tree_text_at(node, "numero_documento");
	} else if (!is_out && line->reference.size != 0 && kind == OUTCOME_KIND_PAID) {
		line->kind = OUTCOME_KIND_RETURNED; /* a transfer that came back in */
	}
	return true;
}

/* Balance before + in - out = balance after, where all four are told. */
static bool check_balance(struct outcome_file *file, const struct tree_node *node,
			  const char *const names[4])
{
	int64_t figures[4];
	for (uint32_t i = 0; i < 4; i++) {
		const struct tree_node *at = tree_child(node, names[i]);
		struct slice text = tree_text_of(at);
		struct cents amount;
		bool is_minus = text.size > 0 && text.data[0] == '-';
		struct tree_node bare = {.line = at == NULL ? 0 : at->line};
		if (at == NULL)
			return true;
		bare.text = (struct slice){text.data + (is_minus ? 1 : 0),
					   text.size - (is_minus ? 1 : 0)};
		if (!outcome_cents(file, &bare, "", &amount))
			return outcome_fail(file, OUTCOME_AMOUNT, at, names[i]);
		figures[i] = amount.raw; /* raw: signed figures of a foreign file are compared */
		figures[i] = is_minus ? -figures[i] : figures[i];
	}
	int64_t found = 0;
	if (__builtin_add_overflow(figures[0], figures[1], &found) ||
	    __builtin_sub_overflow(found, figures[2], &found))
		return outcome_fail(file, OUTCOME_AMOUNT, node, names[0]);
	if (found != figures[3])
		return outcome_untied(file, OUTCOME_BALANCE, tree_child(node, names[3]), names[3],
				      figures[3], found);
	return true;
}

static bool check_sum(struct outcome_file *file, const struct tree_node *node, const char *name,
		      struct cents sum)
{
	const struct tree_node *at = tree_child(node, name);
	struct cents stated;
	if (at == NULL)
		return true;
	if (!outcome_cents(file, node, name, &stated))
		return false;
	if (!cents_equal(stated, sum))
		return outcome_untied(file, OUTCOME_SUM, at, name, stated.raw, /* raw: told */
				      sum.raw);				       /* raw: told */
	return true;
}

static bool is_one_page(const struct tree_node *root)
{
	struct slice pages = tree_text_at(root, "pagine_totali");
	return pages.size == 0 || slice_equals_text(pages, "1");
}

static bool read_account(struct outcome_file *file, const struct tree_node *account, bool is_whole,
			 struct movements *whole)
{
	static const char *const balance[4] = {
	    "saldo_precedente_conto_evidenza", "totale_entrate_conto_evidenza",
	    "totale_uscite_conto_evidenza", "saldo_finale_conto_evidenza"};
	struct movements own = {.is_plain = true};
	const struct tree_node *node = tree_child(account, "movimento_conto_evidenza");
	for (; node != NULL; node = tree_next(node))
		if (!read_movement(file, node, &own))
			return false;
	whole->is_plain = whole->is_plain && own.is_plain;
	if (!cents_add(whole->in, own.in, &whole->in) ||
	    !cents_add(whole->out, own.out, &whole->out))
		return outcome_fail(file, OUTCOME_AMOUNT, account, "importo");
	if (!check_balance(file, account, balance))
		return false;
	if (!is_whole || !own.is_plain)
		return true;
	return check_sum(file, account, balance[1], own.in) &&
	       check_sum(file, account, balance[2], own.out);
}

static bool read_journal(struct outcome_file *file, const struct tree_node *root)
{
	static const char *const balance[4] = {
	    "saldo_complessivo_precedente", "totale_complessivo_entrate",
	    "totale_complessivo_uscite", "saldo_complessivo_finale"};
	struct movements whole = {.is_plain = true};
	bool is_whole = is_one_page(root);
	file->message = tree_text_at(root, "identificativo_flusso_BT");
	const struct tree_node *account = tree_child(root, "informazioni_conto_evidenza");
	for (; account != NULL; account = tree_next(account))
		if (!read_account(file, account, is_whole, &whole))
			return false;
	if (!check_balance(file, root, balance))
		return false;
	if (is_whole && whole.is_plain &&
	    (!check_sum(file, root, balance[1], whole.in) ||
	     !check_sum(file, root, balance[2], whole.out)))
		return false;
	return file->count > 0 ||
	       outcome_fail(file, OUTCOME_EMPTY, root, "movimento_conto_evidenza");
}

bool outcome_opi_read(struct outcome_file *file, const struct tree_node *root)
{
	if (file->kind == OUTCOME_FILE_OPI_OUTCOME)
		return read_results(file, root);
	if (file->kind == OUTCOME_FILE_OPI_CASH_JOURNAL)
		return read_journal(file, root);
	return read_answer(file, root);
}
