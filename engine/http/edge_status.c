/* Health and figures. /livez: the process runs its loops. /readyz: it takes commands. /status:
 * ModI's problem+json with status 200, and what an operator asks first. /metrics: Prometheus text,
 * on the admin listener only. SOURCE: AgID interoperability rules (ModI), /status. */
#include "engine/api/json.h"
#include "engine/base/text.h"
#include "engine/http/edge.h"
#include "engine/http/server.h"
#include "engine/pipeline/pipeline.h"
#include "engine/system/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MS_PER_SECOND 1000u

/* Why commands are not taken; RESULT_OK when they are. */
static enum result edge_health(const struct edge *edge)
{
	struct pipeline_figures figures;

	pipeline_figures_read(edge->hub->pipeline, &figures);
	if (figures.failed)
		return RESULT_IO_FAILED;
	if (figures.draining || atomic_load(&edge->hub->draining))
		return RESULT_DRAINING;
	return figures.disk_nearly_full ? RESULT_DISK_NEARLY_FULL : RESULT_OK;
}

void edge_livez(struct edge *edge, struct exchange *exchange)
{
	(void)edge;
	api_buffer_put(&exchange->answer, "{\"alive\":true}\n", 15);
	edge_send(exchange, 200);
}

void edge_readyz(struct edge *edge, struct exchange *exchange)
{
	enum result result = edge_health(edge);

	if (result != RESULT_OK) {
		edge_answer_result(exchange, result);
		return;
	}
	api_buffer_put(&exchange->answer, "{\"ready\":true}\n", 15);
	edge_send(exchange, 200);
}

static void edge_status_flags(struct json *json, const struct hub *hub,
			      const struct pipeline_figures *figures)
{
	json_boolean_field(json, "unsafe_filesystem", hub->unsafe_filesystem);
	json_boolean_field(json, "disk_nearly_full", figures->disk_nearly_full);
	json_boolean_field(json, "draining", figures->draining);
	json_boolean_field(json, "failed", figures->failed);
}

void edge_status(struct edge *edge, struct exchange *exchange)
{
	const struct hub *hub = edge->hub;
	struct hub_ledger_figures ledger;
	struct pipeline_figures figures;
	enum result health = edge_health(edge);
	const struct result_info *info = result_info(health);
	enum result_language language = exchange->request.language;
	struct json json;

	pipeline_figures_read(hub->pipeline, &figures);
	hub->figures(hub->context, &ledger);
	json_open(&json, &exchange->answer);
	json_object_begin(&json);
	json_text_field(&json, "type", "about:blank");
	json_text_field(&json, "title",
			health != RESULT_OK		 ? info->title[language]
			: language == RESULT_LANGUAGE_EN ? "Titoli is in service"
							 : "Titoli è in servizio");
	json_unsigned_field(&json, "status", 200);
	json_text_field(&json, "code", info->code);
	json_text_field(&json, "version", HUB_VERSION);
	json_text_field(&json, "ledger_id", hub->ledger_id);
	json_text_field(&json, "clock", hub->clock_is_manual ? "manual" : "system");
	json_instant_field(&json, "now", hub->zone, hub_now(hub));
	json_unsigned_field(&json, "ledger_seq", figures.durable_sequence);
	json_unsigned_field(&json, "checkpoint_seq", ledger.checkpoint_sequence);
	json_unsigned_field(&json, "checkpoint_lag",
			    figures.durable_sequence > ledger.checkpoint_sequence
				? figures.durable_sequence - ledger.checkpoint_sequence
				: 0);
	json_unsigned_field(&json, "uptime_s",
			    (clock_monotonic_ms() - hub->started_ms) / MS_PER_SECOND);
	edge_status_flags(&json, hub, &figures);
	json_object_end(&json);
	json_close(&json);
	exchange->media_type = "application/problem+json";
	edge_send(exchange, 200);
}

/* ---- /metrics ---- */

__attribute__((format(printf, 2, 3))) static void metric(struct api_buffer *buffer,
							 const char *format, ...)
{
	char line[256];
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	ASSERT(size > 0 && (size_t)size < sizeof(line));
	api_buffer_put(buffer, line, (size_t)size);
}

static void metric_one(struct api_buffer *buffer, const char *type, const char *name,
		       uint64_t value)
{
	metric(buffer, "# TYPE titoli_%s %s\ntitoli_%s %llu\n", name, type, name,
	       (unsigned long long)value);
}

static uint64_t figure(const _Atomic uint64_t *value)
{
	return atomic_load_explicit(value, memory_order_relaxed);
}

static void metrics_network(struct api_buffer *buffer, const struct server *server)
{
#define METRIC_SUM(type, name, member)                                                             \
	do {                                                                                       \
		uint64_t sum = 0;                                                                  \
		for (uint32_t i = 0; i < server_threads(server); i++)                              \
			sum += figure(&server_figures(server, i)->member);                         \
		metric_one(buffer, type, name, sum);                                               \
	} while (false)
	METRIC_SUM("counter", "connections_accepted_total", connections_accepted);
	METRIC_SUM("counter", "connections_refused_total", connections_refused);
	METRIC_SUM("counter", "descriptors_exhausted_total", descriptors_exhausted);
	METRIC_SUM("gauge", "connections", connections);
	METRIC_SUM("counter", "http_requests_total", requests);
	METRIC_SUM("counter", "http_bad_requests_total", bad_requests);
	METRIC_SUM("counter", "http_timeouts_total", timeouts);
	METRIC_SUM("counter", "http_slots_exhausted_total", slots_exhausted);
	METRIC_SUM("gauge", "http_slots_in_use", slots_in_use);
	METRIC_SUM("counter", "http2_floods_total", floods);
	METRIC_SUM("counter", "http_bytes_out_total", bytes_out);
	METRIC_SUM("counter", "batch_lines_total", batch_lines);
#undef METRIC_SUM
	metric(buffer, "# TYPE titoli_http_answers_total counter\n");
	for (uint32_t class = 2; class < NETWORK_STATUS_CLASSES; class ++) {
		uint64_t sum = 0;

		for (uint32_t i = 0; i < server_threads(server); i++)
			sum += figure(&server_figures(server, i)->answers[class]);
		metric(buffer, "titoli_http_answers_total{class=\"%uxx\"} %llu\n", class,
		       (unsigned long long)sum);
	}
}

static void metrics_latency(struct api_buffer *buffer, const struct server *server)
{
	uint64_t count = 0;
	uint64_t sum_us = 0;

	metric(buffer, "# TYPE titoli_http_answer_microseconds histogram\n");
	for (uint32_t bucket = 0; bucket < NETWORK_LATENCY_BUCKETS; bucket++) {
		for (uint32_t i = 0; i < server_threads(server); i++)
			count += figure(&server_figures(server, i)->latency[bucket]);
		if (bucket + 1 < NETWORK_LATENCY_BUCKETS)
			metric(buffer, "titoli_http_answer_microseconds_bucket{le=\"%llu\"} %llu\n",
			       1ull << bucket, (unsigned long long)count);
	}
	for (uint32_t i = 0; i < server_threads(server); i++)
		sum_us += figure(&server_figures(server, i)->latency_sum_us);
	metric(buffer,
	       "titoli_http_answer_microseconds_bucket{le=\"+Inf\"} %llu\n"
	       "titoli_http_answer_microseconds_sum %llu\n"
	       "titoli_http_answer_microseconds_count %llu\n",
	       (unsigned long long)count, (unsigned long long)sum_us, (unsigned long long)count);
}

static void metrics_pipeline(struct api_buffer *buffer, const struct pipeline_figures *figures)
{
	uint64_t count = 0;

	metric_one(buffer, "counter", "ledger_entries_total", figures->entries);
	metric_one(buffer, "counter", "ledger_ticks_total", figures->ticks);
	metric_one(buffer, "counter", "ledger_commands_total", figures->commands);
	metric_one(buffer, "counter", "ledger_reads_total", figures->reads);
	metric_one(buffer, "counter", "journal_batches_total", figures->batches);
	metric_one(buffer, "counter", "journal_bytes_total", figures->bytes);
	metric_one(buffer, "counter", "ledger_overloads_total", figures->overloads);
	metric_one(buffer, "counter", "ledger_unknowns_total", figures->unknowns);
	metric_one(buffer, "gauge", "ledger_sequence", figures->sequence);
	metric_one(buffer, "gauge", "ledger_durable_sequence", figures->durable_sequence);
	metric_one(buffer, "gauge", "ledger_queue_depth", figures->queue_depth);
	metric_one(buffer, "gauge", "journal_batches_in_flight", figures->batches_in_flight);
	metric_one(buffer, "gauge", "disk_nearly_full", figures->disk_nearly_full);
	metric_one(buffer, "gauge", "draining", figures->draining);
	metric(buffer, "# TYPE titoli_journal_batch_entries histogram\n");
	for (uint32_t i = 0; i < PIPELINE_HISTOGRAM_SLOTS; i++) {
		count += figures->batch_entries[i];
		metric(buffer, "titoli_journal_batch_entries_bucket{le=\"%u\"} %llu\n",
		       (2u << i) - 1, (unsigned long long)count);
	}
	metric(buffer,
	       "titoli_journal_batch_entries_bucket{le=\"+Inf\"} %llu\n"
	       "titoli_journal_batch_entries_sum %llu\ntitoli_journal_batch_entries_count %llu\n",
	       (unsigned long long)count, (unsigned long long)figures->entries,
	       (unsigned long long)count);
}

void edge_metrics(struct edge *edge, struct exchange *exchange)
{
	struct api_buffer *buffer = &exchange->answer;
	struct hub_ledger_figures ledger;
	struct pipeline_figures figures;

	pipeline_figures_read(edge->hub->pipeline, &figures);
	edge->hub->figures(edge->hub->context, &ledger);
	metrics_network(buffer, edge->server);
	metrics_latency(buffer, edge->server);
	metrics_pipeline(buffer, &figures);
	metric_one(buffer, "gauge", "checkpoint_sequence", ledger.checkpoint_sequence);
	metric_one(buffer, "counter", "checkpoints_total", ledger.checkpoints);
	metric_one(buffer, "gauge", "store_used_bytes", ledger.store_used_bytes);
	metric_one(buffer, "gauge", "store_size_bytes", ledger.store_size_bytes);
	metric_one(buffer, "gauge", "store_oldest_reader_lag", ledger.oldest_reader_lag);
	metric_one(buffer, "counter", "store_row_bytes_total", ledger.checkpoint_row_bytes);
	metric_one(buffer, "gauge", "checkpoint_lag_ms", ledger.checkpoint_lag_ms);
	metric_one(buffer, "gauge", "checkpoint_longest_lag_ms", ledger.checkpoint_longest_lag_ms);
	metric_one(buffer, "gauge", "checkpoint_longest_portion_us",
		   ledger.checkpoint_longest_portion_us);
	metric_one(buffer, "gauge", "journal_longest_append_us", ledger.journal_longest_append_us);
	metric_one(buffer, "counter", "checkpoint_pause_us_total", figures.pause_us);
	metric_one(buffer, "gauge", "uptime_seconds",
		   (clock_monotonic_ms() - edge->hub->started_ms) / MS_PER_SECOND);
	exchange->media_type = "text/plain; version=0.0.4; charset=utf-8";
	edge_send(exchange, 200);
}
