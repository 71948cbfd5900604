/* Records what a program does to the files of one folder, and builds the folders that a power cut
 * could have left behind at any point of that recording.
 *
 * The recording is a list of events: files made, written, resized, synced, renamed, removed;
 * folders synced; and marks, which a test sets (an acknowledgement, a checkpoint). What the model
 * grants and what it does not:
 *
 *   - a write is durable once a sync of its file returned after it;
 *   - until then each 512-byte sector of it, by itself, may have reached the disk or not, in any
 *     order; where several such writes touch a sector it may be as any of them left it;
 *   - a file's length grows like a write;
 *   - a name made, changed or removed is durable once a sync of its folder returned; until then
 *   each
 *     such change, by itself, has happened or not (syncing the file does not help its name);
 *   - a sector is never half old and half new, and a rename never leaves both or neither name.
 *
 * At a cut after event N all events before it have returned; event N itself, if it is a write, may
 * be under way. A folder recorded may already hold files: they count as durable.
 *
 * engine/system/file.h is recorded through io_recorder_ops. Other programs (LMDB) call the
 * io_recorder_on_… functions from a preloaded library (io_preload.c). One recording at a time;
 * calls from several threads are put in order by a mutex. */
#ifndef TESTS_SUPPORT_IO_RECORDER_H
#define TESTS_SUPPORT_IO_RECORDER_H

#include "engine/system/file.h"
#include "tests/support/random.h"

#include <stdbool.h>
#include <stdint.h>

enum io_event_kind {
	IO_EVENT_CREATE,      /* a new empty file of a name, or an existing one emptied */
	IO_EVENT_WRITE,
	IO_EVENT_RESIZE,      /* fallocate, ftruncate */
	IO_EVENT_SYNC,        /* of a file, returned */
	IO_EVENT_RENAME,
	IO_EVENT_REMOVE,
	IO_EVENT_SYNC_FOLDER, /* returned */
	IO_EVENT_MARK,
};

struct io_event {
	enum io_event_kind kind;
	uint32_t file;  /* number of the file; files keep theirs through renames */
	char *name;     /* CREATE, RENAME (the new one), REMOVE: below the folder; or NULL */
	char *old_name; /* RENAME; else NULL */
	uint64_t offset;
	uint64_t size; /* WRITE: bytes; RESIZE: the new length */
	uint8_t *data; /* WRITE: its bytes */
	uint32_t mark; /* MARK: what it means, the test's own number */
	uint64_t value;
};

/* What is left out on purpose, to see whether a test would notice. */
struct io_plant {
	uint64_t skip_sync;   /* the Nth sync of a file or folder does nothing; 0: none */
	void (*before_sync)(void *context); /* called before each sync of a file; may be NULL */
	void *context;
};

struct io_recorder;

/* Begins a recording of a folder; aborts when memory fails. */
struct io_recorder *io_recorder_begin(const char *folder, struct io_plant plant);
/* Stops recording; the events stay. */
void io_recorder_end(struct io_recorder *recorder);
void io_recorder_free(struct io_recorder *recorder);

/* The table for file_ops_replace; records into the recording that is going on, if any. */
const struct file_ops *io_recorder_ops(void);

void io_recorder_mark(struct io_recorder *recorder, uint32_t mark, uint64_t value);

uint32_t io_recorder_count(const struct io_recorder *recorder);
const struct io_event *io_recorder_event(const struct io_recorder *recorder, uint32_t index);
/* Syncs seen so far, skipped ones included. */
uint64_t io_recorder_syncs(const struct io_recorder *recorder);
/* The number of events when the plant left a sync out; 0: it did not. */
uint32_t io_recorder_skipped_at(const struct io_recorder *recorder);
/* What the Nth sync (from 1) was for: the name of the file or folder then; "" for the folder. */
const char *io_recorder_sync_name(const struct io_recorder *recorder, uint64_t number);

/* The value of the last mark of a kind before event `cut`; `none` if there is none. */
uint64_t io_recorder_last_mark(
    const struct io_recorder *recorder, uint32_t cut, uint32_t mark, uint64_t none);

enum io_cut_policy {
	IO_CUT_DROP,   /* nothing that is not synced has reached the disk */
	IO_CUT_KEEP,   /* all of it has, the write under way too */
	IO_CUT_TEAR,   /* each sector and each name by itself, by chance */
	IO_CUT_PREFIX, /* in order up to some sector; the rest not */
};

/* Builds in `folder` (made if missing, emptied of files) what a cut after event `cut` may leave. */
void io_recorder_image(const struct io_recorder *recorder, uint32_t cut, enum io_cut_policy policy,
    struct test_random *random, const char *folder);

/* Attaches to the preloaded library (io_preload.c), so that every file call of the program is
 * recorded, LMDB's too. Called first thing in main: where the library is not loaded it starts the
 * program again with it, from ../support/io_preload.so beside the program's folder or the path in
 * IO_PRELOAD. Then io_recorder_ops must not be used as well. Ends the program if it cannot. */
void io_recorder_attach(char **arguments);

/* For a preloaded library: the calls of a program that does not use engine/system/file.h. `path` is
 * absolute or as the program gave it; files outside the folder are ignored. on_write is called
 * before the write, the others after they returned well; before_sync says whether the sync is to be
 * skipped (the plant). */
void io_recorder_on_open(int descriptor, const char *path, int flags, bool existed);
void io_recorder_on_close(int descriptor);
void io_recorder_on_write(int descriptor, uint64_t offset, const void *bytes, uint64_t size);
void io_recorder_on_resize(int descriptor, uint64_t size);
bool io_recorder_before_sync(int descriptor);
void io_recorder_on_sync(int descriptor);
void io_recorder_on_rename(const char *from, const char *to);
void io_recorder_on_remove(const char *path);

#endif
