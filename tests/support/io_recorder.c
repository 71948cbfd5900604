/* Recording writes and building what a power cut leaves: see io_recorder.h for the model. */
#include "tests/support/io_recorder.h"

#include "tests/support/io_preload.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR_SIZE      512u
#define DESCRIPTORS_MAX  4096
#define PATH_SIZE        2048u
#define NO_FILE          UINT32_MAX

/* A name in the folder and the file it stands for. */
struct name {
	char *text; /* relative to the folder */
	uint32_t file;
};

struct names {
	struct name *items;
	uint32_t count;
};

/* A file that was there when the recording began. */
struct start_file {
	uint8_t *data;
	uint64_t size;
};

enum descriptor_kind {
	DESCRIPTOR_NONE = 0,
	DESCRIPTOR_FILE,
	DESCRIPTOR_FOLDER,
};

struct descriptor {
	enum descriptor_kind kind;
	bool writes_are_synced; /* O_DSYNC or O_SYNC */
	uint32_t file;
	uint32_t last_write; /* event of its last write + 1 */
	char *name;          /* folder: its name relative to the recorded one */
};

struct io_recorder {
	char folder[PATH_SIZE];
	struct io_plant plant;
	struct io_event *events;
	uint32_t count;
	uint32_t capacity;
	uint32_t files;       /* numbers given out */
	struct names start;   /* names at the beginning */
	struct start_file *start_files;
	struct names current; /* names now */
	struct descriptor descriptors[DESCRIPTORS_MAX];
	uint64_t syncs;
	uint32_t skipped_at;
	char **sync_names;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct io_recorder *active;

static void *must(void *memory)
{
	if (memory == NULL) {
		(void)fprintf(stderr, "io_recorder: out of memory\n");
		abort();
	}
	return memory;
}

static void check(bool good, const char *what)
{
	if (!good) {
		(void)fprintf(stderr, "io_recorder: %s: %s\n", what, strerrordesc_np(errno));
		abort();
	}
}

/* ---- Names ---- */

static uint32_t names_find(const struct names *names, const char *text)
{
	for (uint32_t index = 0; index < names->count; index++) {
		if (strcmp(names->items[index].text, text) == 0)
			return names->items[index].file;
	}
	return NO_FILE;
}

static void names_remove(struct names *names, const char *text)
{
	for (uint32_t index = 0; index < names->count; index++) {
		if (strcmp(names->items[index].text, text) != 0)
			continue;
		free(names->items[index].text);
		names->items[index] = names->items[--names->count];
		return;
	}
}

static void names_set(struct names *names, const char *text, uint32_t file)
{
	names_remove(names, text);
	names->items = must(realloc(names->items, (names->count + 1) * sizeof(struct name)));
	names->items[names->count++] = (struct name){.text = must(strdup(text)), .file = file};
}

static struct names names_copy(const struct names *names)
{
	struct names copy = {0};
	for (uint32_t index = 0; index < names->count; index++)
		names_set(&copy, names->items[index].text, names->items[index].file);
	return copy;
}

static void names_free(struct names *names)
{
	for (uint32_t index = 0; index < names->count; index++)
		free(names->items[index].text);
	free(names->items);
	*names = (struct names){0};
}

/* The folder part of a relative name, "" for the top. */
static void parent_of(const char *name, char ret_parent[PATH_SIZE])
{
	const char *slash = strrchr(name, '/');
	size_t size = slash == NULL ? 0 : (size_t)(slash - name);
	memcpy(ret_parent, name, size);
	ret_parent[size] = '\0';
}

/* The name relative to the recorded folder; NULL: outside it. */
static const char *relative(const struct io_recorder *recorder, const char *path)
{
	size_t size = strlen(recorder->folder);
	if (strncmp(path, recorder->folder, size) != 0)
		return NULL;
	if (path[size] == '\0')
		return path + size;
	return path[size] == '/' ? path + size + 1 : NULL;
}

/* ---- Recording ---- */

static struct io_event *add(struct io_recorder *recorder, enum io_event_kind kind, uint32_t file)
{
	if (recorder->count == recorder->capacity) {
		recorder->capacity = recorder->capacity == 0 ? 1024 : recorder->capacity * 2;
		recorder->events = must(
		    realloc(recorder->events, recorder->capacity * sizeof(struct io_event)));
	}
	struct io_event *event = &recorder->events[recorder->count++];
	*event = (struct io_event){.kind = kind, .file = file};
	return event;
}

static void load_start(struct io_recorder *recorder, const char *relative_folder)
{
	char path[PATH_SIZE * 2];
	(void)snprintf(path, sizeof(path), "%s/%s", recorder->folder, relative_folder);
	DIR *stream = opendir(path);
	check(stream != NULL, "opendir");
	for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
		char name[PATH_SIZE];
		struct stat status;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(name, sizeof(name), "%s%s%s", relative_folder,
		    relative_folder[0] == '\0' ? "" : "/", entry->d_name);
		(void)snprintf(path, sizeof(path), "%s/%s", recorder->folder, name);
		check(stat(path, &status) == 0, "stat");
		if (S_ISDIR(status.st_mode)) {
			load_start(recorder, name);
			continue;
		}
		if (!S_ISREG(status.st_mode))
			continue;
		struct start_file file = {.size = (uint64_t)status.st_size};
		file.data = must(calloc(1, file.size + 1));
		int descriptor = open(path, O_RDONLY | O_CLOEXEC);
		check(descriptor >= 0, "open");
		check(pread(descriptor, file.data, file.size, 0) == (ssize_t)file.size, "pread");
		(void)close(descriptor);
		recorder->start_files = must(realloc(
		    recorder->start_files, (recorder->files + 1) * sizeof(struct start_file)));
		recorder->start_files[recorder->files] = file;
		names_set(&recorder->start, name, recorder->files);
		recorder->files++;
	}
	(void)closedir(stream);
}

struct io_recorder *io_recorder_begin(const char *folder, struct io_plant plant)
{
	struct io_recorder *recorder = must(calloc(1, sizeof(*recorder)));
	check(strlen(folder) < PATH_SIZE, "folder");
	memcpy(recorder->folder, folder, strlen(folder) + 1);
	recorder->plant = plant;
	load_start(recorder, "");
	recorder->current = names_copy(&recorder->start);
	(void)pthread_mutex_lock(&mutex);
	active = recorder;
	(void)pthread_mutex_unlock(&mutex);
	return recorder;
}

void io_recorder_end(struct io_recorder *recorder)
{
	(void)pthread_mutex_lock(&mutex);
	if (active == recorder)
		active = NULL;
	(void)pthread_mutex_unlock(&mutex);
}

void io_recorder_free(struct io_recorder *recorder)
{
	if (recorder == NULL)
		return;
	io_recorder_end(recorder);
	for (uint32_t index = 0; index < recorder->count; index++) {
		free(recorder->events[index].name);
		free(recorder->events[index].old_name);
		free(recorder->events[index].data);
	}
	for (uint32_t index = 0; index < recorder->start.count; index++)
		free(recorder->start_files[index].data);
	for (uint64_t index = 0; index < recorder->syncs; index++)
		free(recorder->sync_names[index]);
	for (int index = 0; index < DESCRIPTORS_MAX; index++)
		free(recorder->descriptors[index].name);
	free(recorder->sync_names);
	free(recorder->start_files);
	free(recorder->events);
	names_free(&recorder->start);
	names_free(&recorder->current);
	free(recorder);
}

static struct descriptor *descriptor_of(int descriptor)
{
	if (active == NULL || descriptor < 0 || descriptor >= DESCRIPTORS_MAX)
		return NULL;
	struct descriptor *found = &active->descriptors[descriptor];
	return found->kind == DESCRIPTOR_NONE ? NULL : found;
}

static void on_open_locked(int descriptor, const char *path, int flags, bool existed)
{
	const char *name = relative(active, path);
	if (name == NULL || descriptor >= DESCRIPTORS_MAX || (flags & O_PATH) != 0)
		return;
	struct descriptor *slot = &active->descriptors[descriptor];
	free(slot->name);
	*slot = (struct descriptor){.kind = DESCRIPTOR_FILE};
	slot->writes_are_synced = (flags & O_DSYNC) != 0;
	struct stat status;
	if (fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
		slot->kind = DESCRIPTOR_FOLDER;
		slot->name = must(strdup(name));
		return;
	}
	uint32_t file = existed ? names_find(&active->current, name) : NO_FILE;
	if (file == NO_FILE || (flags & O_TRUNC) != 0) {
		file = active->files++;
		names_set(&active->current, name, file);
		add(active, IO_EVENT_CREATE, file)->name = must(strdup(name));
	}
	slot->file = file;
}

void io_recorder_on_open(int descriptor, const char *path, int flags, bool existed)
{
	(void)pthread_mutex_lock(&mutex);
	if (active != NULL && descriptor >= 0)
		on_open_locked(descriptor, path, flags, existed);
	(void)pthread_mutex_unlock(&mutex);
}

void io_recorder_on_close(int descriptor)
{
	(void)pthread_mutex_lock(&mutex);
	struct descriptor *slot = descriptor_of(descriptor);
	if (slot != NULL)
		slot->kind = DESCRIPTOR_NONE;
	(void)pthread_mutex_unlock(&mutex);
}

void io_recorder_on_write(int descriptor, uint64_t offset, const void *bytes, uint64_t size)
{
	(void)pthread_mutex_lock(&mutex);
	struct descriptor *slot = descriptor_of(descriptor);
	if (slot != NULL && size > 0) {
		struct io_event *event = add(active, IO_EVENT_WRITE, slot->file);
		event->offset = offset;
		event->size = size;
		event->data = must(malloc(size));
		memcpy(event->data, bytes, size);
		if (slot->writes_are_synced) {
			/* Durable by itself when it returns, which is before the next event. */
			uint64_t number = active->count;
			add(active, IO_EVENT_SYNC, slot->file)->value = number;
		}
	}
	(void)pthread_mutex_unlock(&mutex);
}

void io_recorder_on_resize(int descriptor, uint64_t size)
{
	(void)pthread_mutex_lock(&mutex);
	struct descriptor *slot = descriptor_of(descriptor);
	if (slot != NULL)
		add(active, IO_EVENT_RESIZE, slot->file)->size = size;
	(void)pthread_mutex_unlock(&mutex);
}

static const char *name_of_file(const struct names *names, uint32_t file)
{
	for (uint32_t index = 0; index < names->count; index++) {
		if (names->items[index].file == file)
			return names->items[index].text;
	}
	return "(removed)";
}

bool io_recorder_before_sync(int descriptor)
{
	bool skip = false;
	void (*before)(void *context) = NULL;
	void *context = NULL;
	(void)pthread_mutex_lock(&mutex);
	struct descriptor *slot = descriptor_of(descriptor);
	if (slot != NULL) {
		bool folder = slot->kind == DESCRIPTOR_FOLDER;
		const char *name = folder ? slot->name : name_of_file(&active->current, slot->file);
		active->sync_names = must(realloc(
		    active->sync_names, (size_t)(active->syncs + 1) * sizeof(char *)));
		active->sync_names[active->syncs++] = must(strdup(name));
		skip = active->syncs == active->plant.skip_sync;
		if (skip)
			active->skipped_at = active->count;
		before = folder ? NULL : active->plant.before_sync;
		context = active->plant.context;
	}
	(void)pthread_mutex_unlock(&mutex);
	if (before != NULL)
		before(context);
	return skip;
}

void io_recorder_on_sync(int descriptor)
{
	(void)pthread_mutex_lock(&mutex);
	struct descriptor *slot = descriptor_of(descriptor);
	if (slot != NULL && slot->kind == DESCRIPTOR_FILE)
		(void)add(active, IO_EVENT_SYNC, slot->file);
	else if (slot != NULL)
		add(active, IO_EVENT_SYNC_FOLDER, NO_FILE)->name = must(strdup(slot->name));
	(void)pthread_mutex_unlock(&mutex);
}

void io_recorder_on_rename(const char *from, const char *to)
{
	(void)pthread_mutex_lock(&mutex);
	const char *old_name = active == NULL ? NULL : relative(active, from);
	const char *name = active == NULL ? NULL : relative(active, to);
	if (old_name != NULL && name != NULL) {
		uint32_t file = names_find(&active->current, old_name);
		struct io_event *event = add(active, IO_EVENT_RENAME, file);
		event->name = must(strdup(name));
		event->old_name = must(strdup(old_name));
		names_remove(&active->current, event->old_name);
		names_set(&active->current, name, file);
	}
	(void)pthread_mutex_unlock(&mutex);
}

void io_recorder_on_remove(const char *path)
{
	(void)pthread_mutex_lock(&mutex);
	const char *name = active == NULL ? NULL : relative(active, path);
	if (name != NULL) {
		add(active, IO_EVENT_REMOVE, NO_FILE)->name = must(strdup(name));
		names_remove(&active->current, name);
	}
	(void)pthread_mutex_unlock(&mutex);
}

void io_recorder_mark(struct io_recorder *recorder, uint32_t mark, uint64_t value)
{
	(void)pthread_mutex_lock(&mutex);
	struct io_event *event = add(recorder, IO_EVENT_MARK, NO_FILE);
	event->mark = mark;
	event->value = value;
	(void)pthread_mutex_unlock(&mutex);
}

uint32_t io_recorder_count(const struct io_recorder *recorder)
{
	return recorder->count;
}

const struct io_event *io_recorder_event(const struct io_recorder *recorder, uint32_t index)
{
	check(index < recorder->count, "event index");
	return &recorder->events[index];
}

uint64_t io_recorder_syncs(const struct io_recorder *recorder)
{
	return recorder->syncs;
}

uint32_t io_recorder_skipped_at(const struct io_recorder *recorder)
{
	return recorder->skipped_at;
}

const char *io_recorder_sync_name(const struct io_recorder *recorder, uint64_t number)
{
	check(number >= 1 && number <= recorder->syncs, "sync number");
	return recorder->sync_names[number - 1];
}

uint64_t io_recorder_last_mark(
    const struct io_recorder *recorder, uint32_t cut, uint32_t mark, uint64_t none)
{
	uint64_t value = none;
	for (uint32_t index = 0; index < cut && index < recorder->count; index++) {
		const struct io_event *event = &recorder->events[index];
		if (event->kind == IO_EVENT_MARK && event->mark == mark)
			value = event->value;
	}
	return value;
}

/* ---- The table for engine/system/file.h ---- */

static int ops_open(const char *path, int flags, mode_t mode)
{
	struct stat status;
	bool existed = stat(path, &status) == 0;
	int descriptor = file_ops_kernel()->open(path, flags, mode);
	int error = errno;
	io_recorder_on_open(descriptor, path, flags, existed);
	errno = error;
	return descriptor;
}

static int ops_close(int descriptor)
{
	io_recorder_on_close(descriptor);
	return file_ops_kernel()->close(descriptor);
}

static ssize_t ops_pread(int descriptor, void *bytes, size_t size, off_t offset)
{
	return file_ops_kernel()->pread(descriptor, bytes, size, offset);
}

static ssize_t ops_pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
	io_recorder_on_write(descriptor, (uint64_t)offset, bytes, size);
	ssize_t done = file_ops_kernel()->pwrite(descriptor, bytes, size, offset);
	check(done == (ssize_t)size, "pwrite");
	return done;
}

/* The recording, not the disk, is what this is about: nothing is really synced. */
static int ops_sync(int descriptor)
{
	if (!io_recorder_before_sync(descriptor))
		io_recorder_on_sync(descriptor);
	return 0;
}

static int ops_fallocate(int descriptor, int mode, off_t offset, off_t size)
{
	int failed = file_ops_kernel()->fallocate(descriptor, mode, offset, size);
	if (failed == 0)
		io_recorder_on_resize(descriptor, (uint64_t)(offset + size));
	return failed;
}

static int ops_rename(const char *from, const char *to)
{
	int failed = file_ops_kernel()->rename(from, to);
	if (failed == 0)
		io_recorder_on_rename(from, to);
	return failed;
}

static int ops_unlink(const char *path)
{
	int failed = file_ops_kernel()->unlink(path);
	int error = errno;
	if (failed == 0)
		io_recorder_on_remove(path);
	errno = error;
	return failed;
}

static int ops_mkdir(const char *path, mode_t mode)
{
	return file_ops_kernel()->mkdir(path, mode);
}

static int ops_fstat(int descriptor, struct stat *ret_stat)
{
	return file_ops_kernel()->fstat(descriptor, ret_stat);
}

static int ops_statvfs(const char *path, struct statvfs *ret_stat)
{
	return file_ops_kernel()->statvfs(path, ret_stat);
}

static int ops_flock(int descriptor, int operation)
{
	return file_ops_kernel()->flock(descriptor, operation);
}

static const struct file_ops recorder_ops = {
	.open = ops_open,
	.close = ops_close,
	.pread = ops_pread,
	.pwrite = ops_pwrite,
	.fdatasync = ops_sync,
	.fsync = ops_sync,
	.syncfs = ops_sync, /* of the folder alone: less than the kernel does */
	.fallocate = ops_fallocate,
	.rename = ops_rename,
	.unlink = ops_unlink,
	.mkdir = ops_mkdir,
	.fstat = ops_fstat,
	.statvfs = ops_statvfs,
	.flock = ops_flock,
};

const struct file_ops *io_recorder_ops(void)
{
	return &recorder_ops;
}

/* ---- The preloaded library ---- */

static const struct io_preload_hooks preload_hooks = {
	.on_open = io_recorder_on_open,
	.on_close = io_recorder_on_close,
	.on_write = io_recorder_on_write,
	.on_resize = io_recorder_on_resize,
	.before_sync = io_recorder_before_sync,
	.on_sync = io_recorder_on_sync,
	.on_rename = io_recorder_on_rename,
	.on_remove = io_recorder_on_remove,
};

static void start_again(char **arguments)
{
	char program[PATH_SIZE];
	char library[PATH_SIZE + 64];
	const char *given = getenv("IO_PRELOAD");
	check(getenv("LD_PRELOAD") == NULL, "the preloaded library did not load");
	ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
	check(size > 0, "readlink");
	program[size] = '\0';
	char *slash = strrchr(program, '/');
	check(slash != NULL, "program");
	(void)snprintf(library, sizeof(library), "%.*s/../support/io_preload.so",
	    (int)(slash - program), program);
	given = given == NULL ? library : given;
	check(setenv("LD_PRELOAD", given, 1) == 0, "setenv"); /* banned: one thread, before exec */
	(void)execv("/proc/self/exe", arguments);
	check(false, "execv");
}

void io_recorder_attach(char **arguments)
{
	void *symbol = dlsym(RTLD_DEFAULT, "io_preload_set");
	void (*set)(const struct io_preload_hooks *hooks) = NULL;
	if (symbol == NULL)
		start_again(arguments);
	memcpy(&set, &symbol, sizeof(set));
	set(&preload_hooks);
}

/* ---- Images ---- */

/* One file while an image is built: what is durable, and which events are not. */
struct file_image {
	uint8_t *data;
	uint64_t size;
	uint64_t capacity;
	uint32_t *pending; /* WRITE and RESIZE events, in order */
	uint32_t pending_count;
};

struct image {
	const struct io_recorder *recorder;
	struct test_random *random;
	enum io_cut_policy policy;
	struct file_image *files;
	struct names names;      /* durable */
	uint32_t *name_events;   /* CREATE, RENAME and REMOVE events that are not */
	uint32_t name_event_count;
};

static void grow(struct file_image *file, uint64_t size)
{
	if (size > file->capacity) {
		uint64_t capacity = size * 2;
		file->data = must(realloc(file->data, capacity));
		memset(file->data + file->capacity, 0, capacity - file->capacity);
		file->capacity = capacity;
	}
	if (size > file->size)
		file->size = size;
}

static void resize(struct file_image *file, uint64_t size)
{
	grow(file, size);
	if (size < file->size)
		memset(file->data + size, 0, file->size - size);
	file->size = size;
}

static void apply_bytes(struct file_image *file, const struct io_event *event, uint64_t skip,
    uint64_t size)
{
	grow(file, event->offset + skip + size);
	memcpy(file->data + event->offset + skip, event->data + skip, size);
}

static void apply_event(struct file_image *file, const struct io_event *event)
{
	/* fallocate never shortens a file; the recorder knows no other resize. */
	if (event->kind == IO_EVENT_RESIZE)
		grow(file, event->size);
	else
		apply_bytes(file, event, 0, event->size);
}

static void add_pending(uint32_t **list, uint32_t *count, uint32_t event)
{
	*list = must(realloc(*list, (*count + 1) * sizeof(uint32_t)));
	(*list)[(*count)++] = event;
}

/* A sync returned: everything pending is durable; or only the one write that was synced by
 * itself. */
static void make_durable(struct image *image, const struct io_event *sync)
{
	struct file_image *file = &image->files[sync->file];
	uint32_t kept = 0;
	for (uint32_t index = 0; index < file->pending_count; index++) {
		uint32_t number = file->pending[index];
		if (sync->value == 0 || number + 1 == sync->value)
			apply_event(file, &image->recorder->events[number]);
		else
			file->pending[kept++] = number;
	}
	file->pending_count = kept;
}

static void apply_name(struct names *names, const struct io_event *event)
{
	if (event->kind == IO_EVENT_REMOVE) {
		names_remove(names, event->name);
		return;
	}
	if (event->kind == IO_EVENT_RENAME)
		names_remove(names, event->old_name);
	names_set(names, event->name, event->file);
}

static void make_names_durable(struct image *image, const char *folder)
{
	uint32_t kept = 0;
	for (uint32_t index = 0; index < image->name_event_count; index++) {
		uint32_t number = image->name_events[index];
		const struct io_event *event = &image->recorder->events[number];
		char parent[PATH_SIZE];
		parent_of(event->name, parent);
		if (strcmp(parent, folder) == 0)
			apply_name(&image->names, event);
		else
			image->name_events[kept++] = number;
	}
	image->name_event_count = kept;
}

static void take_event(struct image *image, uint32_t number)
{
	const struct io_event *event = &image->recorder->events[number];
	struct file_image *file = NULL;
	switch (event->kind) {
	case IO_EVENT_WRITE:
	case IO_EVENT_RESIZE:
		file = &image->files[event->file];
		add_pending(&file->pending, &file->pending_count, number);
		break;
	case IO_EVENT_SYNC:
		make_durable(image, event);
		break;
	case IO_EVENT_CREATE:
	case IO_EVENT_RENAME:
	case IO_EVENT_REMOVE:
		add_pending(&image->name_events, &image->name_event_count, number);
		break;
	case IO_EVENT_SYNC_FOLDER:
		make_names_durable(image, event->name);
		break;
	case IO_EVENT_MARK:
		break;
	}
}

/* The part of a write that lies in one sector. */
struct piece {
	uint64_t skip; /* bytes of the write before it */
	uint64_t size;
};

static struct piece piece_of(const struct io_event *event, uint64_t sector)
{
	uint64_t begin = sector * SECTOR_SIZE;
	uint64_t end = begin + SECTOR_SIZE;
	if (begin < event->offset)
		begin = event->offset;
	if (end > event->offset + event->size)
		end = event->offset + event->size;
	return (struct piece){begin - event->offset, end - begin};
}

static uint64_t first_sector(const struct io_event *event)
{
	return event->offset / SECTOR_SIZE;
}

static uint64_t last_sector(const struct io_event *event)
{
	return (event->offset + event->size - 1) / SECTOR_SIZE;
}

/* Each sector is as one of the writes to it left it, or as it was, by chance. */
static void tear_file(struct image *image, struct file_image *file)
{
	const struct io_event *events = image->recorder->events;
	uint64_t sectors = 0;
	for (uint32_t index = 0; index < file->pending_count; index++) {
		const struct io_event *event = &events[file->pending[index]];
		if (event->kind == IO_EVENT_WRITE && last_sector(event) + 1 > sectors)
			sectors = last_sector(event) + 1;
	}
	uint32_t *touched = must(calloc(sectors + 1, sizeof(uint32_t)));
	uint32_t *chosen = must(calloc(sectors + 1, sizeof(uint32_t)));
	for (uint32_t index = 0; index < file->pending_count; index++) {
		const struct io_event *event = &events[file->pending[index]];
		if (event->kind != IO_EVENT_WRITE)
			continue;
		for (uint64_t sector = first_sector(event); sector <= last_sector(event); sector++)
			touched[sector]++;
	}
	for (uint64_t sector = 0; sector < sectors; sector++) {
		chosen[sector] = (uint32_t)test_random_below(image->random, touched[sector] + 1u);
		touched[sector] = 0;
	}
	for (uint32_t index = 0; index < file->pending_count; index++) {
		const struct io_event *event = &events[file->pending[index]];
		if (event->kind == IO_EVENT_RESIZE) {
			if (test_random_below(image->random, 2) == 0)
				grow(file, event->size);
			continue;
		}
		uint64_t last = last_sector(event);
		for (uint64_t sector = first_sector(event); sector <= last; sector++) {
			struct piece piece = piece_of(event, sector);
			if (touched[sector]++ < chosen[sector])
				apply_bytes(file, event, piece.skip, piece.size);
		}
	}
	free(touched);
	free(chosen);
}

/* In order up to some sector; the rest not. */
static void cut_file(struct image *image, struct file_image *file)
{
	const struct io_event *events = image->recorder->events;
	uint64_t total = 0;
	for (uint32_t index = 0; index < file->pending_count; index++) {
		const struct io_event *event = &events[file->pending[index]];
		total += event->kind == IO_EVENT_WRITE
		    ? last_sector(event) - first_sector(event) + 1 : 1;
	}
	uint64_t left = test_random_below(image->random, total + 1);
	for (uint32_t index = 0; index < file->pending_count && left > 0; index++) {
		const struct io_event *event = &events[file->pending[index]];
		if (event->kind == IO_EVENT_RESIZE) {
			grow(file, event->size);
			left--;
			continue;
		}
		for (uint64_t sector = first_sector(event);
		     sector <= last_sector(event) && left > 0; sector++, left--) {
			struct piece piece = piece_of(event, sector);
			apply_bytes(file, event, piece.skip, piece.size);
		}
	}
}

static void settle_file(struct image *image, struct file_image *file)
{
	const struct io_event *events = image->recorder->events;
	switch (image->policy) {
	case IO_CUT_DROP:
		break;
	case IO_CUT_KEEP:
		for (uint32_t index = 0; index < file->pending_count; index++)
			apply_event(file, &events[file->pending[index]]);
		break;
	case IO_CUT_TEAR:
		tear_file(image, file);
		break;
	case IO_CUT_PREFIX:
		cut_file(image, file);
		break;
	}
}

static void settle_names(struct image *image)
{
	uint64_t prefix = test_random_below(image->random, image->name_event_count + 1u);
	for (uint32_t index = 0; index < image->name_event_count; index++) {
		bool keep = false;
		switch (image->policy) {
		case IO_CUT_DROP:
			break;
		case IO_CUT_KEEP:
			keep = true;
			break;
		case IO_CUT_TEAR:
			keep = test_random_below(image->random, 2) == 0;
			break;
		case IO_CUT_PREFIX:
			keep = index < prefix;
			break;
		}
		uint32_t number = image->name_events[index];
		if (keep)
			apply_name(&image->names, &image->recorder->events[number]);
	}
}

static void empty_folder(const char *folder)
{
	check(mkdir(folder, 0700) == 0 || errno == EEXIST, "mkdir");
	DIR *stream = opendir(folder);
	check(stream != NULL, "opendir");
	for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
		char path[PATH_SIZE * 2];
		struct stat status;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		check(lstat(path, &status) == 0, "lstat");
		if (S_ISDIR(status.st_mode)) {
			empty_folder(path);
			check(rmdir(path) == 0, "rmdir");
		} else {
			check(unlink(path) == 0, "unlink");
		}
	}
	(void)closedir(stream);
}

static void write_files(const struct image *image, const char *folder)
{
	for (uint32_t index = 0; index < image->names.count; index++) {
		const struct name *name = &image->names.items[index];
		const struct file_image *file = &image->files[name->file];
		char path[PATH_SIZE * 2];
		char parent[PATH_SIZE];
		parent_of(name->text, parent);
		if (parent[0] != '\0') {
			(void)snprintf(path, sizeof(path), "%s/%s", folder, parent);
			check(mkdir(path, 0700) == 0 || errno == EEXIST, "mkdir");
		}
		(void)snprintf(path, sizeof(path), "%s/%s", folder, name->text);
		int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		check(descriptor >= 0, "open");
		if (file->size > 0)
			check(write(descriptor, file->data, file->size) == (ssize_t)file->size,
			    "write");
		(void)close(descriptor);
	}
}

void io_recorder_image(const struct io_recorder *recorder, uint32_t cut, enum io_cut_policy policy,
    struct test_random *random, const char *folder)
{
	struct image image = {
		.recorder = recorder,
		.random = random,
		.policy = policy,
		.files = must(calloc(recorder->files + 1u, sizeof(struct file_image))),
		.names = names_copy(&recorder->start),
	};
	for (uint32_t index = 0; index < recorder->start.count; index++) {
		resize(&image.files[index], recorder->start_files[index].size);
		if (recorder->start_files[index].size > 0)
			memcpy(image.files[index].data, recorder->start_files[index].data,
			    recorder->start_files[index].size);
	}
	for (uint32_t number = 0; number < cut && number < recorder->count; number++)
		take_event(&image, number);
	if (cut < recorder->count) {
		enum io_event_kind kind = recorder->events[cut].kind;
		if (kind != IO_EVENT_SYNC && kind != IO_EVENT_SYNC_FOLDER)
			take_event(&image, cut);
	}
	for (uint32_t file = 0; file < recorder->files; file++)
		settle_file(&image, &image.files[file]);
	settle_names(&image);
	empty_folder(folder);
	write_files(&image, folder);
	for (uint32_t file = 0; file < recorder->files; file++) {
		free(image.files[file].data);
		free(image.files[file].pending);
	}
	free(image.files);
	free(image.name_events);
	names_free(&image.names);
}
