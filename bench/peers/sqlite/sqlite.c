/* SQLite under load, in its own process as it is meant to be used: prepared statements, WAL,
 * synchronous=FULL, so that a commit has synced before it returns.
 *
 * modes: fill   makes the file --to with --vouchers titles; prints nothing
 *        batch  --lines visits a transaction (1: single); --connections is 1, SQLite has one writer */
#include "bench/peers/peer.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum statement {
	SEEN,
	TITLE,
	SAID,
	FUND,
	CEILING,
	TAKE,
	ENTER,
	MOVE_FUND,
	MOVE_CEILING,
	BEGIN,
	COMMIT,
	STATEMENTS,
};

static const char *const TEXTS[STATEMENTS] = {
    [SEEN] = "SELECT provider, voucher, minutes, worker, start, result FROM redemption WHERE key = ?1",
    [TITLE] = "SELECT provider, service, fund_year, ceiling, is_live, first_day, last_day, units_left,"
	      " net_left, committed FROM voucher WHERE id = ?1",
    [SAID] = "SELECT r.net_cents, r.vat_bp, a.is_active FROM tariff r LEFT JOIN accreditation a"
	     " ON a.provider = ?1 AND a.service = r.service AND ?3 BETWEEN a.valid_from AND a.valid_to"
	     " WHERE r.service = ?2 AND ?3 BETWEEN r.valid_from AND r.valid_to",
    [FUND] = "SELECT committed FROM fund_year WHERE id = ?1 AND is_open",
    [CEILING] = "SELECT granted - delivered FROM ceiling WHERE id = ?1 AND is_active",
    [TAKE] = "UPDATE voucher SET units_left = units_left - ?2, net_left = net_left - ?3,"
	     " committed = committed - ?3 - ?4, delivered_net = delivered_net + ?3,"
	     " delivered_vat = delivered_vat + ?4, records = records + 1 WHERE id = ?1",
    [ENTER] = "INSERT INTO redemption VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [MOVE_FUND] = "UPDATE fund_year SET committed = committed - ?2, delivered = delivered + ?2"
		  " WHERE id = ?1",
    [MOVE_CEILING] = "UPDATE ceiling SET delivered = delivered + ?2 WHERE id = ?1",
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
};

static const char SCHEMA[] =
    "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;"
    "CREATE TABLE fund_year (id INTEGER PRIMARY KEY, is_open, committed, delivered);"
    "CREATE TABLE ceiling (id INTEGER PRIMARY KEY, is_active, granted, delivered);"
    "CREATE TABLE tariff (service INTEGER, valid_from, valid_to, net_cents, vat_bp,"
    " PRIMARY KEY (service, valid_from)) WITHOUT ROWID;"
    "CREATE TABLE accreditation (provider, service, is_active, valid_from, valid_to,"
    " PRIMARY KEY (provider, service)) WITHOUT ROWID;"
    "CREATE TABLE voucher (id INTEGER PRIMARY KEY, provider, service, fund_year, ceiling, is_live,"
    " first_day, last_day, units_left, net_left, committed, delivered_net, delivered_vat, records);"
    "CREATE TABLE redemption (key BLOB PRIMARY KEY, provider, voucher, minutes, worker, start, net,"
    " vat, result, units_left) WITHOUT ROWID;"
    "BEGIN;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
    " INSERT INTO fund_year SELECT i, 1, 9000000000000, 0 FROM n;"
    "INSERT INTO ceiling SELECT id, 1, 9000000000000, 0 FROM fund_year;"
    "INSERT INTO tariff VALUES (1, 20260101, 99991231, 2260, 500);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 64)"
    " INSERT INTO accreditation SELECT i, 1, 1, 20260101, 20281231 FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %u)"
    " INSERT INTO voucher SELECT i, (i - 1) %% 64 + 1, 1, i %% 1000 + 1, i %% 1000 + 1, 1,"
    " 20261001, 20261031, 720, 27120, 28476, 0, 0, 0 FROM n;"
    "COMMIT; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);";

struct run {
	struct peer peer;
	sqlite3 *file;
	sqlite3_stmt *statements[STATEMENTS];
};

static void execute(sqlite3 *file, const char *text)
{
	if (sqlite3_exec(file, text, NULL, NULL, NULL) != SQLITE_OK)
		peer_die("sqlite", sqlite3_errmsg(file));
}

/* One step; is there a row? */
static bool step(struct run *run, enum statement which)
{
	int code = sqlite3_step(run->statements[which]);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		peer_die(TEXTS[which], sqlite3_errmsg(run->file));
	return code == SQLITE_ROW;
}

static void done(struct run *run, enum statement which)
{
	sqlite3_reset(run->statements[which]);
}

static void bind(struct run *run, enum statement which, int place, int64_t value)
{
	sqlite3_bind_int64(run->statements[which], place, value);
}

static int64_t column(const struct run *run, enum statement which, int place)
{
	return sqlite3_column_int64(run->statements[which], place);
}

struct judged {
	int result;
	int64_t net, vat, units_left, fund, ceiling;
};

static int64_t least(int64_t left, int64_t right)
{
	return left < right ? left : right;
}

/* The legal day as yyyymmdd; all visits fall into October 2026. */
static int64_t day_of(const struct visit *visit)
{
	return 20261001 + (visit->start_s + 7200 - INT64_C(1790805600)) / 86400;
}

/* What the title, its provider and its tariff say. Results as in ../postgres/schema.sql. */
static void judge_title(struct run *run, const struct visit *visit, struct judged *judged)
{
	int64_t day = day_of(visit);
	bind(run, TITLE, 1, visit->voucher);
	if (!step(run, TITLE) || column(run, TITLE, 4) != 1) {
		judged->result = 1;
	} else if (column(run, TITLE, 0) != visit->provider) {
		judged->result = 2;
	} else if (day < column(run, TITLE, 5) || day > column(run, TITLE, 6)) {
		judged->result = 3;
	} else {
		judged->fund = column(run, TITLE, 2);
		judged->ceiling = column(run, TITLE, 3);
		judged->units_left = column(run, TITLE, 7);
		bind(run, SAID, 1, visit->provider);
		bind(run, SAID, 2, column(run, TITLE, 1));
		bind(run, SAID, 3, day);
		if (!step(run, SAID)) {
			judged->result = 5;
		} else if (column(run, SAID, 2) != 1) {
			judged->result = 4;
		} else if (judged->units_left < visit->minutes) {
			judged->result = 6;
		} else {
			int64_t net = (visit->minutes * column(run, SAID, 0) + 30) / 60;
			judged->net = least(net, column(run, TITLE, 8));
			int64_t vat = (judged->net * column(run, SAID, 1) + 5000) / 10000;
			judged->vat = least(judged->net + vat, column(run, TITLE, 9)) - judged->net;
		}
		done(run, SAID);
	}
	done(run, TITLE);
}

static void judge_money(struct run *run, struct judged *judged)
{
	int64_t gross = judged->net + judged->vat;
	bind(run, FUND, 1, judged->fund);
	bind(run, CEILING, 1, judged->ceiling);
	if (!step(run, FUND) || column(run, FUND, 0) < gross)
		judged->result = 7;
	else if (!step(run, CEILING) || column(run, CEILING, 0) < gross)
		judged->result = 8;
	done(run, FUND);
	done(run, CEILING);
}

static void move(struct run *run, const struct visit *visit, struct judged *judged)
{
	judged->units_left -= visit->minutes;
	bind(run, TAKE, 1, visit->voucher);
	bind(run, TAKE, 2, visit->minutes);
	bind(run, TAKE, 3, judged->net);
	bind(run, TAKE, 4, judged->vat);
	step(run, TAKE);
	done(run, TAKE);
	bind(run, MOVE_CEILING, 1, judged->ceiling);
	bind(run, MOVE_CEILING, 2, judged->net + judged->vat);
	step(run, MOVE_CEILING);
	done(run, MOVE_CEILING);
	bind(run, MOVE_FUND, 1, judged->fund);
	bind(run, MOVE_FUND, 2, judged->net + judged->vat);
	step(run, MOVE_FUND);
	done(run, MOVE_FUND);
}

static void enter(struct run *run, const struct visit *visit, const struct judged *judged)
{
	int64_t values[] = {visit->provider, visit->voucher, visit->minutes, (int64_t)visit->worker,
			    visit->start_s,  judged->net,    judged->vat,    judged->result,
			    judged->units_left};
	sqlite3_bind_blob(run->statements[ENTER], 1, visit->key, PEER_KEY_SIZE, SQLITE_STATIC);
	for (int i = 0; i < 9; i++)
		bind(run, ENTER, i + 2, values[i]);
	step(run, ENTER);
	done(run, ENTER);
}

/* One visit inside a transaction; its result. */
static int redeem(struct run *run, const struct visit *visit)
{
	struct judged judged = {0};
	sqlite3_bind_blob(run->statements[SEEN], 1, visit->key, PEER_KEY_SIZE, SQLITE_STATIC);
	if (step(run, SEEN)) {
		bool is_same = column(run, SEEN, 0) == visit->provider &&
			       column(run, SEEN, 1) == visit->voucher &&
			       column(run, SEEN, 2) == visit->minutes &&
			       column(run, SEEN, 3) == (int64_t)visit->worker &&
			       column(run, SEEN, 4) == visit->start_s;
		judged.result = is_same ? (int)column(run, SEEN, 5) : 9;
		done(run, SEEN);
		return judged.result;
	}
	done(run, SEEN);
	judge_title(run, visit, &judged);
	if (judged.result == 0)
		judge_money(run, &judged);
	if (judged.result == 0)
		move(run, visit, &judged);
	else
		judged.net = judged.vat = 0;
	enter(run, visit, &judged);
	return judged.result;
}

static void drive(struct run *run)
{
	uint32_t lines = run->peer.options.lines;
	peer_begin(&run->peer);
	while (peer_goes_on(&run->peer)) {
		uint64_t started = peer_now();
		uint64_t accepted = 0;
		uint32_t provider = peer_turn(&run->peer);
		step(run, BEGIN);
		done(run, BEGIN);
		for (uint32_t i = 0; i < lines; i++) {
			struct visit visit;
			peer_visit(&run->peer, provider, &visit);
			accepted += redeem(run, &visit) == 0;
		}
		step(run, COMMIT);
		done(run, COMMIT);
		peer_answered(&run->peer, started, lines, accepted);
	}
}

int main(int argc, char **argv)
{
	static struct run run;
	peer_init(&run.peer, argc, argv);
	if (sqlite3_open(run.peer.options.to, &run.file) != SQLITE_OK)
		peer_die("open", sqlite3_errmsg(run.file));
	if (strcmp(run.peer.options.mode, "fill") == 0) {
		char *schema = sqlite3_mprintf(SCHEMA, run.peer.options.vouchers);
		execute(run.file, schema);
		sqlite3_free(schema);
		return sqlite3_close(run.file) != SQLITE_OK;
	}
	execute(run.file, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
			  "PRAGMA cache_size = -524288; PRAGMA mmap_size = 2147483648;"
			  "PRAGMA wal_autocheckpoint = 16384; PRAGMA locking_mode = EXCLUSIVE;"
			  "PRAGMA temp_store = MEMORY;");
	for (int i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(run.file, TEXTS[i], -1, SQLITE_PREPARE_PERSISTENT,
				       &run.statements[i], NULL) != SQLITE_OK)
			peer_die(TEXTS[i], sqlite3_errmsg(run.file));
	drive(&run);
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(run.statements[i]);
	int report = peer_report(&run.peer);
	return sqlite3_close(run.file) != SQLITE_OK ? 1 : report;
}
