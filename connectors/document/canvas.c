/* PDF with cairo and pango: see canvas.h.
 *
 * Most words are Latin and short: they are drawn glyph by glyph from the style's font, in one line,
 * which costs a tenth of a layout. What does not fit on its line, or holds a character that the
 * font lacks, is laid out by pango. */
#include "connectors/document/canvas.h"

#include "connectors/document/qr.h"
#include "engine/base/text.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

#define POINTS_PER_UNIT	 (72.0 / 2540.0) /* of a hundredth of a millimetre */
#define RULE_WIDTH	 14
#define GLYPHS_MAX	 512
#define DATE_SIZE	 32u
#define BYTES_FIRST	 (64u << 10)
#define RIGHT_TO_LEFT_AT 0x0590u /* from here on a text is laid out by pango */

struct style {
	const char *family;
	PangoWeight weight;
	int32_t size; /* hundredths of a millimetre */
};

static const struct style styles[CANVAS_STYLES] = {
    [CANVAS_TITLE] = {"DejaVu Sans", PANGO_WEIGHT_BOLD, 564},
    [CANVAS_HEADING] = {"DejaVu Sans", PANGO_WEIGHT_BOLD, 388},
    [CANVAS_BODY] = {"DejaVu Sans", PANGO_WEIGHT_NORMAL, 318},
    [CANVAS_BODY_BOLD] = {"DejaVu Sans", PANGO_WEIGHT_BOLD, 318},
    [CANVAS_SMALL] = {"DejaVu Sans", PANGO_WEIGHT_NORMAL, 265},
    [CANVAS_SMALL_BOLD] = {"DejaVu Sans", PANGO_WEIGHT_BOLD, 265},
    [CANVAS_TINY] = {"DejaVu Sans", PANGO_WEIGHT_NORMAL, 220},
    [CANVAS_LARGE] = {"DejaVu Sans", PANGO_WEIGHT_NORMAL, 494},
    [CANVAS_LARGE_BOLD] = {"DejaVu Sans", PANGO_WEIGHT_BOLD, 635},
    [CANVAS_CODE] = {"DejaVu Sans Mono", PANGO_WEIGHT_BOLD, 494},
    [CANVAS_CODE_LARGE] = {"DejaVu Sans Mono", PANGO_WEIGHT_BOLD, 847},
};

struct colour {
	uint8_t red;
	uint8_t green;
	uint8_t blue;
};

static const struct colour colours[CANVAS_INKS] = {
    [CANVAS_BLACK] = {0, 0, 0},	     [CANVAS_GREY] = {77, 77, 77},
    [CANVAS_LINE] = {140, 140, 140}, [CANVAS_SHADE] = {232, 237, 243},
    [CANVAS_ACCENT] = {0, 61, 122},  [CANVAS_WHITE] = {255, 255, 255},
};

struct face {
	PangoFontDescription *description;
	PangoFont *font;
	cairo_scaled_font_t *scaled; /* of the font: not ours */
	int32_t line_height;
	int32_t ascent;
};

/* Fonts are found once for the program, by its first canvas: that is half the cost of a short
 * paper. They are the same for all, for every canvas has the same options. */
static struct {
	PangoFontMap *map;
	struct face faces[CANVAS_STYLES];
} fonts;

struct canvas {
	cairo_surface_t *surface;
	cairo_t *cairo;
	PangoContext *context;
	PangoLayout *layout;
	struct canvas_bytes bytes;
	uint32_t room; /* bytes allocated */
	uint32_t pages;
	struct canvas_box laid_box; /* of what the layout holds */
	int32_t laid_height;	    /* 0: nothing was laid out yet */
	bool is_blind;
	enum result result; /* the first failure */
	char clean[3 * CANVAS_TEXT_MAX];
	cairo_glyph_t glyphs[GLYPHS_MAX];
	cairo_text_cluster_t clusters[GLYPHS_MAX];
};

static void keep(struct canvas *canvas, enum result result)
{
	if (canvas->result == RESULT_OK)
		canvas->result = result;
}

/* ---- Opening ---- */

static cairo_status_t take_bytes(void *closure, const unsigned char *data, unsigned size)
{
	struct canvas *canvas = closure;
	struct canvas_bytes *bytes = &canvas->bytes;
	if (size > CANVAS_BYTES_MAX - bytes->size) {
		keep(canvas, RESULT_BODY_TOO_LARGE);
		return CAIRO_STATUS_WRITE_ERROR;
	}
	if (size > canvas->room - bytes->size) {
		uint32_t room = canvas->room == 0 ? BYTES_FIRST : canvas->room;
		while (room < bytes->size + size)
			room *= 2;
		char *grown = realloc(bytes->data, room);
		if (grown == NULL) {
			keep(canvas, RESULT_OUT_OF_MEMORY);
			return CAIRO_STATUS_NO_MEMORY;
		}
		bytes->data = grown;
		canvas->room = room;
	}
	memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
	return CAIRO_STATUS_SUCCESS;
}

static void set_metadata(struct canvas *canvas, const struct canvas_facts *facts)
{
	char date[DATE_SIZE + 1];
	struct instant whole = {facts->created.us - facts->created.us % TIME_US_PER_SECOND};
	date[instant_format_offset(whole, 0, date)] = '\0';
	cairo_surface_t *surface = canvas->surface;
	cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_5);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, facts->title);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, facts->author);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, facts->subject);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Titoli");
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, date);
}

/* A style's font. False: the machine has another in its place. */
static bool open_face(struct canvas *canvas, enum canvas_style which)
{
	const struct style *style = &styles[which];
	struct face *face = &fonts.faces[which];
	face->description = pango_font_description_new();
	pango_font_description_set_family_static(face->description, style->family);
	pango_font_description_set_weight(face->description, style->weight);
	pango_font_description_set_absolute_size(face->description, style->size * PANGO_SCALE);
	face->font = pango_font_map_load_font(fonts.map, canvas->context, face->description);
	if (face->font == NULL)
		return false;
	PangoFontDescription *found = pango_font_describe(face->font);
	bool is_right = strcmp(pango_font_description_get_family(found), style->family) == 0;
	pango_font_description_free(found);
	face->scaled = pango_cairo_font_get_scaled_font(PANGO_CAIRO_FONT(face->font));
	if (!is_right || face->scaled == NULL)
		return false;
	int height;
	pango_layout_set_font_description(canvas->layout, face->description);
	pango_layout_set_text(canvas->layout, "Ag", 2);
	pango_layout_get_pixel_size(canvas->layout, NULL, &height);
	face->line_height = height;
	face->ascent = pango_layout_get_baseline(canvas->layout) / PANGO_SCALE;
	return true;
}

/* Nothing is rounded to pixels: paper has none. */
static void set_options(struct canvas *canvas)
{
	cairo_font_options_t *options = cairo_font_options_create();
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	pango_cairo_context_set_font_options(canvas->context, options);
	cairo_font_options_destroy(options);
	pango_context_set_round_glyph_positions(canvas->context, FALSE);
	pango_context_set_language(canvas->context, pango_language_from_string("it"));
}

static void free_fonts(void)
{
	for (uint32_t i = 0; i < CANVAS_STYLES; i++) {
		struct face *face = &fonts.faces[i];
		if (face->font != NULL)
			g_object_unref(face->font);
		if (face->description != NULL)
			pango_font_description_free(face->description);
		*face = (struct face){.font = NULL};
	}
	g_object_unref(fonts.map);
	fonts.map = NULL;
}

static enum result open_fonts(struct canvas *canvas)
{
	bool is_first = fonts.map == NULL;
	bool is_good = true;
	if (is_first)
		fonts.map = pango_cairo_font_map_new();
	canvas->context = pango_font_map_create_context(fonts.map);
	set_options(canvas);
	pango_cairo_update_context(canvas->cairo, canvas->context);
	canvas->layout = pango_layout_new(canvas->context);
	for (uint32_t i = 0; i < CANVAS_STYLES && is_first && is_good; i++)
		is_good = open_face(canvas, (enum canvas_style)i);
	if (!is_good)
		free_fonts();
	return is_good ? RESULT_OK : RESULT_CONFIG_INVALID;
}

enum result canvas_open(const struct canvas_facts *facts, struct canvas **ret_canvas)
{
	ASSERT(facts != NULL && ret_canvas != NULL);
	ASSERT(facts->width > 0 && facts->height > 0);
	struct canvas *canvas = calloc(1, sizeof(*canvas));
	if (canvas == NULL)
		return RESULT_OUT_OF_MEMORY;
	canvas->surface = cairo_pdf_surface_create_for_stream(
	    take_bytes, canvas, facts->width * POINTS_PER_UNIT, facts->height * POINTS_PER_UNIT);
	set_metadata(canvas, facts);
	canvas->cairo = cairo_create(canvas->surface);
	cairo_scale(canvas->cairo, POINTS_PER_UNIT, POINTS_PER_UNIT);
	enum result result = cairo_status(canvas->cairo) == CAIRO_STATUS_SUCCESS
				 ? open_fonts(canvas)
				 : RESULT_OUT_OF_MEMORY;
	if (result == RESULT_OK)
		*ret_canvas = canvas;
	else
		canvas_drop(canvas);
	return result;
}

void canvas_page(struct canvas *canvas)
{
	ASSERT(canvas != NULL);
	if (canvas->pages > 0 && !canvas->is_blind)
		cairo_show_page(canvas->cairo);
	canvas->pages++;
}

uint32_t canvas_pages(const struct canvas *canvas)
{
	ASSERT(canvas != NULL);
	return canvas->pages;
}

void canvas_blind_begin(struct canvas *canvas)
{
	ASSERT(canvas != NULL && canvas->pages == 0);
	canvas->is_blind = true;
}

bool canvas_is_blind(const struct canvas *canvas)
{
	ASSERT(canvas != NULL);
	return canvas->is_blind;
}

void canvas_blind_end(struct canvas *canvas)
{
	ASSERT(canvas != NULL && canvas->is_blind);
	canvas->is_blind = false;
	canvas->pages = 0;
}

/* ---- Text ---- */

/* The character at the head of a text and its bytes; size 0: these are no UTF-8. */
static uint32_t read_character(struct slice text, uint32_t at, uint32_t *ret_size)
{
	unsigned char first = (unsigned char)text.data[at];
	uint32_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	*ret_size = 0;
	if (size > text.size - at || !text_is_utf8((struct slice){text.data + at, size}))
		return 0;
	uint32_t value = size == 1 ? first : (uint32_t)(first & (0x7f >> size));
	for (uint32_t i = 1; i < size; i++)
		value = value << 6 | ((unsigned char)text.data[at + i] & 0x3f);
	*ret_size = size;
	return value;
}

/* Characters that command instead of saying something: controls, line ends, directions. */
static bool is_command(uint32_t value)
{
	return value < 0x20 || (value >= 0x7f && value < 0xa0) || value == 0xad ||
	       (value >= 0x200b && value <= 0x200f) || (value >= 0x2028 && value <= 0x202e) ||
	       (value >= 0x2060 && value <= 0x206f) || value == 0xfeff ||
	       (value >= 0xfff0 && value <= 0xfffb) || (value >= 0xe0000 && value <= 0xe0fff);
}

/* The text as it may be shown, in canvas->clean; *ret_plain: from left to right throughout. What
 * the style's font lacks is shown as unknown: another font would be another machine's choice. */
static struct slice clean(struct canvas *canvas, const struct face *face, struct slice text,
			  bool *ret_plain)
{
	static const char unknown[] = "\xef\xbf\xbd"; /* U+FFFD */
	uint32_t used = 0;
	uint32_t size = text.size < CANVAS_TEXT_MAX ? text.size : CANVAS_TEXT_MAX;
	*ret_plain = true;
	for (uint32_t at = 0; at < size;) {
		uint32_t bytes;
		uint32_t value = read_character(text, at, &bytes);
		bool is_known = bytes > 0 && (value < 0x7f || is_command(value) ||
					      pango_font_has_char(face->font, value));
		if (!is_known) {
			memcpy(canvas->clean + used, unknown, 3);
			used += 3;
			at += bytes == 0 ? 1 : bytes;
			continue;
		}
		if (is_command(value)) {
			canvas->clean[used++] = ' ';
		} else {
			memcpy(canvas->clean + used, text.data + at, bytes);
			used += bytes;
		}
		*ret_plain = *ret_plain && (value < 0x300 || value == 0x20ac || value == 0x2026 ||
					    (value >= 0x2010 && value <= 0x2022));
		at += bytes;
	}
	ASSERT(used <= sizeof(canvas->clean));
	return (struct slice){canvas->clean, used};
}

struct line {
	cairo_glyph_t *glyphs;
	cairo_text_cluster_t *clusters;
	int glyph_count;
	int cluster_count;
	cairo_text_cluster_flags_t flags;
	int32_t width;
};

/* The glyphs of a plain text on one line. False: pango must see to it. */
static bool set_line(struct canvas *canvas, const struct face *face, struct slice text,
		     struct line *line)
{
	cairo_text_extents_t extents;
	ASSERT(text.size > 0);
	if (text.size > GLYPHS_MAX)
		return false;
	*line = (struct line){canvas->glyphs, canvas->clusters, GLYPHS_MAX, GLYPHS_MAX, 0, 0};
	cairo_status_t status = cairo_scaled_font_text_to_glyphs(
	    face->scaled, 0, 0, text.data, (int)text.size, &line->glyphs, &line->glyph_count,
	    &line->clusters, &line->cluster_count, &line->flags);
	bool is_ours = status == CAIRO_STATUS_SUCCESS && line->glyphs == canvas->glyphs &&
		       line->glyph_count > 0;
	if (status == CAIRO_STATUS_SUCCESS && line->glyphs != canvas->glyphs)
		cairo_glyph_free(line->glyphs);
	for (int i = 0; is_ours && i < line->glyph_count; i++)
		is_ours = line->glyphs[i].index != 0;
	if (!is_ours)
		return false;
	const cairo_glyph_t *last = &line->glyphs[line->glyph_count - 1];
	cairo_scaled_font_glyph_extents(face->scaled, last, 1, &extents);
	line->width = (int32_t)(last->x + extents.x_advance) + 1;
	return true;
}

static void set_ink(struct canvas *canvas, enum canvas_ink ink)
{
	const struct colour *colour = &colours[ink];
	cairo_set_source_rgb(canvas->cairo, colour->red / 255.0, colour->green / 255.0,
			     colour->blue / 255.0);
}

static void draw_line(struct canvas *canvas, const struct canvas_box *box, const struct face *face,
		      struct slice text, struct line *line)
{
	int32_t rest = box->width - line->width;
	int32_t x = box->x + (box->align == CANVAS_LEFT	   ? 0
			      : box->align == CANVAS_RIGHT ? rest
							   : rest / 2);
	for (int i = 0; i < line->glyph_count; i++) {
		line->glyphs[i].x += x;
		line->glyphs[i].y += box->y + face->ascent;
	}
	cairo_set_scaled_font(canvas->cairo, face->scaled);
	cairo_show_text_glyphs(canvas->cairo, text.data, (int)text.size, line->glyphs,
			       line->glyph_count, line->clusters, line->cluster_count, line->flags);
}

static const PangoAlignment alignments[] = {
    [CANVAS_LEFT] = PANGO_ALIGN_LEFT,
    [CANVAS_RIGHT] = PANGO_ALIGN_RIGHT,
    [CANVAS_CENTRE] = PANGO_ALIGN_CENTER,
};

/* Is this what was laid out last? Columns repeat themselves. */
static bool is_laid_out(const struct canvas *canvas, const struct canvas_box *box,
			struct slice text)
{
	const struct canvas_box *last = &canvas->laid_box;
	return canvas->laid_height > 0 && last->width == box->width && last->style == box->style &&
	       last->align == box->align && last->lines_max == box->lines_max &&
	       slice_equals(slice_from_text(pango_layout_get_text(canvas->layout)), text);
}

static int32_t set_layout(struct canvas *canvas, const struct canvas_box *box, struct slice text)
{
	PangoLayout *layout = canvas->layout;
	int height;
	if (is_laid_out(canvas, box, text))
		return canvas->laid_height;
	pango_layout_set_font_description(layout, fonts.faces[box->style].description);
	pango_layout_set_width(layout, box->width * PANGO_SCALE);
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_alignment(layout, alignments[box->align]);
	pango_layout_set_auto_dir(layout, FALSE); /* a name in another script stays in its column */
	if (box->lines_max == CANVAS_LINES_ALL) {
		pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_NONE);
		pango_layout_set_height(layout, -1);
	} else {
		pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
		pango_layout_set_height(layout, -(int)box->lines_max);
	}
	pango_layout_set_text(layout, text.data, (int)text.size);
	pango_layout_get_pixel_size(layout, NULL, &height);
	canvas->laid_box = *box;
	canvas->laid_height = height;
	return height;
}

static int32_t set_text(struct canvas *canvas, const struct canvas_box *box, struct slice text,
			bool is_drawn)
{
	ASSERT(canvas != NULL && box != NULL && box->width > 0);
	const struct face *face = &fonts.faces[box->style];
	bool is_plain;
	struct line line;
	struct slice shown = clean(canvas, face, text, &is_plain);
	if (shown.size == 0)
		return face->line_height;
	is_drawn = is_drawn && !canvas->is_blind;
	if (is_drawn)
		set_ink(canvas, box->ink);
	if (is_plain && set_line(canvas, face, shown, &line) && line.width <= box->width) {
		if (is_drawn)
			draw_line(canvas, box, face, shown, &line);
		return face->line_height;
	}
	int32_t height = set_layout(canvas, box, shown);
	if (is_drawn) {
		cairo_move_to(canvas->cairo, box->x, box->y);
		pango_cairo_show_layout(canvas->cairo, canvas->layout);
	}
	return height;
}

int32_t canvas_text(struct canvas *canvas, const struct canvas_box *box, struct slice text)
{
	return set_text(canvas, box, text, true);
}

int32_t canvas_height(struct canvas *canvas, const struct canvas_box *box, struct slice text)
{
	return set_text(canvas, box, text, false);
}

int32_t canvas_line_height(const struct canvas *canvas, enum canvas_style style)
{
	ASSERT(canvas != NULL && style < CANVAS_STYLES);
	return fonts.faces[style].line_height;
}

/* ---- Lines and boxes ---- */

void canvas_rule(struct canvas *canvas, const struct canvas_area *area, enum canvas_ink ink)
{
	ASSERT(canvas != NULL && area != NULL);
	if (canvas->is_blind)
		return;
	set_ink(canvas, ink);
	cairo_set_line_width(canvas->cairo, RULE_WIDTH);
	cairo_move_to(canvas->cairo, area->x, area->y);
	cairo_line_to(canvas->cairo, area->x + area->width, area->y + area->height);
	cairo_stroke(canvas->cairo);
}

void canvas_fill(struct canvas *canvas, const struct canvas_area *area, enum canvas_ink ink)
{
	ASSERT(canvas != NULL && area != NULL);
	if (canvas->is_blind)
		return;
	set_ink(canvas, ink);
	cairo_rectangle(canvas->cairo, area->x, area->y, area->width, area->height);
	cairo_fill(canvas->cairo);
}

void canvas_frame(struct canvas *canvas, const struct canvas_area *area, enum canvas_ink ink)
{
	ASSERT(canvas != NULL && area != NULL);
	if (canvas->is_blind)
		return;
	set_ink(canvas, ink);
	cairo_set_line_width(canvas->cairo, RULE_WIDTH);
	cairo_rectangle(canvas->cairo, area->x, area->y, area->width, area->height);
	cairo_stroke(canvas->cairo);
}

/* Runs of black modules become one path, so that nothing shows between them. */
static void draw_modules(struct canvas *canvas, const struct qr *qr, int32_t x, int32_t y,
			 int32_t module)
{
	for (uint32_t row = 0; row < qr->side; row++) {
		const uint8_t *modules = qr->is_black + row * qr->side;
		for (uint32_t at = 0; at < qr->side;) {
			uint32_t end = at;
			while (end < qr->side && modules[end] != 0)
				end++;
			if (end > at)
				cairo_rectangle(canvas->cairo, x + (int32_t)at * module,
						y + (int32_t)row * module,
						(int32_t)(end - at) * module, module);
			at = end + 1;
		}
	}
	cairo_fill(canvas->cairo);
}

void canvas_qr(struct canvas *canvas, const struct canvas_area *area, struct slice text)
{
	ASSERT(canvas != NULL && area != NULL);
	struct qr *qr = malloc(sizeof(*qr));
	enum result result = qr == NULL ? RESULT_OUT_OF_MEMORY : qr_make(text, qr);
	if (result != RESULT_OK) {
		keep(canvas, result);
		free(qr);
		return;
	}
	int32_t side = area->width < area->height ? area->width : area->height;
	int32_t modules = (int32_t)(qr->side + 2 * QR_QUIET);
	int32_t module = side / modules;
	int32_t margin = (side - module * (int32_t)qr->side) / 2;
	ASSERT(module > 0 && margin >= module * (int32_t)QR_QUIET);
	if (!canvas->is_blind) {
		struct canvas_area white = {area->x, area->y, side, side};
		canvas_fill(canvas, &white, CANVAS_WHITE);
		set_ink(canvas, CANVAS_BLACK);
		draw_modules(canvas, qr, area->x + margin, area->y + margin, module);
	}
	free(qr);
}

/* ---- The end ---- */

void canvas_drop(struct canvas *canvas)
{
	if (canvas == NULL)
		return;
	if (canvas->layout != NULL)
		g_object_unref(canvas->layout);
	if (canvas->context != NULL)
		g_object_unref(canvas->context);
	if (canvas->cairo != NULL)
		cairo_destroy(canvas->cairo);
	cairo_surface_destroy(canvas->surface);
	free(canvas->bytes.data);
	free(canvas);
}

enum result canvas_close(struct canvas *canvas, struct canvas_bytes *ret_bytes)
{
	ASSERT(canvas != NULL && ret_bytes != NULL);
	ASSERT(canvas->pages > 0);
	cairo_show_page(canvas->cairo);
	bool is_drawn = cairo_status(canvas->cairo) == CAIRO_STATUS_SUCCESS;
	cairo_surface_finish(canvas->surface);
	if (!is_drawn || cairo_surface_status(canvas->surface) != CAIRO_STATUS_SUCCESS)
		keep(canvas, RESULT_IO_FAILED);
	enum result result = canvas->result;
	if (result == RESULT_OK) {
		*ret_bytes = canvas->bytes;
		canvas->bytes.data = NULL;
	}
	canvas_drop(canvas);
	return result;
}
