/* What documents cost: a voucher sheet on A4 and as a card, the prospectus and the annex of a month
 * of 10,600 rows. One line per figure, `name value unit`: time of the processor. */
#include "connectors/document/statement_sheet.h"
#include "connectors/document/voucher_sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SHEETS 500u
#define ROWS   10600u

static uint64_t now_us(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static void must(bool condition)
{
	if (condition)
		return;
	(void)fprintf(stderr, "documents: a document was not made\n");
	exit(1);
}

static void bench_vouchers(enum voucher_sheet_size size, const char *name)
{
	struct voucher_sheet *sheets = calloc(SHEETS, sizeof(*sheets));
	struct canvas_bytes bytes;
	must(sheets != NULL);
	for (uint32_t i = 0; i < SHEETS; i++) {
		struct voucher_sheet *sheet = &sheets[i];
		snprintf(sheet->number, sizeof(sheet->number), "%07uK", i);
		snprintf(sheet->code, sizeof(sheet->code), "7QK4-M2XT-9BVD-3HRW-%02u", i % 100);
		snprintf(sheet->person, sizeof(sheet->person), "Mària Giulia Dall'Aglio");
		snprintf(sheet->ambito, sizeof(sheet->ambito), "Ambito territoriale di Crema");
		must(day_parse(slice_from_text("2026-01-01"), &sheet->valid_from));
		must(day_parse(slice_from_text("2026-12-31"), &sheet->valid_to));
		sheet->service_count = 1;
		snprintf(sheet->services[0].name, VOUCHER_SHEET_TEXT_SIZE,
			 "Assistenza domiciliare");
		snprintf(sheet->services[0].unit, sizeof(sheet->services[0].unit), "MINUTE");
		sheet->services[0].units_per_month = 720;
	}
	struct voucher_sheet_set set = {.sheets = sheets, .count = SHEETS, .size = size};
	uint64_t begin = now_us();
	must(voucher_sheet_make(&set, &bytes) == RESULT_OK);
	printf("%s %llu us\n", name, (unsigned long long)((now_us() - begin) / SHEETS));
	free(bytes.data);
	free(sheets);
}

#define SET(member, text) memcpy(member, text, sizeof(text) - 1)

static void make_line(struct sheet_line *line, uint32_t i)
{
	char number[16];
	snprintf(number, sizeof(number), "%07uK", i);
	memcpy(line->voucher, number, 8);
	SET(line->codice_istat_comune, "019035");
	SET(line->comune, "Crema");
	SET(line->fondo, "FNPS-2026");
	SET(line->impegno, "412");
	SET(line->nome_servizio, "Assistenza domiciliare");
	SET(line->misura, "MINUTE");
	line->quantita = 600 + i % 600;
	line->prestazioni = 8;
	line->imponibile = cents_from(22600 + i);
	line->iva = cents_from(1130);
	line->totale = cents_from(23730 + i);
}

static void make_record(struct sheet_record *record, uint32_t i)
{
	char text[16];
	snprintf(text, sizeof(text), "%07uK", i);
	memcpy(record->voucher, text, 8);
	snprintf(text, sizeof(text), "rdm_%u", i);
	memcpy(record->prestazione, text, strlen(text));
	SET(record->servizio, "SAD_OSS");
	SET(record->ora, "09:00");
	must(day_parse(slice_from_text("2026-10-05"), &record->data));
	record->minuti = record->quantita = 60;
	record->imponibile = cents_from(2260);
}

static void bench_statement(void)
{
	struct sheet sheet = {.line_count = ROWS, .record_count = ROWS};
	struct canvas_bytes bytes;
	sheet.lines = calloc(ROWS, sizeof(*sheet.lines));
	sheet.records = calloc(ROWS, sizeof(*sheet.records));
	must(sheet.lines != NULL && sheet.records != NULL);
	for (uint32_t i = 0; i < ROWS; i++) {
		make_line(&sheet.lines[i], i);
		make_record(&sheet.records[i], i);
	}
	must(month_parse(slice_from_text("2026-10"), &sheet.head.mese));
	SET(sheet.head.prospetto, "stm_1");
	uint64_t begin = now_us();
	must(statement_sheet_make(&sheet, NULL, &bytes) == RESULT_OK);
	printf("prospectus_10600_lines %llu us\n", (unsigned long long)(now_us() - begin));
	free(bytes.data);
	begin = now_us();
	must(statement_sheet_annex(&sheet, &bytes) == RESULT_OK);
	printf("annex_10600_records %llu us\n", (unsigned long long)(now_us() - begin));
	free(bytes.data);
	free(sheet.lines);
	free(sheet.records);
}

int main(void)
{
	bench_vouchers(VOUCHER_SHEET_A4, "voucher_a4");
	bench_vouchers(VOUCHER_SHEET_CARD, "voucher_card");
	bench_statement();
	return 0;
}
