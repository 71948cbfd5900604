/* Progress: see progress.h. */
#include "cli/progress.h"

#include "engine/base/assert.h"
#include "engine/system/clock.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_CELLS 28u
#define REDRAW_MS 100u

void progress_begin(struct progress *progress, const char *label, uint64_t total, bool is_quiet)
{
	*progress = (struct progress){.total = total,
				      .begun_ms = clock_monotonic_ms(),
				      .is_quiet = is_quiet,
				      .is_terminal = isatty(STDERR_FILENO) != 0};
	snprintf(progress->label, sizeof(progress->label), "%s", label);
}

static void draw(struct progress *progress)
{
	uint64_t filled = progress->total == 0 ? 0 : BAR_CELLS * progress->done / progress->total;
	filled = filled > BAR_CELLS ? BAR_CELLS : filled;
	fprintf(stderr, "\r%-34s ", progress->label);
	if (progress->total > 0) {
		for (uint64_t i = 0; i < BAR_CELLS; i++)
			fputs(i < filled ? "█" : "░", stderr);
		fprintf(stderr, " %llu/%llu", (unsigned long long)progress->done,
			(unsigned long long)progress->total);
	} else {
		fprintf(stderr, "%llu", (unsigned long long)progress->done);
	}
	fputs("\033[K", stderr);
	fflush(stderr);
}

void progress_set(struct progress *progress, uint64_t done)
{
	ASSERT(progress != NULL);
	progress->done = done;
	if (progress->is_quiet || !progress->is_terminal)
		return;
	uint64_t now_ms = clock_monotonic_ms();
	if (done < progress->total && now_ms - progress->drawn_ms < REDRAW_MS)
		return;
	progress->drawn_ms = now_ms;
	draw(progress);
}

void progress_end(struct progress *progress)
{
	if (progress->is_quiet)
		return;
	uint64_t ms = clock_monotonic_ms() - progress->begun_ms;
	fprintf(stderr, "%s%-34s %llu in %llu.%llu s%s\n", progress->is_terminal ? "\r" : "",
		progress->label, (unsigned long long)progress->done,
		(unsigned long long)(ms / 1000), (unsigned long long)(ms % 1000 / 100),
		progress->is_terminal ? "\033[K" : "");
}
