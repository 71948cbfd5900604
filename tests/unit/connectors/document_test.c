/* Documents: golden texts as a reader of the PDF finds them, page breaks and carried totals, the
 * same bytes again, hostile text, QR codes that are read back. */
#include "connectors/document/paper.h"
#include "connectors/document/qr.h"
#include "connectors/document/statement_sheet.h"
#include "connectors/document/voucher_sheet.h"
#include "connectors/document/words.h"
#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX	  (1u << 20)
#define SET(member, text) set_text(member, sizeof(member), text)

static char folder[TEST_FOLDER_SIZE];

/* fontconfig keeps a pattern of its own until the end of the process. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig";
}
const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}

static void set_text(char *member, size_t size, const char *text)
{
	assert_true(strlen(text) <= size);
	memset(member, 0, size);
	memcpy(member, text, strlen(text));
}

static bool has_program(const char *name)
{
	char command[128];
	snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", name);
	if (system(command) == 0)
		return true;
	printf("SKIP: %s is not installed\n", name);
	return false;
}

static void write_file(const char *name, const struct canvas_bytes *bytes)
{
	char path[TEST_FOLDER_SIZE + 64];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes->data, 1, bytes->size, file), bytes->size);
	assert_int_equal(fclose(file), 0);
}

/* What a command says, runs of blanks as one. */
static char *output_of(const char *command)
{
	char *text = malloc(TEXT_MAX);
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	size_t used = 0;
	for (int symbol = fgetc(pipe); symbol != EOF; symbol = fgetc(pipe)) {
		bool is_blank =
		    symbol == ' ' && used > 0 && (text[used - 1] == ' ' || text[used - 1] == '\n');
		assert_true(used < TEXT_MAX - 1);
		if (!is_blank)
			text[used++] = (char)symbol;
	}
	text[used] = '\0';
	assert_int_equal(pclose(pipe), 0);
	return text;
}

/* The words of a PDF, page breaks as form feeds; NULL: there is no pdftotext. */
static char *text_of(const struct canvas_bytes *bytes)
{
	char command[TEST_FOLDER_SIZE + 128];
	if (!has_program("pdftotext"))
		return NULL;
	write_file("text.pdf", bytes);
	snprintf(command, sizeof(command), "pdftotext -layout %s/text.pdf -", folder);
	return output_of(command);
}

static void assert_golden(const struct canvas_bytes *bytes, const char *name)
{
	char path[128];
	char *found = text_of(bytes);
	if (found == NULL)
		return;
	snprintf(path, sizeof(path), "tests/golden/documents/%s.txt", name);
	if (getenv("GOLDEN_WRITE") != NULL) {
		FILE *file = fopen(path, "wb");
		fputs(found, file);
		fclose(file);
	}
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	char *wanted = calloc(1, TEXT_MAX);
	assert_true(fread(wanted, 1, TEXT_MAX - 1, file) > 0);
	fclose(file);
	assert_string_equal(found, wanted);
	free(wanted);
	free(found);
}

static uint32_t count_of(const char *text, const char *word)
{
	uint32_t count = 0;
	for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
		count++;
	return count;
}

/* ---- A statement ---- */

static struct day day_of(const char *text)
{
	struct day day;
	assert_true(day_parse(slice_from_text(text), &day));
	return day;
}

static void make_line(struct sheet_line *line, uint32_t i, uint32_t count)
{
	char text[32];
	*line = (struct sheet_line){.aliquota_bp = 500, .quantita = 600 + 15 * i};
	SET(line->prospetto, "stm_12");
	snprintf(text, sizeof(text), "stl_%u", i + 1);
	SET(line->riga, text);
	SET(line->codice_istat_comune, "019035");
	SET(line->comune, "Crema");
	SET(line->fondo, i < count / 2 ? "COMUNI-2026" : "FNPS-2026");
	SET(line->impegno, "412");
	SET(line->capitolo, "3550");
	SET(line->atto, "DT 321/2026");
	snprintf(text, sizeof(text), "%07uK", i + 1);
	SET(line->voucher, text);
	SET(line->servizio, "SAD_OSS");
	SET(line->nome_servizio, "Assistenza domiciliare (operatore socio-sanitario)");
	SET(line->misura, "MINUTE");
	line->prestazioni = 8;
	line->imponibile = cents_from(22600 + 7 * i);
	line->iva = cents_from(1130);
	line->totale = cents_from(22600 + 7 * i + 1130);
	line->attestata = i % 7 != 3;
}

static void make_record(struct sheet_record *record, uint32_t i)
{
	char text[32];
	*record = (struct sheet_record){.minuti = 60,
					.quantita = 60,
					.data = day_of("2026-10-05"),
					.imponibile = cents_from(2260)};
	snprintf(text, sizeof(text), "%07uK", i / 2 + 1);
	SET(record->voucher, text);
	snprintf(text, sizeof(text), "rdm_%u", i + 1);
	SET(record->prestazione, text);
	SET(record->servizio, "SAD_OSS");
	SET(record->ora, "09:00");
}

static void make_head(struct sheet_head *head)
{
	SET(head->prospetto, "stm_12");
	SET(head->tipo, "ORDINARY");
	SET(head->stato, "APPROVED");
	SET(head->ambito, "Ambito territoriale sociale di Crema");
	SET(head->cf_ente, "01397580196");
	SET(head->codice_istat_comune, "");
	SET(head->codice_fornitore, "ALFA");
	SET(head->fornitore, "Alfa Società cooperativa sociale");
	SET(head->partita_iva, "12345678903");
	SET(head->cig, "1234567CE7");
	SET(head->atto_accreditamento, "PATTO-1");
	SET(head->fattura_numero, "7/PA");
	head->fattura_data = day_of("2026-11-20");
	head->congelato_il = day_of("2026-11-12");
	head->congelato = (struct instant){INT64_C(1794441600000000)};
	head->scadenza = day_of("2026-12-20");
	head->aliquota_bp = 500;
	assert_true(month_parse(slice_from_text("2026-10"), &head->mese));
}

static struct sheet make_sheet(uint32_t lines)
{
	struct sheet sheet = {.line_count = lines, .record_count = 2 * lines};
	sheet.lines = calloc(lines, sizeof(*sheet.lines));
	sheet.records = calloc(2 * lines, sizeof(*sheet.records));
	make_head(&sheet.head);
	for (uint32_t i = 0; i < lines; i++)
		make_line(&sheet.lines[i], i, lines);
	for (uint32_t i = 0; i < 2 * lines; i++)
		make_record(&sheet.records[i], i);
	struct sheet_sums sums;
	assert_true(sheet_add_up(&sheet, &sums));
	sheet.head.imponibile = sheet.head.pagabile_imponibile = sums.net;
	sheet.head.iva = sheet.head.pagabile_iva = sums.vat;
	sheet.head.totale = sums.gross;
	return sheet;
}

static void free_sheet(struct sheet *sheet)
{
	free(sheet->lines);
	free(sheet->records);
}

static void a_statement_reads_as_its_golden_text(void **state)
{
	struct sheet sheet = make_sheet(50);
	struct canvas_bytes bytes;
	(void)state;
	assert_int_equal(statement_sheet_make(&sheet, NULL, &bytes), RESULT_OK);
	assert_golden(&bytes, "statement");
	free(bytes.data);
	SET(sheet.head.codice_istat_comune, "019035");
	SET(sheet.head.comune, "Crema");
	sheet.line_count = 3;
	assert_int_equal(statement_sheet_make(&sheet, "https://titoli.example/p", &bytes),
			 RESULT_OK);
	assert_golden(&bytes, "statement_comune");
	free(bytes.data);
	free_sheet(&sheet);
}

/* The longest usual code of a fund and year, and each heading, stand on one line; of what is paid
 * no deadline is left. */
static void words_stay_whole_and_paid_is_paid(void **state)
{
	struct sheet sheet = make_sheet(2);
	struct canvas_bytes bytes;
	(void)state;
	for (uint32_t i = 0; i < 2; i++)
		SET(sheet.lines[i].fondo, "SOLIDARIETA-2026");
	assert_int_equal(statement_sheet_make(&sheet, NULL, &bytes), RESULT_OK);
	char *text = text_of(&bytes);
	write_file("whole.pdf", &bytes);
	free(bytes.data);
	if (text != NULL) {
		assert_non_null(strstr(text, "SOLIDARIETA-2026"));
		assert_non_null(strstr(text, "Attest.\n"));
		assert_non_null(strstr(text, "Prossima scadenza"));
	}
	free(text);
	SET(sheet.head.stato, "PAID");
	assert_int_equal(statement_sheet_make(&sheet, NULL, &bytes), RESULT_OK);
	text = text_of(&bytes);
	free(bytes.data);
	if (text != NULL)
		assert_null(strstr(text, "Prossima scadenza"));
	free(text);
	free_sheet(&sheet);
}

static void an_annex_and_a_letter_read_as_their_golden_texts(void **state)
{
	struct sheet sheet = make_sheet(40);
	struct canvas_bytes bytes;
	struct sheet_head heads[2] = {sheet.head, sheet.head};
	(void)state;
	assert_int_equal(statement_sheet_annex(&sheet, &bytes), RESULT_OK);
	assert_golden(&bytes, "annex");
	free(bytes.data);
	SET(heads[1].stato, "PAID");
	SET(heads[1].prospetto, "stm_9");
	SET(heads[1].quietanza, "55");
	heads[1].pagato_il = day_of("2026-11-30");
	struct statement_letter letter = {heads, 2, "Ufficio di Piano, tel. 0373 000000"};
	assert_int_equal(statement_sheet_letter(&letter, &bytes), RESULT_OK);
	assert_golden(&bytes, "letter");
	free(bytes.data);
	free_sheet(&sheet);
}

static void the_same_facts_give_the_same_bytes(void **state)
{
	struct sheet sheet = make_sheet(120);
	struct canvas_bytes first;
	struct canvas_bytes second;
	(void)state;
	assert_int_equal(statement_sheet_make(&sheet, NULL, &first), RESULT_OK);
	sleep(1); /* a second later: no clock may show */
	assert_int_equal(statement_sheet_make(&sheet, NULL, &second), RESULT_OK);
	assert_int_equal(first.size, second.size);
	assert_memory_equal(first.data, second.data, first.size);
	assert_null(memmem(first.data, first.size, "/ID", 3));
	free(second.data);
	/* One cent more is another document. */
	sheet.lines[7].imponibile = cents_from(1);
	assert_int_equal(statement_sheet_make(&sheet, NULL, &second), RESULT_OK);
	assert_true(first.size != second.size || memcmp(first.data, second.data, first.size) != 0);
	free(first.data);
	free(second.data);
	free_sheet(&sheet);
}

static void metadata_are_the_ledgers(void **state)
{
	struct sheet sheet = make_sheet(1);
	struct canvas_bytes bytes;
	char command[TEST_FOLDER_SIZE + 128];
	(void)state;
	if (!has_program("pdfinfo") || !has_program("pdffonts"))
		return;
	assert_int_equal(statement_sheet_make(&sheet, NULL, &bytes), RESULT_OK);
	write_file("info.pdf", &bytes);
	snprintf(command, sizeof(command), "TZ=UTC pdfinfo -isodates %s/info.pdf", folder);
	char *text = output_of(command);
	assert_non_null(strstr(text, "Title: Prospetto stm_12 - ALFA - ottobre 2026"));
	assert_non_null(strstr(text, "Author: Ambito territoriale sociale di Crema"));
	assert_non_null(strstr(text, "CreationDate: 2026-11-12T00:00:00"));
	assert_non_null(strstr(text, "A4"));
	free(text);
	snprintf(command, sizeof(command), "pdffonts %s/info.pdf", folder);
	text = output_of(command);
	assert_int_equal(count_of(text, "DejaVuSans"), 2);
	assert_int_equal(count_of(text, " yes yes yes "), 2); /* embedded, a subset, with unicode */
	free(text);
	free(bytes.data);
	free_sheet(&sheet);
}

/* ---- Layout ---- */

struct rows {
	uint32_t count;
	struct cents each;
	const char *text;
};

static void tell_rows(struct paper *paper, const void *facts)
{
	static const struct paper_column columns[] = {
	    {"Voce", 0, PAPER_TEXT, false},
	    {"Numero", 3000, PAPER_COUNT, true},
	    {"Importo", 4000, PAPER_CENTS, true},
	};
	const struct rows *rows = facts;
	struct paper_table table = {.columns = columns, .column_count = 3, .style = CANVAS_BODY};
	paper_heading(paper, "Tabella");
	paper_table_begin(paper, &table);
	for (uint32_t i = 0; i < rows->count; i++) {
		const struct paper_cell cells[] = {
		    {.text = slice_from_text(rows->text)}, {.count = 1}, {.cents = rows->each}};
		paper_table_row(paper, &table, cells);
	}
	paper_table_end(paper, &table, "Totale");
}

static const struct paper_words plain_words = {.title = "T",
					       .author = "A",
					       .subject = "S",
					       .header_left = "sinistra",
					       .header_right = "destra",
					       .footer = "piede"};

static void tables_go_on_with_headings_and_carried_totals(void **state)
{
	struct rows rows = {200, cents_from(123456), "riga"};
	struct canvas_bytes bytes;
	(void)state;
	assert_int_equal(paper_make(&plain_words, tell_rows, &rows, &bytes), RESULT_OK);
	char *text = text_of(&bytes);
	free(bytes.data);
	if (text == NULL)
		return;
	uint32_t pages = count_of(text, "\f");
	char last[32];
	assert_true(pages >= 4);
	assert_int_equal(count_of(text, "Voce Numero Importo"), pages);
	assert_int_equal(count_of(text, "a riportare"), pages - 1);
	assert_int_equal(count_of(text, "\nriporto "), pages - 1);
	assert_int_equal(count_of(text, "\nriga 1 1.234,56"), 200);
	assert_int_equal(count_of(text, "\nTotale 200 246.912,00"), 1);
	snprintf(last, sizeof(last), "pagina %u di %u", pages, pages);
	assert_non_null(strstr(text, last));
	/* What a page carries over is what the next begins with. */
	const char *carried = strstr(text, "a riportare ") + strlen("a riportare ");
	const char *taken = strstr(text, "\nriporto ") + strlen("\nriporto ");
	assert_memory_equal(carried, taken, strcspn(carried, "\n"));
	free(text);
}

/* From none to more than a page: never a page without a row, never a total alone. */
static void page_breaks_leave_nothing_alone(void **state)
{
	(void)state;
	if (!has_program("pdftotext"))
		return;
	for (uint32_t count = 30; count < 60; count++) {
		struct rows rows = {count, cents_from(100), "riga"};
		struct canvas_bytes bytes;
		assert_int_equal(paper_make(&plain_words, tell_rows, &rows, &bytes), RESULT_OK);
		char *text = text_of(&bytes);
		const char *page = text;
		for (const char *end = strchr(page, '\f'); end != NULL;
		     page = end + 1, end = strchr(page, '\f')) {
			const char *row = strstr(page, "\nriga ");
			assert_true(row != NULL && row < end);
		}
		assert_int_equal(count_of(text, "\nriga "), count);
		free(bytes.data);
		free(text);
	}
}

static void a_sum_beyond_64_bits_is_no_document(void **state)
{
	struct rows rows = {2, cents_from(INT64_MAX), "riga"};
	struct canvas_bytes bytes;
	(void)state;
	assert_int_equal(paper_make(&plain_words, tell_rows, &rows, &bytes), RESULT_CHECK_FAILED);
}

static void hostile_text_stays_text(void **state)
{
	static char long_name[3 * CANVAS_TEXT_MAX];
	static const char *const names[] = {
	    "",
	    " ",
	    "Nicolò Šćepanović €  «à è ì ò ù» œ",
	    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xd8\xa7\xd9\x84\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85",
	    "\xe2\x80\xae"
	    "gnp.txt",
	    "a\x01\x02\x1b[31m\x7f\xc2\x85z",
	    "\xff\xfe\xc3(\xe2\x82",
	    "\xed\xa0\x80",
	    "\xf4\x90\x80\x80",
	    "riga\nsotto\r\ne\ttab",
	    "%s%n (\\) <</Type/Page>> endobj",
	    "\xf0\x9f\x91\xb5\xf0\x9f\x8f\xbd\xe2\x80\x8d\xf0\x9f\x9a\x80",
	    "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86",
	    "\xef\xbb\xbfmarca",
	    "\xe2\x80\xa8"
	    "A"
	    "\xe2\x80\xa9"
	    "B",
	};
	(void)state;
	memset(long_name, 'W', sizeof(long_name) - 1);
	for (size_t i = 0; i <= sizeof(names) / sizeof(names[0]); i++) {
		bool is_long = i == sizeof(names) / sizeof(names[0]);
		struct rows rows = {3, cents_from(-1234567), is_long ? long_name : names[i]};
		struct paper_words words = plain_words;
		struct canvas_bytes bytes;
		words.header_left = rows.text;
		words.footer = rows.text;
		assert_int_equal(paper_make(&words, tell_rows, &rows, &bytes), RESULT_OK);
		char *text = text_of(&bytes);
		if (text != NULL) {
			assert_int_equal(count_of(text, "-12.345,67"), 3);
			assert_int_equal(count_of(text, "\f"), 1);
			assert_null(strstr(text, "\x1b"));
			assert_null(strstr(text, "\xe2\x80\xae"));
		}
		free(text);
		free(bytes.data);
	}
}

/* A cell has its four lines and no more. */
static void a_text_is_cut_to_its_lines(void **state)
{
	static char long_name[6000];
	struct canvas *canvas;
	struct canvas_facts facts = {
	    .title = "T", .author = "A", .subject = "S", .width = 21000, .height = 29700};
	struct canvas_box box = {.width = 8000, .style = CANVAS_BODY, .lines_max = 4};
	(void)state;
	memset(long_name, 'x', sizeof(long_name) - 1);
	assert_int_equal(canvas_open(&facts, &canvas), RESULT_OK);
	int32_t line = canvas_line_height(canvas, CANVAS_BODY);
	int32_t cut = canvas_height(canvas, &box, slice_from_text(long_name));
	assert_true(cut >= 4 * line - 8 && cut <= 4 * line + 8);
	box.lines_max = CANVAS_LINES_ALL;
	assert_true(canvas_height(canvas, &box, slice_from_text(long_name)) > 40 * line);
	assert_int_equal(canvas_height(canvas, &box, slice_from_text("uno")), line);
	canvas_drop(canvas);
}

/* ---- Vouchers ---- */

static void make_vouchers(struct voucher_sheet *sheets, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct voucher_sheet *sheet = &sheets[i];
		*sheet = (struct voucher_sheet){.service_count = 2};
		snprintf(sheet->number, sizeof(sheet->number), "%07uK", i + 1);
		snprintf(sheet->code, sizeof(sheet->code), "7QK4-M2XT-9BVD-3HRW-%02u", i);
		snprintf(sheet->ambito, sizeof(sheet->ambito), "Ambito di Crema");
		snprintf(sheet->comune, sizeof(sheet->comune), "Ripalta Cremasca");
		snprintf(sheet->person, sizeof(sheet->person), "Maria Dall'Aglio");
		sheet->valid_from = day_of("2026-01-01");
		sheet->valid_to = day_of("2026-12-31");
		snprintf(sheet->services[0].name, VOUCHER_SHEET_TEXT_SIZE,
			 "Assistenza domiciliare");
		snprintf(sheet->services[0].unit, sizeof(sheet->services[0].unit), "MINUTE");
		sheet->services[0].units_per_month = 720;
		snprintf(sheet->services[1].name, VOUCHER_SHEET_TEXT_SIZE, "Pasti a domicilio");
		snprintf(sheet->services[1].unit, sizeof(sheet->services[1].unit), "PIECE");
		sheet->services[1].units_per_month = 20;
	}
}

/* Reads every QR code of a PDF's pages; NULL: no reader. */
static char *codes_of(const struct canvas_bytes *bytes)
{
	char command[2 * TEST_FOLDER_SIZE + 256];
	if (!has_program("zbarimg") || !has_program("pdftoppm"))
		return NULL;
	write_file("codes.pdf", bytes);
	snprintf(command, sizeof(command),
		 "cd %s && rm -f code-*.png && pdftoppm -r 200 -png codes.pdf code && "
		 "zbarimg -q --raw code-*.png 2>zbar.log",
		 folder);
	return output_of(command);
}

static void voucher_sheets_read_back(void **state)
{
	static const enum voucher_sheet_size sizes[] = {VOUCHER_SHEET_A4, VOUCHER_SHEET_CARD};
	static const char *const names[] = {"voucher_a4", "voucher_card"};
	struct voucher_sheet sheets[12];
	(void)state;
	make_vouchers(sheets, 12);
	sheets[1].code[0] = '\0'; /* the code is not known: the number is shown */
	snprintf(sheets[2].provider, VOUCHER_SHEET_TEXT_SIZE, "Alfa");
	sheets[3].person[0] = '\0';
	for (uint32_t i = 0; i < 2; i++) {
		struct voucher_sheet_set set = {sheets,
						12,
						sizes[i],
						{INT64_C(1794441600000000)},
						i == 0 ? "tel. 0373 000000" : NULL};
		struct canvas_bytes bytes;
		assert_int_equal(voucher_sheet_make(&set, &bytes), RESULT_OK);
		assert_golden(&bytes, names[i]);
		char *codes = codes_of(&bytes);
		if (codes != NULL) {
			for (uint32_t k = 0; k < 12; k++)
				assert_int_equal(
				    count_of(codes, k == 1 ? sheets[k].number : sheets[k].code), 1);
			assert_int_equal(count_of(codes, "\n"), 12);
		}
		free(codes);
		free(bytes.data);
	}
}

static void a_statement_tells_where_its_receipt_is(void **state)
{
	struct sheet sheet = make_sheet(2);
	struct canvas_bytes bytes;
	(void)state;
	assert_int_equal(statement_sheet_make(&sheet, "https://titoli.example/p", &bytes),
			 RESULT_OK);
	char *codes = codes_of(&bytes);
	if (codes != NULL)
		assert_string_equal(codes, "https://titoli.example/p/stm_12\n");
	free(codes);
	free(bytes.data);
	assert_int_equal(statement_sheet_make(&sheet, NULL, &bytes), RESULT_OK);
	codes = codes_of(&bytes);
	if (codes != NULL)
		assert_string_equal(codes, "titoli:statement/stm_12\n");
	free(codes);
	free(bytes.data);
	free_sheet(&sheet);
}

static void no_qr_code_of_what_does_not_fit(void **state)
{
	static char text[QR_TEXT_SIZE + 1];
	struct qr *qr = malloc(sizeof(*qr));
	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(qr_make((struct slice){text, 0}, qr), RESULT_FIELD_INVALID);
	assert_int_equal(qr_make((struct slice){"a\0b", 3}, qr), RESULT_FIELD_INVALID);
	assert_int_equal(qr_make((struct slice){text, QR_TEXT_SIZE + 1}, qr), RESULT_FIELD_INVALID);
	assert_int_equal(qr_make((struct slice){text, QR_TEXT_SIZE}, qr), RESULT_OK);
	assert_int_equal(qr_make(slice_from_text("0000012K"), qr), RESULT_OK);
	assert_int_equal(qr->side, 21);
	free(qr);
}

/* ---- Words ---- */

static void words_are_italian(void **state)
{
	char text[WORDS_SIZE];
	struct month month;
	(void)state;
	assert_true(month_parse(slice_from_text("2026-08"), &month));
	assert_string_equal(words_month(month, text), "agosto 2026");
	assert_string_equal(words_month((struct month){0}, text), "");
	assert_string_equal(words_day(day_of("2026-03-05"), text), "05/03/2026");
	assert_string_equal(words_day((struct day){0}, text), "");
	assert_string_equal(words_day_long(day_of("2026-05-01"), text), "1° maggio 2026");
	assert_string_equal(words_euro(cents_from(123456789), text), "€ 1.234.567,89");
	assert_string_equal(words_rate(500, text), "5 %");
	assert_string_equal(words_rate(425, text), "4,25 %");
	assert_string_equal(words_rate(450, text), "4,5 %");
	assert_string_equal(words_rate(0, text), "esente");
	assert_string_equal(words_units(60, slice_from_text("MINUTE"), text), "1 ora");
	assert_string_equal(words_units(750, slice_from_text("MINUTE"), text), "12 h 30'");
	assert_string_equal(words_units(1, slice_from_text("ACCESS"), text), "1 accesso");
	assert_string_equal(words_units(3, slice_from_text("DAY"), text), "3 giornate");
	assert_string_equal(words_units(12345, slice_from_text("EURO"), text), "€ 123,45");
	assert_string_equal(words_units(7, slice_from_text("ALTRO"), text), "7");
	assert_string_equal(words_state(slice_from_text("PAID"), text), "pagato");
	assert_string_equal(words_state(slice_from_text("NEW"), text), "NEW");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_statement_reads_as_its_golden_text),
	    cmocka_unit_test(words_stay_whole_and_paid_is_paid),
	    cmocka_unit_test(an_annex_and_a_letter_read_as_their_golden_texts),
	    cmocka_unit_test(the_same_facts_give_the_same_bytes),
	    cmocka_unit_test(metadata_are_the_ledgers),
	    cmocka_unit_test(tables_go_on_with_headings_and_carried_totals),
	    cmocka_unit_test(page_breaks_leave_nothing_alone),
	    cmocka_unit_test(a_sum_beyond_64_bits_is_no_document),
	    cmocka_unit_test(hostile_text_stays_text),
	    cmocka_unit_test(a_text_is_cut_to_its_lines),
	    cmocka_unit_test(voucher_sheets_read_back),
	    cmocka_unit_test(a_statement_tells_where_its_receipt_is),
	    cmocka_unit_test(no_qr_code_of_what_does_not_fit),
	    cmocka_unit_test(words_are_italian),
	};
	test_folder_make("document_test", folder);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
