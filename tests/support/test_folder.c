/* Folders for tests: see test_folder.h. */
#include "tests/support/test_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 2048u

static void check(bool good, const char *what, const char *path)
{
	if (!good) {
		(void)fprintf(stderr, "%s %s: %s\n", what, path, strerrordesc_np(errno));
		abort();
	}
}

void test_folder_empty(const char *path)
{
	DIR *stream = opendir(path);
	check(stream != NULL, "opendir", path);
	for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
		char item[PATH_SIZE];
		struct stat status;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(item, sizeof(item), "%s/%s", path, entry->d_name);
		check(lstat(item, &status) == 0, "lstat", item);
		if (S_ISDIR(status.st_mode)) {
			test_folder_empty(item);
			check(rmdir(item) == 0, "rmdir", item);
		} else {
			check(unlink(item) == 0, "unlink", item);
		}
	}
	(void)closedir(stream);
}

void test_folder_make(const char *name, char ret_path[TEST_FOLDER_SIZE])
{
	const char *root = getenv("TEST_FOLDER");
	char parent[PATH_SIZE];
	if (root == NULL) {
		check(mkdir("build", 0755) == 0 || errno == EEXIST, "mkdir", "build");
		root = "build/test-folder";
		check(mkdir(root, 0755) == 0 || errno == EEXIST, "mkdir", root);
		/* Two programs by hand at once must not meet. */
		(void)snprintf(parent, sizeof(parent), "%s/%ld", root, (long)getpid());
		check(mkdir(parent, 0755) == 0 || errno == EEXIST, "mkdir", parent);
		root = parent;
	}
	char resolved[PATH_SIZE * 2];
	check(realpath(root, resolved) != NULL, "realpath", root);
	int size = snprintf(ret_path, TEST_FOLDER_SIZE, "%s/%s", resolved, name);
	check(size > 0 && (unsigned)size < TEST_FOLDER_SIZE, "too long", resolved);
	check(mkdir(ret_path, 0755) == 0 || errno == EEXIST, "mkdir", ret_path);
	test_folder_empty(ret_path);
}

static void copy_file(const char *from, const char *to, off_t size)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	check(in >= 0, "open", from);
	check(out >= 0, "open", to);
	for (off_t done = 0; done < size;) {
		ssize_t count = sendfile(out, in, NULL, (size_t)(size - done));
		check(count > 0, "sendfile", to);
		done += count;
	}
	(void)close(in);
	(void)close(out);
}

void test_folder_copy(const char *from, const char *to)
{
	test_folder_empty(to);
	DIR *stream = opendir(from);
	check(stream != NULL, "opendir", from);
	for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
		char source[PATH_SIZE];
		char target[PATH_SIZE];
		struct stat status;
		(void)snprintf(source, sizeof(source), "%s/%s", from, entry->d_name);
		(void)snprintf(target, sizeof(target), "%s/%s", to, entry->d_name);
		check(lstat(source, &status) == 0, "lstat", source);
		if (S_ISREG(status.st_mode))
			copy_file(source, target, status.st_size);
	}
	(void)closedir(stream);
}
