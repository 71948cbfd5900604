/* The demo: see demo.h. The acts, in order:
 *
 *   1 Sep    ledger, principals, 48 comuni, funds, ceilings by the solidarity formula, the co-pay
 *            regulation, 40 providers; 1,500 titles and their persons' ISEE, issued from COMUNI,
 *            SOLIDARIETA, FNPS until ceilings end
 *   16 Oct   the providers upload the first half of the month
 *   21 Oct   a provider is suspended from the 19th; some titles are revoked, one is suspended
 *   5 Nov    that title is resumed; the second half, with all that goes wrong in a month; disputes
 *            are decided
 *   11 Nov   what comes late waits for the office, what comes too late is refused; too early to
 *            freeze
 *   12 Nov   freeze, confirm, attest; the e-invoices come in as files, one of them wrong by a
 *            cent and corrected; approve; `titoli export make`: Crema by OPI, the lead body by
 *            pain.001; the co-pay is billed
 *   18 Nov   the accounts order the payments
 *   24 Nov   treasurer and bank pay what stands in the files; their answers are imported
 *   26 Nov   a paid record is reversed by two persons: it is to be had back
 *   5 Dec    November's visits
 *   12 Dec   November is settled and exported; what is to be had back is set off
 *   23 Dec   November is paid; tables, documents and SIUSS flows for a person to open
 *
 * Then books, statements, files and the demo's own sums are compared to the cent, the daemon is
 * stopped and its ledger verified. */
#include "cli/demo/demo.h"

#include "cli/demo/steps.h"
#include "cli/offline.h"
#include "engine/base/assert.h"
#include "engine/system/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLOCK_START "manual=2026-09-01T08:00:00+02:00"
#define DATA_HERE   "cli/demo"
#define DATA_BESIDE "../share/titoli/demo" /* from the folder of the program */

static void act(const char *day, const char *what)
{
	printf("%-12s %s\n", day, what);
	fflush(stdout);
}

static void play_september(struct demo *demo)
{
	act("1 September", "principals, comuni, funds, ceilings");
	setup_principals(demo);
	setup_masters(demo);
	files_prepare(demo);
	setup_money(demo);
	bills_adopt(demo);
	act("1 September", "40 providers apply, are approved and sign");
	setup_providers(demo);
	act("1 September", "1,500 titles: proposed, issued fund by fund, providers chosen");
	titles_propose(demo);
	persons_write(demo);
	bills_register_isee(demo);
	titles_issue(demo);
	titles_choose(demo);
	world_make_visits(demo->world);
}

static void play_october(struct demo *demo)
{
	act("16 October", "the first half of the month");
	setup_clock(demo, "2026-10-16T06:00:00+02:00");
	visits_upload(demo, DEMO_WAVE_MIDDLE);
	act("21 October", "a provider is suspended, titles are revoked");
	setup_clock(demo, "2026-10-21T10:00:00+02:00");
	visits_suspend_provider(demo);
	titles_revoke(demo);
	titles_suspend(demo);
}

static void play_november(struct demo *demo)
{
	act("5 November", "a title is resumed; the second half; errors are put right");
	setup_clock(demo, "2026-11-05T08:00:00+01:00");
	titles_resume(demo);
	visits_upload(demo, DEMO_WAVE_END);
	visits_resolve(demo);
	visits_reverse(demo);
	act("11 November", "late records are decided; too early to freeze");
	setup_clock(demo, "2026-11-11T08:00:00+01:00");
	visits_upload(demo, DEMO_WAVE_LATE);
	visits_decide_late(demo);
	settle_too_early(demo);
	act("12 November", "the month is settled");
	setup_clock(demo, "2026-11-12T08:00:00+01:00");
	settle_month(demo, DEMO_OCTOBER);
	settle_export(demo, DEMO_OCTOBER);
	bills_month(demo, DEMO_OCTOBER);
	act("18 November", "payments are ordered by who did not approve them");
	setup_clock(demo, "2026-11-18T08:00:00+01:00");
	payments_order(demo, DEMO_OCTOBER);
	act("24 November", "the treasurer pays");
	setup_clock(demo, "2026-11-24T08:00:00+01:00");
	payments_pay(demo, DEMO_OCTOBER);
	act("26 November", "a paid record is reversed by two persons");
	setup_clock(demo, "2026-11-26T08:00:00+01:00");
	payments_reverse(demo);
}

static void play_december(struct demo *demo)
{
	act("5 December", "November, as planned");
	setup_clock(demo, "2026-12-05T08:00:00+01:00");
	visits_upload(demo, DEMO_WAVE_NEXT);
	act("12 December", "November is settled; what was paid by mistake is set off");
	setup_clock(demo, "2026-12-12T08:00:00+01:00");
	settle_month(demo, DEMO_NOVEMBER);
	settle_export(demo, DEMO_NOVEMBER);
	bills_month(demo, DEMO_NOVEMBER);
	act("18 December", "payments are ordered");
	setup_clock(demo, "2026-12-18T08:00:00+01:00");
	payments_order(demo, DEMO_NOVEMBER);
	act("23 December", "the treasurer pays");
	setup_clock(demo, "2026-12-23T08:00:00+01:00");
	payments_pay(demo, DEMO_NOVEMBER);
	payments_read_books(demo);
	files_make(demo);
}

static void tell_where(const struct demo *demo)
{
	printf("\nAll of it lies under %s: ledger/ (journal and store), export/ (OPI and pain.001, "
	       "with\nmanifests), excel-it/ rfc4180/ contabilia/ maggioli/ (the same as tables), "
	       "documents/ (PDF and CSV),\nsiuss/, invoices/, outcomes/, commands.log, daemon.log, "
	       "titolid.conf, titoli.conf. To look further:\n",
	       demo->folder);
	if (!demo->keep)
		printf("  %s --config %s/titolid.conf &\n", demo->titolid, demo->folder);
	static const char *const words[] = {"report comuni",   "report refusals",
					    "recovery list",   "report receivables",
					    "statement list",  "event list",
					    "provider list",   "help"};
	for (uint32_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		printf("  %s --config %s/titoli.conf %s\n", program_invocation_name, demo->folder,
		       words[i]);
	printf("  %s --config %s/titoli.conf voucher show %s\n", program_invocation_name,
	       demo->folder, demo->world->titles[0].number);
}

static void play(struct demo *demo)
{
	if (!daemon_start(demo))
		return;
	play_september(demo);
	if (demo->faults == 0)
		play_october(demo);
	if (demo->faults == 0)
		play_november(demo);
	if (demo->faults == 0)
		play_december(demo);
	if (demo->statements != NULL && demo->balances != NULL) {
		sums_check(demo);
		alerts_check(demo);
		tables_print(demo);
		alerts_print(demo);
	}
	if (demo->keep && demo->faults == 0)
		return;
	if (daemon_stop(demo))
		daemon_verify(demo);
}

/* The data files: named, or of the source tree, or installed beside the program. */
static const char *data_folder(struct session *session, char ret_path[SETTING_SIZE_MAX])
{
	const char *named = arguments_flag(&session->arguments, "data");
	if (named != NULL)
		return named;
	if (access(DATA_HERE "/comuni.csv", R_OK) == 0)
		return DATA_HERE;
	char self[900];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[size > 0 ? size : 0] = '\0';
	char *slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	snprintf(ret_path, SETTING_SIZE_MAX, "%s/" DATA_BESIDE, self);
	return ret_path;
}

static int finish(struct demo *demo, uint64_t begun_ms)
{
	uint64_t ms = clock_monotonic_ms() - begun_ms;
	daemon_kill(demo->keep && demo->faults == 0 ? &(struct demo){.process = 0} : demo);
	if (demo->faults > 0) {
		printf("demo: FAILED: %u expectations were not met (seed %llu)\n", demo->faults,
		       (unsigned long long)DEMO_SEED);
		return result_info(RESULT_CHECK_FAILED)->exit;
	}
	tell_where(demo);
	if (demo->keep)
		printf("titolid goes on at %s, process %d\n", demo->url, demo->process);
	printf("demo: OK %u redemptions accepted, %u disputed, %u late, %u refused, in "
	       "%llu.%llu s "
	       "(seed %llu)\n",
	       demo->accepted, demo->disputed, demo->late, demo->refused,
	       (unsigned long long)(ms / 1000),
	       (unsigned long long)(ms % 1000 / 100), (unsigned long long)DEMO_SEED);
	return EXIT_DONE;
}

int demo_run(struct session *session)
{
	ASSERT(session != NULL);
	uint64_t begun_ms = clock_monotonic_ms();
	char data[SETTING_SIZE_MAX];
	struct demo *demo = memory_get(sizeof(*demo));
	demo->session = session;
	demo->world = memory_get(sizeof(*demo->world));
	demo->world->random = DEMO_SEED;
	demo->refusals = json_object();
	demo->folder = arguments_flag(&session->arguments, "folder");
	demo->clock = CLOCK_START;
	demo->keep = arguments_has(&session->arguments, "keep");
	demo->data = data_folder(session, data);
	offline_program(&session->settings, demo->titolid);
	int code = EXIT_USAGE;
	if (demo->folder == NULL || strlen(demo->folder) > 800) {
		session_usage("titoli demo --folder DIR (a new folder) [--keep] [--titolid FILE]");
	} else if (session_flags_used(session)) {
		play(demo);
		code = finish(demo, begun_ms);
	}
	json_decref(demo->statements);
	json_decref(demo->balances);
	json_decref(demo->events);
	json_decref(demo->refusals);
	free(demo->world);
	free(demo);
	return code;
}
