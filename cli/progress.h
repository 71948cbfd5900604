/* The one progress bar: on stderr, drawn at most ten times a second, only when stderr is a
 * terminal. Otherwise long work says one line when it is done. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	char label[48];
	uint64_t total; /* 0: not known, only counted */
	uint64_t done;
	uint64_t begun_ms;
	uint64_t drawn_ms;
	bool is_terminal;
	bool is_quiet;
};

void progress_begin(struct progress *progress, const char *label, uint64_t total, bool is_quiet);
void progress_set(struct progress *progress, uint64_t done);
void progress_end(struct progress *progress);

#endif
