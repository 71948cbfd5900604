/* The load generator of the redemption path: see bench/README.md and `load --help`.
 *
 * One thread, so that on two cores the daemon keeps one for itself; what it costs is told beside
 * what it measured (`generator_…`). */
#include "bench/load/load.h"
#include "bench/support/figures.h"

#include <stdlib.h>

static uint64_t us(uint64_t ns)
{
	return ns / 1000;
}

static uint64_t each(uint64_t sum, uint64_t count)
{
	return count == 0 ? 0 : sum / count;
}

static void report_latency(struct figures *figures, const struct histogram *latency)
{
	figures_add(figures, "mean_us", us(histogram_mean(latency)), "us");
	figures_add(figures, "p50_us", us(histogram_at(latency, 50, 100)), "us");
	figures_add(figures, "p90_us", us(histogram_at(latency, 90, 100)), "us");
	figures_add(figures, "p99_us", us(histogram_at(latency, 99, 100)), "us");
	figures_add(figures, "p99_9_us", us(histogram_at(latency, 999, 1000)), "us");
	figures_add(figures, "max_us", us(latency->most), "us");
}

static void report(const struct load *load)
{
	static struct figures figures;
	const struct settings *settings = &load->settings;
	struct machine_use use = machine_use_since(&load->use_from, &load->use_to);
	uint64_t wall_us = us(load->last_ns - load->use_from.wall_ns);
	uint64_t done = load->accepted + load->refused;
	figures_add(&figures, "per_second", each(load->accepted * 1000000, wall_us),
		    "redemptions/s");
	figures_add(&figures, "accepted", load->accepted, "redemptions");
	figures_add(&figures, "refused", load->refused, "redemptions");
	figures_add(&figures, "requests", load->answers, "requests");
	figures_add(&figures, "connections_lost", load->drops, "connections");
	figures_add(&figures, "requests_lost", load->lost, "requests");
	figures_add(&figures, "next_round", visits_next_round(&load->visits), "round");
	figures_add(&figures, "measured_ms", us(wall_us), "ms");
	report_latency(&figures, &load->latency);
	figures_add(&figures, "longest_silence_us", us(load->silence_ns), "us");
	if (settings->rate > 0) {
		figures_add(&figures, "rate_asked", settings->rate, "redemptions/s");
		figures_add(&figures, "backlog_most", load->backlog_most, "requests");
	}
	figures_add(&figures, "generator_processor_percent",
		    each(use.own_ns * 100, use.wall_ns), "percent");
	figures_add(&figures, "generator_ns_per_redemption", each(use.own_ns, done), "ns");
	if (settings->watch != 0) {
		figures_add(&figures, "watched_processor_percent",
			    each(use.other_ns * 100, use.wall_ns), "percent");
		figures_add(&figures, "watched_ns_per_redemption", each(use.other_ns, done), "ns");
	}
	figures_add(&figures, "stolen_per_mille", machine_stolen_per_mille(&use), "per_mille");
	figures_print(&figures);
	if (settings->json[0] != '\0')
		figures_write(&figures, settings->json);
}

static struct event_base *open_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;
	if (config != NULL &&
	    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_PRECISE_TIMER |
					      EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) == 0)
		base = event_base_new_with_config(config);
	if (base == NULL)
		machine_die("load: event_base");
	event_config_free(config);
	return base;
}

int main(int argc, char **argv)
{
	static struct load load;
	settings_read(&load.settings, argc, argv);
	machine_allow_files();
	visits_init(&load.visits, &load.settings);
	histogram_init(&load.latency);
	load.protocol = load.settings.protocol == PROTOCOL_H2 ? &http2_calls : &http1_calls;
	load.tls = channel_tls(&load.settings);
	load.base = open_base();
	load.lines = calloc(load.settings.connections, sizeof(load.lines[0]));
	load.input = malloc(LOAD_INPUT_SIZE);
	if (load.lines == NULL || load.input == NULL)
		machine_die("load: memory");
	load_run(&load);
	report(&load);
	return 0;
}
