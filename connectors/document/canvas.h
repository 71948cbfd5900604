/* A PDF under construction: pages, words, lines, boxes and QR codes. Knows nothing of what is told.
 *
 *   canvas_open(&facts, &canvas)   size, title, author, subject, the instant on it
 *   canvas_page(canvas)            a new page; then whatever is drawn
 *   canvas_close(canvas, &bytes)   the bytes; canvas_drop() gives it up
 *
 * Measures are whole hundredths of a millimetre from the upper left corner. The same calls give the
 * same bytes: the creation date is the one that was given, and there is no random identifier. Fonts
 * are embedded; words can be searched and copied. Text is any bytes: what is no UTF-8, what the
 * fonts lack, and control and direction characters, become visible or blank, never commands. A text
 * in another script is laid out as its script asks. A text that is cut ends in "…" and stays whole
 * for who searches or copies it. The first failure is kept and told by canvas_close. */
#ifndef CONNECTORS_DOCUMENT_CANVAS_H
#define CONNECTORS_DOCUMENT_CANVAS_H

#include "engine/base/assert.h"
#include "engine/base/result.h"
#include "engine/base/slice.h"
#include "engine/base/time.h"

#include <stdbool.h>

#define CANVAS_A4_WIDTH	 21000
#define CANVAS_A4_HEIGHT 29700
#define CANVAS_BYTES_MAX (256u << 20) /* of one document */
#define CANVAS_TEXT_MAX	 4096u	      /* bytes of one text that are drawn */
#define CANVAS_LINES_ALL 0u

enum canvas_style {
	CANVAS_TITLE,
	CANVAS_HEADING,
	CANVAS_BODY,
	CANVAS_BODY_BOLD,
	CANVAS_SMALL,
	CANVAS_SMALL_BOLD,
	CANVAS_TINY,
	CANVAS_LARGE, /* for people who read with difficulty */
	CANVAS_LARGE_BOLD,
	CANVAS_CODE, /* fixed width, to be typed off */
	CANVAS_CODE_LARGE,
	CANVAS_STYLES,
};

enum canvas_align {
	CANVAS_LEFT,
	CANVAS_RIGHT,
	CANVAS_CENTRE,
};

enum canvas_ink {
	CANVAS_BLACK,
	CANVAS_GREY,  /* words of less weight */
	CANVAS_LINE,  /* rules */
	CANVAS_SHADE, /* behind headings of tables */
	CANVAS_ACCENT,
	CANVAS_WHITE,
	CANVAS_INKS,
};

/* What the document says of itself. Texts are borrowed until canvas_open returns. */
struct canvas_facts {
	const char *title;
	const char *author;
	const char *subject;
	struct instant created; /* the ledger's instant, never the machine's */
	int32_t width;
	int32_t height;
};

/* Where a text goes. lines_max: beyond it the text ends in "…"; CANVAS_LINES_ALL: all of it. */
struct canvas_box {
	int32_t x;
	int32_t y;
	int32_t width;
	enum canvas_align align;
	enum canvas_style style;
	enum canvas_ink ink;
	uint32_t lines_max;
};

struct canvas_area {
	int32_t x;
	int32_t y;
	int32_t width;
	int32_t height;
};

struct canvas;

/* RESULT_OK; RESULT_OUT_OF_MEMORY; RESULT_CONFIG_INVALID: the DejaVu fonts are not installed. */
MUST_CHECK enum result canvas_open(const struct canvas_facts *facts, struct canvas **ret_canvas);

/* Begins the next page; the first one too. */
void canvas_page(struct canvas *canvas);
uint32_t canvas_pages(const struct canvas *canvas);

/* Until it is ended, what follows is measured and not drawn; then the pages begin anew. For
 * counting pages beforehand. */
void canvas_blind_begin(struct canvas *canvas);
void canvas_blind_end(struct canvas *canvas);
bool canvas_is_blind(const struct canvas *canvas);

/* Draws the text and returns its height. */
int32_t canvas_text(struct canvas *canvas, const struct canvas_box *box, struct slice text);
/* The height that it would have. */
int32_t canvas_height(struct canvas *canvas, const struct canvas_box *box, struct slice text);
/* Height of one line of a style. */
int32_t canvas_line_height(const struct canvas *canvas, enum canvas_style style);

void canvas_rule(struct canvas *canvas, const struct canvas_area *area, enum canvas_ink ink);
void canvas_fill(struct canvas *canvas, const struct canvas_area *area, enum canvas_ink ink);
/* The outline of an area. */
void canvas_frame(struct canvas *canvas, const struct canvas_area *area, enum canvas_ink ink);

/* A QR code with its quiet zone, as large as fits into the square of this side at x, y. */
void canvas_qr(struct canvas *canvas, const struct canvas_area *area, struct slice text);

/* Ends the document. RESULT_OK: *ret_bytes is to be freed with free(); else the first failure:
 * RESULT_OUT_OF_MEMORY, RESULT_BODY_TOO_LARGE (more than CANVAS_BYTES_MAX), RESULT_FIELD_INVALID (a
 * QR code's text), RESULT_IO_FAILED. The canvas is gone in every case. */
struct canvas_bytes {
	char *data;
	uint32_t size;
};
MUST_CHECK enum result canvas_close(struct canvas *canvas, struct canvas_bytes *ret_bytes);
void canvas_drop(struct canvas *canvas);

#endif
