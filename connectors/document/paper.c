/* Documents on A4: see paper.h. */
#include "connectors/document/paper.h"

#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define MARGIN_SIDE    1500
#define MARGIN_TOP     1400
#define BODY_TOP       2400
#define MARGIN_BOTTOM  1400
#define FOOTER_HEIGHT  700
#define CELL_PAD_X     90
#define CELL_PAD_Y     55
#define CELL_LINES_MAX 4u
#define LABEL_WIDTH    4800
#define FACT_GAP       60
#define HEADING_KEEP   2200 /* room for a heading and some rows under it */
#define NUMBER_SIZE    64u

struct paper {
	const struct paper_words *words;
	struct canvas *canvas;
	int32_t width;	/* of the page */
	int32_t height; /* of the page */
	int32_t y;
	int32_t right; /* taken at the right margin, down to right_until */
	int32_t right_until;
	uint32_t page_total; /* 0 while counting */
	bool overflow;
};

static int32_t bottom(const struct paper *paper)
{
	return paper->height - MARGIN_BOTTOM - FOOTER_HEIGHT;
}

int32_t paper_width(const struct paper *paper)
{
	ASSERT(paper != NULL);
	return paper->width - 2 * MARGIN_SIDE;
}

int32_t paper_y(const struct paper *paper)
{
	ASSERT(paper != NULL);
	return paper->y;
}

struct canvas *paper_canvas(struct paper *paper)
{
	ASSERT(paper != NULL);
	return paper->canvas;
}

static void draw_rule(struct paper *paper, int32_t y)
{
	struct canvas_area area = {MARGIN_SIDE, y, paper_width(paper), 0};
	canvas_rule(paper->canvas, &area, CANVAS_LINE);
}

static void draw_edges(struct paper *paper)
{
	char number[NUMBER_SIZE];
	int32_t half = paper_width(paper) / 2;
	struct canvas_box left = {MARGIN_SIDE,	MARGIN_TOP,  half, CANVAS_LEFT,
				  CANVAS_SMALL, CANVAS_GREY, 1};
	struct canvas_box right = left;
	right.x += half;
	right.align = CANVAS_RIGHT;
	canvas_text(paper->canvas, &left, slice_from_text(paper->words->header_left));
	canvas_text(paper->canvas, &right, slice_from_text(paper->words->header_right));
	draw_rule(paper, MARGIN_TOP + 450);
	int32_t foot = paper->height - MARGIN_BOTTOM - 350;
	draw_rule(paper, foot - 100);
	left.y = foot;
	left.width = paper_width(paper) - 3500;
	left.style = CANVAS_TINY;
	right.y = foot;
	right.style = CANVAS_TINY;
	snprintf(number, sizeof(number), "pagina %u di %u", canvas_pages(paper->canvas),
		 paper->page_total);
	canvas_text(paper->canvas, &left, slice_from_text(paper->words->footer));
	canvas_text(paper->canvas, &right, slice_from_text(number));
}

static void turn_page(struct paper *paper)
{
	canvas_page(paper->canvas);
	draw_edges(paper);
	paper->y = BODY_TOP;
	paper->right_until = 0;
}

void paper_need(struct paper *paper, int32_t height)
{
	ASSERT(paper != NULL);
	if (paper->y + height > bottom(paper) && paper->y > BODY_TOP)
		turn_page(paper);
}

void paper_space(struct paper *paper, int32_t height)
{
	ASSERT(paper != NULL && height >= 0);
	paper->y += height;
}

/* A box from the left margin, as wide as what stands at the right lets it be. */
static struct canvas_box text_box(const struct paper *paper, enum canvas_style style)
{
	int32_t taken = paper->y < paper->right_until ? paper->right : 0;
	return (struct canvas_box){.x = MARGIN_SIDE,
				   .y = paper->y,
				   .width = paper_width(paper) - taken,
				   .align = CANVAS_LEFT,
				   .style = style,
				   .ink = CANVAS_BLACK};
}

void paper_title(struct paper *paper, const char *text)
{
	struct canvas_box box = text_box(paper, CANVAS_TITLE);
	box.ink = CANVAS_ACCENT;
	box.lines_max = 3;
	paper->y += canvas_text(paper->canvas, &box, slice_from_text(text)) + 200;
}

void paper_heading(struct paper *paper, const char *text)
{
	paper_need(paper, HEADING_KEEP);
	paper->y += 350;
	struct canvas_box box = text_box(paper, CANVAS_HEADING);
	box.ink = CANVAS_ACCENT;
	box.lines_max = 2;
	paper->y += canvas_text(paper->canvas, &box, slice_from_text(text)) + 150;
}

void paper_paragraph(struct paper *paper, enum canvas_style style, const char *text)
{
	struct canvas_box box = text_box(paper, style);
	paper_need(paper, canvas_height(paper->canvas, &box, slice_from_text(text)));
	box = text_box(paper, style);
	paper->y += canvas_text(paper->canvas, &box, slice_from_text(text)) + 120;
}

void paper_fact(struct paper *paper, const char *label, const char *value)
{
	ASSERT(paper != NULL && label != NULL && value != NULL);
	if (value[0] == '\0')
		return;
	struct canvas_box box = text_box(paper, CANVAS_BODY);
	box.x += LABEL_WIDTH;
	box.width -= LABEL_WIDTH;
	box.lines_max = CELL_LINES_MAX;
	int32_t height = canvas_height(paper->canvas, &box, slice_from_text(value));
	paper_need(paper, height + FACT_GAP);
	box.y = paper->y;
	canvas_text(paper->canvas, &box, slice_from_text(value));
	struct canvas_box name = text_box(paper, CANVAS_SMALL);
	name.y += 45;
	name.width = LABEL_WIDTH - 200;
	name.ink = CANVAS_GREY;
	name.lines_max = 1;
	canvas_text(paper->canvas, &name, slice_from_text(label));
	paper->y += height + FACT_GAP;
}

void paper_qr(struct paper *paper, int32_t side, struct slice text)
{
	ASSERT(paper != NULL && side > 0);
	paper_need(paper, side);
	struct canvas_area area = {paper->width - MARGIN_SIDE - side, paper->y, side, side};
	canvas_qr(paper->canvas, &area, text);
	paper->right = side + 200;
	paper->right_until = paper->y + side;
}

/* ---- Tables ---- */

uint32_t paper_format_count(uint64_t count, char ret_text[PAPER_COUNT_SIZE_MAX])
{
	char digits[TEXT_U64_SIZE_MAX];
	uint32_t size = text_format_u64(count, digits);
	uint32_t used = 0;
	for (uint32_t i = 0; i < size; i++) {
		if (i > 0 && (size - i) % 3 == 0)
			ret_text[used++] = '.';
		ret_text[used++] = digits[i];
	}
	return used;
}

static struct slice cell_text(const struct paper_column *column, const struct paper_cell *cell,
			      char number[NUMBER_SIZE])
{
	switch (column->kind) {
	case PAPER_TEXT:
		break;
	case PAPER_CENTS:
		return (struct slice){number, text_format_cents_italian(cell->cents, number)};
	case PAPER_COUNT:
		return (struct slice){number, paper_format_count(cell->count, number)};
	}
	return cell->text;
}

static struct canvas_box cell_box(const struct paper_table *table, uint32_t column, int32_t x,
				  int32_t y)
{
	return (struct canvas_box){
	    .x = x + CELL_PAD_X,
	    .y = y + CELL_PAD_Y,
	    .width = table->widths[column] - 2 * CELL_PAD_X,
	    .align = table->columns[column].kind == PAPER_TEXT ? CANVAS_LEFT : CANVAS_RIGHT,
	    .style = table->style,
	    .ink = CANVAS_BLACK,
	    .lines_max = CELL_LINES_MAX};
}

static enum canvas_style bold_of(enum canvas_style style)
{
	return style == CANVAS_BODY ? CANVAS_BODY_BOLD : CANVAS_SMALL_BOLD;
}

static int32_t sum_height(const struct paper *paper, const struct paper_table *table)
{
	return table->has_sums
		   ? canvas_line_height(paper->canvas, bold_of(table->style)) + 2 * CELL_PAD_Y
		   : 0;
}

static void draw_headings(struct paper *paper, const struct paper_table *table)
{
	int32_t height = 0;
	for (uint32_t i = 0; i < table->column_count; i++) {
		struct canvas_box box = cell_box(table, i, 0, 0);
		box.style = bold_of(table->style);
		int32_t one =
		    canvas_height(paper->canvas, &box, slice_from_text(table->columns[i].heading));
		height = one > height ? one : height;
	}
	height += 2 * CELL_PAD_Y;
	struct canvas_area area = {MARGIN_SIDE, paper->y, paper_width(paper), height};
	canvas_fill(paper->canvas, &area, CANVAS_SHADE);
	int32_t x = MARGIN_SIDE;
	for (uint32_t i = 0; i < table->column_count; i++) {
		struct canvas_box box = cell_box(table, i, x, paper->y);
		box.style = bold_of(table->style);
		canvas_text(paper->canvas, &box, slice_from_text(table->columns[i].heading));
		x += table->widths[i];
	}
	paper->y += height;
	draw_rule(paper, paper->y);
}

/* A line of sums under a label, which may run over the columns that have none. */
static void draw_sums(struct paper *paper, const struct paper_table *table, const char *label)
{
	int32_t x = MARGIN_SIDE;
	int32_t free = 0;
	bool is_free = true;
	for (uint32_t i = 0; i < table->column_count; i++) {
		const struct paper_column *column = &table->columns[i];
		char number[NUMBER_SIZE];
		struct paper_cell cell = {.cents = table->cents[i], .count = table->counts[i]};
		struct canvas_box box = cell_box(table, i, x, paper->y);
		box.style = bold_of(table->style);
		is_free = is_free && !column->is_summed;
		free += is_free ? table->widths[i] : 0;
		if (column->is_summed)
			canvas_text(paper->canvas, &box, cell_text(column, &cell, number));
		x += table->widths[i];
	}
	struct canvas_box box = cell_box(table, 0, MARGIN_SIDE, paper->y);
	box.width = (free > 0 ? free : table->widths[0]) - 2 * CELL_PAD_X;
	box.style = bold_of(table->style);
	box.align = CANVAS_LEFT;
	box.lines_max = 1;
	canvas_text(paper->canvas, &box, slice_from_text(label));
	paper->y += sum_height(paper, table);
}

static void set_widths(const struct paper *paper, struct paper_table *table)
{
	int32_t rest = paper_width(paper);
	uint32_t open = table->column_count;
	for (uint32_t i = 0; i < table->column_count; i++) {
		table->widths[i] = table->columns[i].width;
		rest -= table->columns[i].width;
		if (table->columns[i].width == 0)
			open = i;
		table->has_sums = table->has_sums || table->columns[i].is_summed;
	}
	ASSERT(rest >= 0);
	if (open < table->column_count) {
		ASSERT(rest > 2 * CELL_PAD_X);
		table->widths[open] = rest;
	}
}

void paper_table_begin(struct paper *paper, struct paper_table *table)
{
	ASSERT(paper != NULL && table != NULL);
	ASSERT(table->column_count > 0 && table->column_count <= PAPER_COLUMNS_MAX);
	*table = (struct paper_table){
	    .columns = table->columns, .column_count = table->column_count, .style = table->style};
	set_widths(paper, table);
	paper_need(paper, HEADING_KEEP);
	/* A table is as wide as the page: it begins under what stands at the right. */
	if (paper->y < paper->right_until)
		paper->y = paper->right_until;
	draw_headings(paper, table);
}

static int32_t row_height(struct paper *paper, const struct paper_table *table,
			  const struct paper_cell *cells)
{
	int32_t height = canvas_line_height(paper->canvas, table->style);
	for (uint32_t i = 0; i < table->column_count; i++) {
		char number[NUMBER_SIZE];
		if (table->columns[i].kind != PAPER_TEXT)
			continue;
		struct canvas_box box = cell_box(table, i, 0, 0);
		int32_t one = canvas_height(paper->canvas, &box,
					    cell_text(&table->columns[i], &cells[i], number));
		height = one > height ? one : height;
	}
	return height + 2 * CELL_PAD_Y;
}

static void add_up(struct paper_table *table, const struct paper_cell *cells)
{
	for (uint32_t i = 0; i < table->column_count; i++) {
		const struct paper_column *column = &table->columns[i];
		if (!column->is_summed)
			continue;
		bool fits = column->kind == PAPER_CENTS
				? cents_add(table->cents[i], cells[i].cents, &table->cents[i])
				: !__builtin_add_overflow(table->counts[i], cells[i].count,
							  &table->counts[i]);
		table->overflow = table->overflow || !fits;
	}
	table->rows++;
}

/* The rest of a table on the next page, with what was reached. */
static void carry_over(struct paper *paper, const struct paper_table *table)
{
	if (table->has_sums)
		draw_sums(paper, table, "a riportare");
	turn_page(paper);
	draw_headings(paper, table);
	if (table->has_sums)
		draw_sums(paper, table, "riporto");
}

void paper_table_row(struct paper *paper, struct paper_table *table, const struct paper_cell *cells)
{
	ASSERT(paper != NULL && table != NULL && cells != NULL);
	int32_t height = row_height(paper, table, cells);
	if (paper->y + height + sum_height(paper, table) > bottom(paper) && table->rows > 0)
		carry_over(paper, table);
	int32_t x = MARGIN_SIDE;
	for (uint32_t i = 0; i < table->column_count && !canvas_is_blind(paper->canvas); i++) {
		char number[NUMBER_SIZE];
		struct canvas_box box = cell_box(table, i, x, paper->y);
		canvas_text(paper->canvas, &box, cell_text(&table->columns[i], &cells[i], number));
		x += table->widths[i];
	}
	paper->y += height;
	draw_rule(paper, paper->y);
	add_up(table, cells);
}

void paper_table_end(struct paper *paper, struct paper_table *table, const char *label)
{
	ASSERT(paper != NULL && table != NULL);
	paper->overflow = paper->overflow || table->overflow;
	if (table->has_sums && label != NULL)
		draw_sums(paper, table, label);
	paper->y += 200;
}

/* ---- The document ---- */

static void tell(struct paper *paper, paper_story *story, const void *facts)
{
	turn_page(paper);
	story(paper, facts);
}

enum result paper_make(const struct paper_words *words, paper_story *story, const void *facts,
		       struct canvas_bytes *ret_bytes)
{
	ASSERT(words != NULL && story != NULL && ret_bytes != NULL);
	struct canvas_facts about = {.title = words->title,
				     .author = words->author,
				     .subject = words->subject,
				     .created = words->created,
				     .width = CANVAS_A4_WIDTH,
				     .height = CANVAS_A4_HEIGHT};
	if (words->is_landscape) {
		about.width = CANVAS_A4_HEIGHT;
		about.height = CANVAS_A4_WIDTH;
	}
	struct paper paper = {.words = words, .width = about.width, .height = about.height};
	enum result result = canvas_open(&about, &paper.canvas);
	if (result != RESULT_OK)
		return result;
	canvas_blind_begin(paper.canvas);
	tell(&paper, story, facts);
	uint32_t pages = canvas_pages(paper.canvas);
	canvas_blind_end(paper.canvas);
	if (paper.overflow || pages > PAPER_PAGES_MAX) {
		canvas_drop(paper.canvas);
		return pages > PAPER_PAGES_MAX ? RESULT_BODY_TOO_LARGE : RESULT_CHECK_FAILED;
	}
	paper.page_total = pages;
	tell(&paper, story, facts);
	ASSERT(canvas_pages(paper.canvas) == pages);
	return canvas_close(paper.canvas, ret_bytes);
}
