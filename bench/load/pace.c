/* When requests leave, and what their answers are worth: see load.h. */
#include "bench/load/load.h"

#include <stdio.h>
#include <stdlib.h>

#define TICK_LEAST_NS	 50000u /* the generator need not wake for every arrival */
#define DROPS_IN_ROW_MAX 1000u	/* connections lost without an answer between: there is no daemon */

uint32_t load_provider(struct line *line)
{
	uint32_t provider = line->provider;
	if (settings_is_batch(&line->load->settings)) {
		line->provider += (uint32_t)line->load->settings.connections;
		line->provider %= line->load->visits.providers;
	}
	return provider;
}

static bool is_open_loop(const struct load *load)
{
	return load->settings.rate > 0;
}

/* When the n-th request arrives. */
static uint64_t arrival_ns(const struct load *load, uint64_t number)
{
	__extension__ typedef unsigned __int128 wide;
	wide redemptions = (wide)number * settings_lines(&load->settings);
	return load->start_ns + (uint64_t)(redemptions * 1000000000u / load->settings.rate);
}

/* Is a request due? It counts from *ret_since_ns. */
static bool take_due(struct load *load, uint64_t now_ns, uint64_t *ret_since_ns)
{
	if (!is_open_loop(load)) {
		*ret_since_ns = now_ns;
		return now_ns < load->end_ns;
	}
	if (load->arrivals == load->arrivals_all)
		return false;
	*ret_since_ns = arrival_ns(load, load->arrivals);
	if (*ret_since_ns > now_ns)
		return false;
	load->arrivals++;
	return true;
}

static void queue_free(struct load *load, struct line *line)
{
	if (line->is_queued || line->in_flight >= load->settings.depth)
		return;
	line->is_queued = true;
	line->next_free = NULL;
	if (load->free_last != NULL)
		load->free_last->next_free = line;
	else
		load->free_first = line;
	load->free_last = line;
}

static void watch_line(struct line *line);

/* A connection is gone, and what was in flight on it: another takes its place. */
static void replace_line(struct load *load, struct line *line)
{
	(void)event_del(&line->readable);
	(void)event_del(&line->writable);
	channel_close(&line->channel);
	load->drops++;
	load->lost += line->in_flight;
	load->in_flight -= line->in_flight;
	line->in_flight = 0;
	if (++load->drops_in_row == DROPS_IN_ROW_MAX) {
		fprintf(stderr, "load: the daemon closes every connection\n");
		exit(1);
	}
	channel_open(&line->channel, &load->settings, load->tls);
	load->protocol->reopen(line);
	watch_line(line);
	queue_free(load, line);
}

static void flush_line(struct load *load, struct line *line)
{
	bool is_flushed = load->protocol->flush(line);
	if (line->channel.is_broken)
		replace_line(load, line);
	else if (!is_flushed && event_add(&line->writable, NULL) != 0)
		machine_die("load: event_add");
}

static void flush_dirty(struct load *load)
{
	struct line *line = load->dirty;
	load->dirty = NULL;
	while (line != NULL) {
		struct line *next = line->next_dirty;
		line->is_dirty = false;
		flush_line(load, line);
		line = next;
	}
}

/* May one more request be in flight? */
static bool has_room(const struct load *load)
{
	uint64_t most = load->settings.in_flight;
	return load->free_first != NULL && (most == 0 || load->in_flight < most);
}

/* Gives due requests to free lines. */
static void dispatch(struct load *load)
{
	uint64_t since_ns;
	while (has_room(load) && take_due(load, load->now_ns, &since_ns)) {
		struct line *line = load->free_first;
		load->free_first = line->next_free;
		if (load->free_first == NULL)
			load->free_last = NULL;
		line->is_queued = false;
		line->in_flight++;
		load->in_flight++;
		load->protocol->submit(line, since_ns);
		queue_free(load, line);
		if (!line->is_dirty) {
			line->is_dirty = true;
			line->next_dirty = load->dirty;
			load->dirty = line;
		}
	}
	flush_dirty(load);
}

/* Arrivals that wait for a line; the next tick of the open loop. */
static void plan_tick(struct load *load)
{
	uint64_t now_ns = machine_now_ns();
	if (load->arrivals == load->arrivals_all)
		return;
	uint64_t next_ns = arrival_ns(load, load->arrivals);
	uint64_t wait_ns = TICK_LEAST_NS;
	if (next_ns > now_ns + TICK_LEAST_NS) {
		wait_ns = next_ns - now_ns;
	} else if (next_ns < now_ns) {
		uint64_t lines = settings_lines(&load->settings);
		uint64_t behind = (now_ns - next_ns) / 1000 * load->settings.rate / lines / 1000000;
		if (behind > load->backlog_most)
			load->backlog_most = behind;
	}
	const struct timeval wait = {(time_t)(wait_ns / 1000000000u),
				     (suseconds_t)(wait_ns % 1000000000u / 1000)};
	if (event_add(&load->tick, &wait) != 0)
		machine_die("load: event_add");
}

static void on_tick(evutil_socket_t descriptor, short what, void *context)
{
	struct load *load = context;
	(void)descriptor;
	(void)what;
	load->now_ns = machine_now_ns();
	dispatch(load);
	plan_tick(load);
}

static void tell_refusal(struct load *load, const struct answer *answer)
{
	load->is_refusal_told = true;
	fprintf(stderr, "load: first refusal: %.*s\n",
		(int)(answer->text_size < 1200 ? answer->text_size : 1200), answer->text);
}

void load_answered(struct line *line, const struct answer *answer)
{
	struct load *load = line->load;
	uint64_t now_ns = load->now_ns;
	uint32_t lines = settings_lines(&load->settings);
	line->in_flight--;
	load->in_flight--;
	load->drops_in_row = 0;
	queue_free(load, line);
	if (answer->accepted < lines && !load->is_refusal_told)
		tell_refusal(load, answer);
	if (!load->is_measuring && now_ns >= load->measure_ns) {
		load->is_measuring = true;
		load->last_ns = now_ns;
		machine_use_now((uint32_t)load->settings.watch, &load->use_from);
	}
	if (!load->is_measuring)
		return;
	/* What arrived in the warm-up is not measured, but its redemptions are done now. */
	load->accepted += answer->accepted;
	load->refused += lines - answer->accepted;
	load->answers++;
	if (answer->since_ns >= load->measure_ns || load->settings.warmup == 0)
		histogram_add(&load->latency, now_ns - answer->since_ns);
	if (now_ns - load->last_ns > load->silence_ns)
		load->silence_ns = now_ns - load->last_ns;
	load->last_ns = now_ns;
}

/* All is answered, and nothing more will leave. */
static bool is_done(const struct load *load)
{
	if (load->in_flight > 0)
		return false;
	if (is_open_loop(load))
		return load->arrivals == load->arrivals_all;
	return load->now_ns >= load->end_ns;
}

static void on_readable(evutil_socket_t descriptor, short what, void *context)
{
	struct line *line = context;
	struct load *load = line->load;
	size_t got;
	(void)descriptor;
	do {
		got = channel_receive(&line->channel, load->input, LOAD_INPUT_SIZE);
		load->now_ns = machine_now_ns();
		if (got > 0)
			load->protocol->receive(line, load->input, got);
	} while (got > 0 && ((what & EV_CLOSED) != 0 ||
			     channel_has_more(&line->channel, got == LOAD_INPUT_SIZE)));
	if (line->channel.is_broken)
		replace_line(load, line);
	dispatch(load);
	if (is_done(load))
		event_base_loopbreak(load->base);
}

static void on_writable(evutil_socket_t descriptor, short what, void *context)
{
	struct line *line = context;
	(void)descriptor;
	(void)what;
	flush_line(line->load, line);
}

static void on_watch(evutil_socket_t descriptor, short what, void *context)
{
	struct load *load = context;
	(void)descriptor;
	(void)what;
	uint64_t now_ns = load->now_ns = machine_now_ns();
	uint64_t last_ns = load->last_ns > load->start_ns ? load->last_ns : load->start_ns;
	if (load->in_flight > 0 && now_ns - last_ns > load->settings.timeout * 1000000000u &&
	    load->is_measuring) {
		fprintf(stderr, "load: no answer for %llu seconds, %llu in flight\n",
			(unsigned long long)load->settings.timeout,
			(unsigned long long)load->in_flight);
		exit(1);
	}
	if (is_done(load))
		event_base_loopbreak(load->base);
}

static void watch_line(struct line *line)
{
	struct event_base *base = line->load->base;
	/* Told once of what came in: a receive that leaves room has taken all there was. Below TLS
	 * that cannot be seen. */
	const short once = line->channel.ssl == NULL ? EV_ET : 0;
	if (event_assign(&line->readable, base, line->channel.socket,
			 EV_READ | EV_CLOSED | EV_PERSIST | once, on_readable, line) != 0 ||
	    event_assign(&line->writable, base, line->channel.socket, EV_WRITE | once, on_writable,
			 line) != 0 ||
	    event_add(&line->readable, NULL) != 0)
		machine_die("load: event_assign");
}

static void open_lines(struct load *load)
{
	for (uint32_t i = 0; i < load->settings.connections; i++) {
		struct line *line = &load->lines[i];
		line->load = load;
		line->number = i;
		line->provider = i % load->visits.providers;
		channel_open(&line->channel, &load->settings, load->tls);
		load->protocol->open(line);
		watch_line(line);
		queue_free(load, line);
	}
}

void load_run(struct load *load)
{
	const struct timeval second = {1, 0};
	const struct settings *settings = &load->settings;
	open_lines(load);
	if (event_assign(&load->tick, load->base, -1, 0, on_tick, load) != 0 ||
	    event_assign(&load->watch, load->base, -1, EV_PERSIST, on_watch, load) != 0 ||
	    event_add(&load->watch, &second) != 0)
		machine_die("load: event_assign");
	load->start_ns = load->now_ns = machine_now_ns();
	load->measure_ns = load->start_ns + settings->warmup * 1000000000u;
	load->end_ns = load->measure_ns + settings->seconds * 1000000000u;
	load->last_ns = load->start_ns;
	if (settings->warmup == 0) {
		load->is_measuring = true;
		machine_use_now((uint32_t)settings->watch, &load->use_from);
	}
	if (is_open_loop(load)) {
		load->arrivals_all = settings->rate * (settings->warmup + settings->seconds) /
				     settings_lines(settings);
		plan_tick(load);
	} else {
		dispatch(load);
	}
	if (event_base_dispatch(load->base) < 0)
		machine_die("load: event_base_dispatch");
	machine_use_now((uint32_t)settings->watch, &load->use_to);
}
