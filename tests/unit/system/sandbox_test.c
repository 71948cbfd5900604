/* The sandbox from inside: each case enters it in a child of its own, tries one thing, and the parent
 * sees how it ended. Machines whose kernel has no Landlock say so and skip what needs it. */
#include "engine/system/process.h"
#include "engine/system/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ENTERED_NOT 99 /* the sandbox itself could not be entered */
#define PATH_SIZE   256
#define NAME_SIZE   64
#define ABI_NETWORK 4 /* of Landlock */

/* Folders of the test, in a folder of its own that it stands in: paths stay short enough for sockets. */
#define INSIDE	 "inside"
#define READABLE "readable"
#define SOCKETS	 "sockets"
#define OUTSIDE	 "outside"

static void make_file(const char *folder)
{
	char path[NAME_SIZE];
	int file;

	assert_int_equal(mkdir(folder, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/file", folder);
	file = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(file >= 0);
	assert_int_equal(write(file, "x", 1), 1);
	close(file);
}

static int set_up(void **state)
{
	const char *folder = getenv("TEST_FOLDER");
	char base[PATH_SIZE];

	(void)state;
	assert_in_range(snprintf(base, sizeof(base), "%s/sandbox-XXXXXX",
				 folder == NULL ? "/tmp" : folder), 1, PATH_SIZE - 1);
	assert_non_null(mkdtemp(base));
	assert_int_equal(chdir(base), 0);
	make_file(INSIDE);
	make_file(READABLE);
	make_file(SOCKETS);
	make_file(OUTSIDE);
	return 0;
}

/* How a child ended: its exit code, or minus the signal. */
static int ended(int (*body)(void))
{
	pid_t child = fork();
	int status = 0;

	assert_true(child >= 0);
	if (child == 0) {
		/* No dump, no sanitizer's report of a signal that was asked for. */
		if (process_hide_memory() != RESULT_OK)
			_exit(ENTERED_NOT);
		(void)signal(SIGSYS, SIG_DFL);
		_exit(body());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- Files ---- */

static bool confine(void)
{
	const struct sandbox_path paths[] = {
	    {INSIDE, SANDBOX_WRITE},
	    {READABLE, SANDBOX_READ},
	    {SOCKETS, SANDBOX_SOCKET},
	    {"/nowhere/at/all", SANDBOX_WRITE},
	    {"/dev/null", SANDBOX_READ},
	};
	struct sandbox_files files;

	return sandbox_confine_files(paths, 5, &files) == RESULT_OK && files.abi > 0 &&
	       files.allowed == 4;
}

static int error_of(const char *path, int flags)
{
	int file = open(path, flags, 0600);

	return file >= 0 ? 0 : errno;
}

static int write_inside(void)
{
	if (!confine())
		return ENTERED_NOT;
	if (error_of(INSIDE "/new", O_CREAT | O_RDWR) != 0 ||
	    error_of(INSIDE "/file", O_RDWR | O_TRUNC) != 0)
		return 1;
	if (mkdir(INSIDE "/folder", 0700) != 0)
		return 2;
	return rename(INSIDE "/new", INSIDE "/folder/moved") == 0 &&
		       unlink(INSIDE "/folder/moved") == 0 && rmdir(INSIDE "/folder") == 0
		   ? 0
		   : 3;
}

static int read_readable(void)
{
	return confine() ? error_of(READABLE "/file", O_RDONLY) : ENTERED_NOT;
}

static int read_single_file(void)
{
	if (!confine() || error_of("/dev/null", O_RDONLY) != 0)
		return ENTERED_NOT;
	return error_of("/dev/zero", O_RDONLY);
}

static int write_readable(void)
{
	return confine() ? error_of(READABLE "/file", O_WRONLY) : ENTERED_NOT;
}

static int make_readable(void)
{
	return confine() ? error_of(READABLE "/new", O_CREAT | O_WRONLY) : ENTERED_NOT;
}

static int read_outside(void)
{
	return confine() ? error_of(OUTSIDE "/file", O_RDONLY) : ENTERED_NOT;
}

static int read_password_file(void)
{
	return confine() ? error_of("/etc/passwd", O_RDONLY) : ENTERED_NOT;
}

static int move_into_inside(void)
{
	if (!confine())
		return ENTERED_NOT;
	return rename(OUTSIDE "/file", INSIDE "/stolen") == 0 ? 0 : errno;
}

static int bind_in(const char *folder)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int made = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", folder);
	return bind(made, (struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : errno;
}

static int socket_in_its_folder(void)
{
	return confine() ? bind_in(SOCKETS) : ENTERED_NOT;
}

static int socket_elsewhere(void)
{
	return confine() ? bind_in(READABLE) : ENTERED_NOT;
}

static int execute_readable(void)
{
	char *const words[] = {(char[]){"true"}, NULL};

	if (!confine())
		return ENTERED_NOT;
	(void)execve("/bin/true", words, NULL);
	return errno;
}

static int connect_to_network(void)
{
	int made = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!confine())
		return ENTERED_NOT;
	return connect(made, (struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : errno;
}

static void files_outside_are_refused(void **state)
{
	int moved;

	(void)state;
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 1) {
		print_message("this kernel has no Landlock: the wall of files was not tried\n");
		return;
	}
	assert_int_equal(ended(write_inside), 0);
	assert_int_equal(ended(read_readable), 0);
	assert_int_equal(ended(read_single_file), EACCES);
	assert_int_equal(ended(write_readable), EACCES);
	assert_int_equal(ended(make_readable), EACCES);
	assert_int_equal(ended(read_outside), EACCES);
	assert_int_equal(ended(read_password_file), EACCES);
	moved = ended(move_into_inside);
	assert_true(moved == EACCES || moved == EXDEV);
	assert_int_equal(ended(socket_in_its_folder), 0);
	assert_int_equal(ended(socket_elsewhere), EACCES);
	assert_int_equal(ended(execute_readable), EACCES);
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= ABI_NETWORK)
		assert_int_equal(ended(connect_to_network), EACCES);
}

/* ---- Calls ---- */

static bool filter(void)
{
	bool filtered = false;

	return sandbox_filter_calls(&filtered) == RESULT_OK && filtered;
}

static int call_listed(void)
{
	char byte;
	int zeros = open("/dev/zero", O_RDONLY);

	if (!filter())
		return ENTERED_NOT;
	return read(zeros, &byte, 1) == 1 && getpid() > 0 && kill(getpid(), 0) == 0 ? 0 : 1;
}

static int call_program(void)
{
	char *const words[] = {(char[]){"true"}, NULL};

	if (!filter())
		return ENTERED_NOT;
	(void)execve("/bin/true", words, NULL);
	return 1;
}

static int call_fork(void)
{
	return !filter() ? ENTERED_NOT : syscall(SYS_fork) < 0;
}

static int call_clone_process(void)
{
	return !filter() ? ENTERED_NOT : syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) < 0;
}

static int call_clone3(void)
{
	return !filter() ? ENTERED_NOT : syscall(SYS_clone3, NULL, 0) < 0 && errno == ENOSYS ? 0 : 1;
}

static int call_internet_socket(void)
{
	return !filter() ? ENTERED_NOT : socket(AF_INET, SOCK_STREAM, 0) < 0;
}

static int call_unix_socket(void)
{
	return !filter() ? ENTERED_NOT : socket(AF_UNIX, SOCK_DGRAM, 0) < 0;
}

static int call_bind(void)
{
	int made = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr address = {.sa_family = AF_UNIX};

	return !filter() ? ENTERED_NOT : bind(made, &address, sizeof(address)) < 0;
}

static int call_trace(void)
{
	return !filter() ? ENTERED_NOT : syscall(SYS_ptrace, 0, 0, 0, 0) < 0;
}

static int call_other_user(void)
{
	return !filter() ? ENTERED_NOT : syscall(SYS_setuid, 1) < 0;
}

static int call_executable_pages(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return !filter() ? ENTERED_NOT : mprotect(page, 4096, PROT_READ | PROT_EXEC) < 0;
}

static int call_executable_mapping(void)
{
	void *page;

	if (!filter())
		return ENTERED_NOT;
	page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return page == MAP_FAILED ? errno : 0;
}

static int call_signal_to_parent(void)
{
	return !filter() ? ENTERED_NOT : kill(getppid(), 0) < 0 && errno == ENOSYS ? 0 : 1;
}

static int call_unlisted(void)
{
	return !filter() ? ENTERED_NOT : syscall(SYS_sethostname, "x", 1) < 0 && errno == ENOSYS ? 0 : 1;
}

static int call_without_privileges(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[PATH_SIZE];
	int found = 0;

	if (!filter() || status == NULL)
		return ENTERED_NOT;
	while (fgets(line, sizeof(line), status) != NULL)
		found += strcmp(line, "NoNewPrivs:\t1\n") == 0 || strcmp(line, "Seccomp:\t2\n") == 0;
	return found == 2 ? 0 : 1;
}

static void calls_are_filtered(void **state)
{
	(void)state;
	assert_int_equal(ended(call_listed), 0);
	assert_int_equal(ended(call_program), -SIGSYS);
	assert_int_equal(ended(call_fork), -SIGSYS);
	assert_int_equal(ended(call_clone_process), -SIGSYS);
	assert_int_equal(ended(call_clone3), 0);
	assert_int_equal(ended(call_internet_socket), -SIGSYS);
	assert_int_equal(ended(call_unix_socket), 0);
	assert_int_equal(ended(call_bind), -SIGSYS);
	assert_int_equal(ended(call_trace), -SIGSYS);
	assert_int_equal(ended(call_other_user), -SIGSYS);
	assert_int_equal(ended(call_executable_pages), -SIGSYS);
	assert_int_equal(ended(call_executable_mapping), EACCES);
	assert_int_equal(ended(call_signal_to_parent), 0);
	assert_int_equal(ended(call_unlisted), 0);
	assert_int_equal(ended(call_without_privileges), 0);
}

/* ---- The process ---- */

static int hide_memory(void)
{
	struct rlimit limit = {1, 1};

	if (process_hide_memory() != RESULT_OK)
		return ENTERED_NOT;
	return getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0 ? 0 : 1;
}

static int become_nobody(void)
{
	enum process_identity identity;

	if (process_become("nobody", &identity) != RESULT_OK || identity != PROCESS_CHANGED)
		return ENTERED_NOT;
	return geteuid() != 0 && getuid() == geteuid() && getegid() != 0 && setuid(0) != 0 ? 0 : 1;
}

static int become_unknown(void)
{
	enum process_identity identity;

	return process_become("no-such-user-here", &identity) == RESULT_CONFIG_INVALID ? 0 : 1;
}

static int become_root(void)
{
	enum process_identity identity;

	return process_become("root", &identity) == RESULT_CONFIG_INVALID ? 0 : 1;
}

static int stay(void)
{
	enum process_identity identity;

	if (process_become("", &identity) != RESULT_OK)
		return ENTERED_NOT;
	return identity == (geteuid() == 0 ? PROCESS_IS_ROOT : PROCESS_AS_STARTED) ? 0 : 1;
}

static int stay_who_is_not_root(void)
{
	enum process_identity identity;

	return process_become("nobody", &identity) == RESULT_OK && identity == PROCESS_AS_STARTED ? 0 : 1;
}

static void the_process_gives_up_what_it_has(void **state)
{
	(void)state;
	assert_int_equal(ended(hide_memory), 0);
	assert_int_equal(ended(stay), 0);
	if (geteuid() == 0) {
		assert_int_equal(ended(become_nobody), 0);
		assert_int_equal(ended(become_unknown), 0);
		assert_int_equal(ended(become_root), 0);
	} else {
		assert_int_equal(ended(stay_who_is_not_root), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(files_outside_are_refused),
	    cmocka_unit_test(calls_are_filtered),
	    cmocka_unit_test(the_process_gives_up_what_it_has),
	};

	return cmocka_run_group_tests_name("sandbox", tests, set_up, NULL);
}
