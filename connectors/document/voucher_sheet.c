/* Voucher sheets: see voucher_sheet.h. */
#include "connectors/document/voucher_sheet.h"

#include "connectors/document/words.h"

#include <stdio.h>
#include <string.h>

#define MARGIN	    1800
#define QR_SIDE_A4  7000
#define TEXT_SIZE   512u
#define CARD_WIDTH  8560
#define CARD_HEIGHT 5400
#define CARD_ACROSS 2
#define CARD_DOWN   5
#define CARD_PAD    350
#define CARD_QR	    2900
#define MARK_LENGTH 400
#define MARK_GAP    150

/* Where a text goes next: a column that grows downwards. */
struct column {
	struct canvas *canvas;
	int32_t x;
	int32_t y;
	int32_t width;
};

static void say(struct column *column, enum canvas_style style, uint32_t lines_max,
		const char *text)
{
	struct canvas_box box = {.x = column->x,
				 .y = column->y,
				 .width = column->width,
				 .style = style,
				 .ink = style == CANVAS_TITLE ? CANVAS_ACCENT : CANVAS_BLACK,
				 .lines_max = lines_max};
	if (text[0] != '\0')
		column->y += canvas_text(column->canvas, &box, slice_from_text(text)) + 40;
}

static struct slice secret_of(const struct voucher_sheet *sheet)
{
	return slice_from_text(sheet->code[0] != '\0' ? sheet->code : sheet->number);
}

/* "12 ore al mese di assistenza domiciliare" */
static void service_words(const struct voucher_sheet_service *service, char ret_text[TEXT_SIZE])
{
	char units[WORDS_SIZE];
	words_units(service->units_per_month, slice_from_text(service->unit), units);
	snprintf(ret_text, TEXT_SIZE, "%.60s al mese: %.160s", units, service->name);
}

static void validity_words(const struct voucher_sheet *sheet, bool is_long,
			   char ret_text[TEXT_SIZE])
{
	char from[WORDS_SIZE];
	char to[WORDS_SIZE];
	if (is_long) {
		words_day_long(sheet->valid_from, from);
		words_day_long(sheet->valid_to, to);
	} else {
		words_day(sheet->valid_from, from);
		words_day(sheet->valid_to, to);
	}
	ret_text[0] = '\0';
	if (from[0] != '\0' && to[0] != '\0')
		snprintf(ret_text, TEXT_SIZE, "%s %.40s %s %.40s",
			 is_long ? "Vale dal" : "Valido dal", from, "al", to);
}

/* ---- A4 ---- */

static void say_use(struct column *column, const struct voucher_sheet *sheet, const char *contact)
{
	char text[TEXT_SIZE];
	say(column, CANVAS_HEADING, 1, "Come si usa");
	if (sheet->provider[0] != '\0')
		snprintf(text, sizeof(text), "1. Il suo fornitore è %.160s.", sheet->provider);
	else
		snprintf(text, sizeof(text),
			 "1. Scelga il fornitore dall'elenco degli accreditati: la scelta è sua.");
	say(column, CANVAS_LARGE, 3, text);
	say(column, CANVAS_LARGE, 3,
	    sheet->code[0] != '\0' ? "2. Mostri il codice qui sopra al fornitore, una volta sola."
				   : "2. Dica al fornitore il numero del voucher.");
	say(column, CANVAS_LARGE, 3,
	    "3. A ogni visita controlli l'ora di inizio e di fine. Le ore usate si scalano dal "
	    "mese.");
	say(column, CANVAS_LARGE, 3, "4. Il voucher non si vende e non si cambia in denaro.");
	if (sheet->code[0] != '\0')
		say(column, CANVAS_LARGE, 3,
		    "Tenga il codice al sicuro: chi lo ha può usare il voucher.");
	column->y += 250;
	snprintf(text, sizeof(text), "Ha bisogno di aiuto? %.200s",
		 contact == NULL || contact[0] == '\0'
		     ? "Chieda all'assistente sociale del suo comune."
		     : contact);
	say(column, CANVAS_LARGE, 4, text);
}

static void draw_page(struct canvas *canvas, const struct voucher_sheet_set *set,
		      const struct voucher_sheet *sheet)
{
	char text[TEXT_SIZE];
	canvas_page(canvas);
	struct column column = {canvas, MARGIN, MARGIN, CANVAS_A4_WIDTH - 2 * MARGIN};
	say(&column, CANVAS_BODY, 2, sheet->ambito);
	if (sheet->comune[0] != '\0') {
		snprintf(text, sizeof(text), "Comune di %.160s", sheet->comune);
		say(&column, CANVAS_BODY, 2, text);
	}
	column.y += 300;
	say(&column, CANVAS_TITLE, 1, "Voucher sociale");
	column.y += 200;
	struct canvas_area qr = {CANVAS_A4_WIDTH - MARGIN - QR_SIDE_A4, column.y, QR_SIDE_A4,
				 QR_SIDE_A4};
	canvas_qr(canvas, &qr, secret_of(sheet));
	column.width -= QR_SIDE_A4 + 300;
	say(&column, CANVAS_LARGE_BOLD, 3, sheet->person);
	column.y += 200;
	say(&column, CANVAS_BODY, 1, "Numero del voucher");
	say(&column, CANVAS_CODE, 1, sheet->number);
	column.y += 250;
	for (uint32_t i = 0; i < sheet->service_count; i++) {
		service_words(&sheet->services[i], text);
		say(&column, CANVAS_LARGE, 3, text);
	}
	column.y += 250;
	validity_words(sheet, true, text);
	say(&column, CANVAS_LARGE, 3, text);
	if (column.y < qr.y + qr.height)
		column.y = qr.y + qr.height;
	column.width = CANVAS_A4_WIDTH - 2 * MARGIN;
	column.y += 300;
	if (sheet->code[0] != '\0') {
		struct canvas_area frame = {MARGIN, column.y, column.width, 2000};
		canvas_frame(canvas, &frame, CANVAS_LINE);
		struct canvas_box label = {.x = MARGIN + 300,
					   .y = column.y + 150,
					   .width = column.width - 600,
					   .style = CANVAS_BODY,
					   .ink = CANVAS_GREY,
					   .lines_max = 1};
		canvas_text(canvas, &label, slice_from_text("Codice segreto"));
		label.y += 600;
		label.align = CANVAS_CENTRE;
		label.style = CANVAS_CODE_LARGE;
		label.ink = CANVAS_BLACK;
		canvas_text(canvas, &label, slice_from_text(sheet->code));
		column.y += 2500;
	}
	say_use(&column, sheet, set->contact);
}

/* ---- Cards ---- */

static void draw_card(struct canvas *canvas, const struct voucher_sheet *sheet,
		      const struct canvas_area *area)
{
	char text[TEXT_SIZE];
	struct column column = {canvas, area->x + CARD_PAD, area->y + CARD_PAD,
				CARD_WIDTH - 2 * CARD_PAD};
	struct canvas_area qr = {area->x + CARD_WIDTH - CARD_QR - 200, area->y + 750, CARD_QR,
				 CARD_QR};
	say(&column, CANVAS_SMALL_BOLD, 1, "Voucher sociale");
	column.width -= CARD_QR;
	say(&column, CANVAS_TINY, 2, sheet->ambito);
	column.y += 80;
	say(&column, CANVAS_BODY_BOLD, 2, sheet->person);
	snprintf(text, sizeof(text), "n. %.31s", sheet->number);
	say(&column, CANVAS_BODY_BOLD, 1, text);
	for (uint32_t i = 0; i < sheet->service_count && i < 2; i++) {
		service_words(&sheet->services[i], text);
		say(&column, CANVAS_TINY, 2, text);
	}
	if (sheet->service_count > 2)
		say(&column, CANVAS_TINY, 1, "e altri servizi");
	validity_words(sheet, false, text);
	say(&column, CANVAS_TINY, 2, text);
	if (sheet->provider[0] != '\0') {
		snprintf(text, sizeof(text), "Fornitore: %.160s", sheet->provider);
		say(&column, CANVAS_TINY, 2, text);
	}
	canvas_qr(canvas, &qr, secret_of(sheet));
	struct canvas_box code = {.x = area->x + CARD_PAD,
				  .y = area->y + CARD_HEIGHT - 900,
				  .width = CARD_WIDTH - 2 * CARD_PAD,
				  .align = CANVAS_CENTRE,
				  .style = CANVAS_CODE,
				  .ink = CANVAS_BLACK,
				  .lines_max = 1};
	if (sheet->code[0] != '\0')
		canvas_text(canvas, &code, slice_from_text(sheet->code));
}

/* Short lines outside the sheet's cards, in line with their edges. */
static void draw_marks(struct canvas *canvas, int32_t left, int32_t top)
{
	int32_t width = CARD_ACROSS * CARD_WIDTH;
	int32_t height = CARD_DOWN * CARD_HEIGHT;
	for (int32_t i = 0; i <= CARD_ACROSS; i++) {
		struct canvas_area mark = {left + i * CARD_WIDTH, top - MARK_GAP - MARK_LENGTH, 0,
					   MARK_LENGTH};
		canvas_rule(canvas, &mark, CANVAS_LINE);
		mark.y = top + height + MARK_GAP;
		canvas_rule(canvas, &mark, CANVAS_LINE);
	}
	for (int32_t i = 0; i <= CARD_DOWN; i++) {
		struct canvas_area mark = {left - MARK_GAP - MARK_LENGTH, top + i * CARD_HEIGHT,
					   MARK_LENGTH, 0};
		canvas_rule(canvas, &mark, CANVAS_LINE);
		mark.x = left + width + MARK_GAP;
		canvas_rule(canvas, &mark, CANVAS_LINE);
	}
}

static void draw_cards(struct canvas *canvas, const struct voucher_sheet_set *set)
{
	int32_t left = (CANVAS_A4_WIDTH - CARD_ACROSS * CARD_WIDTH) / 2;
	int32_t top = (CANVAS_A4_HEIGHT - CARD_DOWN * CARD_HEIGHT) / 2;
	for (uint32_t i = 0; i < set->count; i++) {
		int32_t place = (int32_t)(i % (CARD_ACROSS * CARD_DOWN));
		if (place == 0) {
			canvas_page(canvas);
			draw_marks(canvas, left, top);
		}
		struct canvas_area area = {left + place % CARD_ACROSS * CARD_WIDTH,
					   top + place / CARD_ACROSS * CARD_HEIGHT, CARD_WIDTH,
					   CARD_HEIGHT};
		draw_card(canvas, &set->sheets[i], &area);
	}
}

enum result voucher_sheet_make(const struct voucher_sheet_set *set, struct canvas_bytes *ret_bytes)
{
	ASSERT(set != NULL && set->sheets != NULL && set->count > 0 && ret_bytes != NULL);
	struct canvas *canvas;
	struct canvas_facts facts = {.title = "Voucher sociali",
				     .author = set->sheets[0].ambito,
				     .subject = "Da consegnare alla persona",
				     .created = set->created,
				     .width = CANVAS_A4_WIDTH,
				     .height = CANVAS_A4_HEIGHT};
	enum result result = canvas_open(&facts, &canvas);
	if (result != RESULT_OK)
		return result;
	if (set->size == VOUCHER_SHEET_CARD)
		draw_cards(canvas, set);
	for (uint32_t i = 0; i < set->count && set->size == VOUCHER_SHEET_A4; i++)
		draw_page(canvas, set, &set->sheets[i]);
	return canvas_close(canvas, ret_bytes);
}
