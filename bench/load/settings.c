/* See settings.h. */
#include "bench/load/settings.h"

#include "bench/support/options.h"
#include "schemas/redemptions.def"

#include <stdio.h>
#include <stdlib.h>

#define COUNT(rows) (uint32_t)(sizeof(rows) / sizeof((rows)[0]))

static void refuse(const char *why)
{
	fprintf(stderr, "load: %s (--help lists the options)\n", why);
	exit(2);
}

static void check(const struct settings *settings)
{
	if (settings->port == 0 || settings->tokens[0] == '\0' || settings->vouchers == 0)
		refuse("--port, --tokens and --vouchers are needed");
	if (settings->round >= settings->visits)
		refuse("--round is beyond --visits");
	if (settings->depth > 1 && settings->protocol == PROTOCOL_HTTP1 &&
	    settings_is_batch(settings))
		refuse("batches are not pipelined: --depth 1");
	if (settings->shape == SHAPE_BINARY && settings->lines > BINARY_LINES_MAX)
		refuse("--lines is more than a binary batch may have");
	if (settings->rate > 0 && settings->rate < settings_lines(settings))
		refuse("--rate is less than one request each second");
}

void settings_read(struct settings *s, int argc, char **argv)
{
	*s = (struct settings){.tokens = "",
			       .ca = "",
			       .server_name = "localhost",
			       .connections = 64,
			       .depth = 1,
			       .lines = 1000,
			       .seconds = 5,
			       .visits = 24,
			       .together = 1,
			       .timeout = 10,
			       .save_answer = "",
			       .json = ""};
	const struct option_row rows[] = {
	    {"port", OPTION_NUMBER, &s->port, 1, 65535, NULL, "of the daemon, on 127.0.0.1"},
	    {"tokens", OPTION_TEXT, &s->tokens, 0, 0, NULL, "file of make_ledger: a token a line"},
	    {"vouchers", OPTION_NUMBER, &s->vouchers, 1, 20000000, NULL, "titles in the ledger"},
	    {"shape", OPTION_CHOICE, &s->shape, 0, 0, SETTINGS_SHAPES, "of a request"},
	    {"lines", OPTION_NUMBER, &s->lines, 1, 20000, NULL, "redemptions in a batch"},
	    {"protocol", OPTION_CHOICE, &s->protocol, 0, 0, SETTINGS_PROTOCOLS, "spoken"},
	    {"tls", OPTION_SWITCH, &s->tls, 0, 0, NULL, "TLS 1.3, one handshake a connection"},
	    {"ca", OPTION_TEXT, &s->ca, 0, 0, NULL, "verify the server by these certificates"},
	    {"server-name", OPTION_TEXT, &s->server_name, 0, 0, NULL, "asked for in TLS and Host"},
	    {"connections", OPTION_NUMBER, &s->connections, 1, 20000, NULL, "kept alive"},
	    {"depth", OPTION_NUMBER, &s->depth, 1, 1000, NULL,
	     "requests in flight on a connection: pipelined, or streams of HTTP/2"},
	    {"in-flight", OPTION_NUMBER, &s->in_flight, 0, 1000000, NULL,
	     "requests in flight on all connections together, which take turns; 0: no bound"},
	    {"rate", OPTION_NUMBER, &s->rate, 0, 100000000, NULL,
	     "open loop: redemptions that arrive each second; 0: closed loop"},
	    {"seconds", OPTION_NUMBER, &s->seconds, 1, 3600, NULL, "that are measured"},
	    {"warmup", OPTION_NUMBER, &s->warmup, 0, 600, NULL, "seconds before them"},
	    {"keys", OPTION_CHOICE, &s->keys, 0, 0, SETTINGS_KEYS, "idempotency keys"},
	    {"round", OPTION_NUMBER, &s->round, 0, 287, NULL, "first visit of each title"},
	    {"visits", OPTION_NUMBER, &s->visits, 1, 288, NULL, "visits that a title may have"},
	    {"together", OPTION_NUMBER, &s->together, 1, 288, NULL,
	     "visits of one title that follow each other"},
	    {"timeout", OPTION_NUMBER, &s->timeout, 1, 600, NULL, "seconds without any answer"},
	    {"watch", OPTION_NUMBER, &s->watch, 0, UINT32_MAX, NULL,
	     "process whose processor time is told too"},
	    {"save-answer", OPTION_TEXT, &s->save_answer, 0, 0, NULL,
	     "file for the first answer, byte for byte (HTTP/1.1, one redemption)"},
	    {"json", OPTION_TEXT, &s->json, 0, 0, NULL, "file for the figures; - is stdout"},
	};
	const struct option_table table = {
	    "load: redemptions against a daemon, closed or open loop", rows, COUNT(rows)};
	options_read(&table, argc, argv);
	check(s);
}

uint32_t settings_lines(const struct settings *settings)
{
	return settings_is_batch(settings) ? (uint32_t)settings->lines : 1;
}
