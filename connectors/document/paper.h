/* The layout of a document on A4: header, footer with "pagina n di N", headings, lists of facts,
 * paragraphs, and tables that go on over pages with their headings and carried totals.
 *
 * A document is told by a function, the story, which is run twice: once to count the pages, once to
 * draw them. It must tell the same both times. */
#ifndef CONNECTORS_DOCUMENT_PAPER_H
#define CONNECTORS_DOCUMENT_PAPER_H

#include "connectors/document/canvas.h"
#include "engine/base/money.h"

#define PAPER_COLUMNS_MAX 12u
#define PAPER_PAGES_MAX	  5000u

struct paper;
typedef void paper_story(struct paper *paper, const void *facts);

struct paper_words {
	const char *title; /* of the file: shown by a reader's window */
	const char *author;
	const char *subject;
	const char *header_left; /* on every page */
	const char *header_right;
	const char *footer;
	struct instant created;
	bool is_landscape;
};

/* Makes a document. RESULT_OK and the results of canvas_open() and canvas_close();
 * RESULT_BODY_TOO_LARGE: more than PAPER_PAGES_MAX pages; RESULT_CHECK_FAILED: a table's total left
 * 64 bits. The bytes are freed with free(). */
MUST_CHECK enum result paper_make(const struct paper_words *words, paper_story *story,
				  const void *facts, struct canvas_bytes *ret_bytes);

/* Width of what is between the margins. */
int32_t paper_width(const struct paper *paper);
/* How far down the page the story has come. */
int32_t paper_y(const struct paper *paper);
struct canvas *paper_canvas(struct paper *paper);

/* Begins a new page unless so much room is left on this one. */
void paper_need(struct paper *paper, int32_t height);
void paper_space(struct paper *paper, int32_t height);

void paper_title(struct paper *paper, const char *text);
/* Stays with what follows it. */
void paper_heading(struct paper *paper, const char *text);
void paper_paragraph(struct paper *paper, enum canvas_style style, const char *text);
/* "Fornitore   ALFA": nothing where the value is empty. */
void paper_fact(struct paper *paper, const char *label, const char *value);
/* A QR code at the right margin, beside what comes next; `side` includes the quiet zone. */
void paper_qr(struct paper *paper, int32_t side, struct slice text);

/* ---- Tables ---- */

enum paper_kind {
	PAPER_TEXT,
	PAPER_CENTS, /* 1.234,56 at the right */
	PAPER_COUNT, /* 1.234 at the right */
};

struct paper_column {
	const char *heading;
	int32_t width; /* 0: what the others leave; one such column */
	enum paper_kind kind;
	bool is_summed; /* carried from page to page, told in the total */
};

struct paper_cell {
	struct slice text;
	struct cents cents;
	uint64_t count;
};

struct paper_table {
	const struct paper_column *columns;
	uint32_t column_count;
	enum canvas_style style;
	/* Kept while the table runs. */
	int32_t widths[PAPER_COLUMNS_MAX];
	struct cents cents[PAPER_COLUMNS_MAX];
	uint64_t counts[PAPER_COLUMNS_MAX];
	uint64_t rows;
	bool has_sums;
	bool overflow;
};

/* Starts a table: columns, their number and the style of cells are set, the rest is made here. */
void paper_table_begin(struct paper *paper, struct paper_table *table);
void paper_table_row(struct paper *paper, struct paper_table *table,
		     const struct paper_cell *cells);
/* The total, where there is something to sum and a label. */
void paper_table_end(struct paper *paper, struct paper_table *table, const char *label);

/* "1.234" */
#define PAPER_COUNT_SIZE_MAX 27u
uint32_t paper_format_count(uint64_t count, char ret_text[PAPER_COUNT_SIZE_MAX]);

#endif
