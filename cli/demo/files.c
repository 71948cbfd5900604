/* Files for a person to open, each by the command that a person would type. */
#include "cli/demo/steps.h"
#include "connectors/delivery/folder.h"
#include "connectors/profiles/profile_file.h"
#include "engine/base/assert.h"
#include "engine/system/file.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define OUT_SIZE SETTING_SIZE_MAX

static void into(const struct demo *demo, const char *name, char ret_path[OUT_SIZE])
{
	snprintf(ret_path, OUT_SIZE, "%.900s/%s", demo->folder, name);
}

/* The lead body's payments of October as the tables that accounting packages take. */
static void tables(struct demo *demo)
{
	static const char *const profiles[] = {"excel-it", "rfc4180", "contabilia", "maggioli"};
	char out[OUT_SIZE];
	for (uint32_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		into(demo, profiles[i], out); /* a manifest of its own */
		const char *const words[] = {"export",
					     "again",
					     demo->exports[DEMO_OCTOBER][DEMO_PAYER_LEAD],
					     "--format",
					     "TABLE",
					     "--profile",
					     profiles[i],
					     "--out",
					     out,
					     NULL};
		json_decref(command_run(demo, demo->tokens[DEMO_FINANCE], EXIT_DONE, words));
	}
}

static void papers(struct demo *demo)
{
	char out[OUT_SIZE];
	into(demo, "documents", out);
	const char *statement = call_text(json_array_get(demo->statements, 0), "id");
	const char *const prospectus[] = {"document", "statement", statement, "--each-comune",
					  "--out",    out,	    NULL};
	const char *const annex[] = {"document", "annex", statement, "--out", out, NULL};
	const char *const letter[] = {"document",     "provider", demo->world->providers[0].code,
				      "--month",      demo_months[DEMO_OCTOBER],
				      "--out",	      out,	  NULL};
	const char *const sheet[] = {"document", "voucher", demo->world->titles[0].number,
				     "--out",	 out,	    NULL};
	json_decref(command_run(demo, demo->tokens[DEMO_FINANCE], EXIT_DONE, prospectus));
	json_decref(command_run(demo, demo->tokens[DEMO_FINANCE], EXIT_DONE, annex));
	json_decref(command_run(demo, demo->tokens[DEMO_FINANCE], EXIT_DONE, letter));
	json_decref(command_run(demo, demo->tokens[DEMO_OFFICER], EXIT_DONE, sheet));
}

/* Benefits of persons, and what a person must enter by hand. */
static void benefits(struct demo *demo)
{
	char out[OUT_SIZE];
	char persons[OUT_SIZE];
	into(demo, "siuss", out);
	into(demo, "persons.csv", persons);
	const char *const words[] = {"export",	  "siuss", "--month", demo_months[DEMO_OCTOBER],
				     "--persons", persons, "--out",   out,
				     NULL};
	json_decref(command_run(demo, demo->tokens[DEMO_MANAGER], EXIT_DONE, words));
}

/* ---- What a body sets for its files ---- */

static const char opi_settings[] = "# Of the demo: the codes of the channel are SYNTHETIC.\n"
				   "tramite_ente = A2A-12345678\ntramite_bt = A2A-87654321\n"
				   "destinazione = LIBERA\niva = ESCLUSA\n"
				   "esenzione_bollo = DPR 642/1972 all. B\n"
				   "gestione_provvisoria = NO\nnumeri_per_flusso = 1000\n";

static const char siuss_rules[] =
    "# Of the demo: body, operator and codes are SYNTHETIC.\n"
    "ente = D142\ndenominazione = COMUNE DI CREMA (DATI SINTETICI)\ncomune = D142\n"
    "operatore = BNCLRA85T50F205A\nregione = 03\n"
    "prestazione SAD_OSS = A1.99; Assistenza domiciliare OSS; 1; 2; 1; 20000.00\n"
    "prestazione SAD_ASA = A1.98; Assistenza domiciliare ASA; 1; 2; 1; 20000.00\n"
    "prestazione SADH = A1.97; Assistenza domiciliare disabili; 1; 2; 1; 20000.00\n"
    "prestazione ADM = A1.96; Assistenza domiciliare minori (educatore); 1; 2; 1; 20000.00\n"
    "prestazione PASTO = A1.95; Pasto a domicilio; 1; 2; 1; 20000.00\n"
    "prestazione TRASPORTO = A1.94; Trasporto sociale; 1; 2; 1; 20000.00\n"
    "prestazione CDI_DAY = A1.93; Centro diurno, giornata; 1; 2; 1; 20000.00\n"
    "prestazione SOLLIEVO_RES = A1.92; Sollievo residenziale; 1; 2; 1; 20000.00\n"
    "prestazione SOLLIEVO_SEMI = A1.91; Sollievo semiresidenziale; 1; 2; 1; 20000.00\n"
    "prestazione EDU_ACCESSO = A1.90; Accesso educativo (voucher autismo); 1; 2; 1; 20000.00\n"
    "prestazione VALORE = A1.89; Prestazioni a valore (titolo in euro); 1; 2; 1; 20000.00\n";

static bool copy_file(const char *from, const char *name, const char *to)
{
	char path[OUT_SIZE];
	struct buffer bytes = {NULL, 0, 0};
	snprintf(path, sizeof(path), "%.700s/%.200s", from, name);
	bool good = buffer_read_file(&bytes, path) &&
		    folder_deliver(to, name, buffer_slice(&bytes)) == RESULT_OK;
	buffer_free(&bytes);
	return good;
}

static bool is_copied(const char *name)
{
	const char *end = strrchr(name, '.');
	return end != NULL && (strcmp(end, ".profile") == 0 || strcmp(end, ".codes") == 0);
}

void files_prepare(struct demo *demo)
{
	char from[FILE_PATH_SIZE_MAX];
	char to[OUT_SIZE];
	into(demo, "profiles", to);
	bool good = profile_file_folder(demo->session->settings.values[SETTING_PROFILES], from) &&
		    folder_make(to) == RESULT_OK;
	DIR *folder = good ? opendir(from) : NULL;
	struct dirent *entry = folder == NULL ? NULL : readdir(folder);
	for (; entry != NULL && good; entry = readdir(folder))
		good = !is_copied(entry->d_name) || copy_file(from, entry->d_name, to);
	if (folder != NULL)
		closedir(folder);
	good = good && folder != NULL &&
	       folder_deliver(to, "opi.conf", slice_from_text(opi_settings)) == RESULT_OK &&
	       folder_deliver(to, "siuss.conf", slice_from_text(siuss_rules)) == RESULT_OK;
	call_expect(demo, good, "cannot copy the profiles into %s", to);
}

void files_make(struct demo *demo)
{
	tables(demo);
	papers(demo);
	benefits(demo);
}
