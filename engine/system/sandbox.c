/* See sandbox.h. Landlock has no wrapper in the C library of Debian 12, and its header there ends
 * with the second ABI: the calls are made by number, what later ABIs added is named here. */
#include "engine/system/sandbox.h"

#include "engine/base/assert.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Files ---- */

#define SANDBOX_ABI_FILES	1
#define SANDBOX_ABI_REFER	2
#define SANDBOX_ABI_TRUNCATE	3
#define SANDBOX_ABI_NETWORK	4
#define SANDBOX_ABI_IOCTL	5
#define SANDBOX_ABI_SCOPE	6
#define SANDBOX_FS_TRUNCATE	(UINT64_C(1) << 14)
#define SANDBOX_FS_IOCTL	(UINT64_C(1) << 15)
#define SANDBOX_NET_CONNECT_TCP (UINT64_C(1) << 1)
#define SANDBOX_SCOPE_SIGNAL	(UINT64_C(1) << 1)

/* struct landlock_ruleset_attr of ABI 6; earlier kernels read its beginning. */
struct sandbox_ruleset {
	uint64_t files;
	uint64_t network;
	uint64_t scope;
};

#define SANDBOX_RULESET_SIZE_FILES   8u
#define SANDBOX_RULESET_SIZE_NETWORK 16u
#define SANDBOX_RULESET_SIZE_SCOPE   24u
static_assert(sizeof(struct sandbox_ruleset) == SANDBOX_RULESET_SIZE_SCOPE, "the kernel's size");

#define SANDBOX_READS ((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR))
#define SANDBOX_WRITES                                                                             \
	(SANDBOX_READS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |             \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                            \
	 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER | SANDBOX_FS_TRUNCATE)
#define SANDBOX_OF_FILES                                                                           \
	((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |                 \
		    SANDBOX_FS_TRUNCATE))
#define SANDBOX_SOCKETS                                                                            \
	((uint64_t)(LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE))

/* Everything that an ABI can forbid is forbidden, but for what a rule allows. */
static struct sandbox_ruleset sandbox_ruleset_for(long abi)
{
	struct sandbox_ruleset ruleset = {
	    .files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1, /* all of the first */
	};

	if (abi >= SANDBOX_ABI_REFER)
		ruleset.files |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= SANDBOX_ABI_TRUNCATE)
		ruleset.files |= SANDBOX_FS_TRUNCATE;
	if (abi >= SANDBOX_ABI_NETWORK)
		ruleset.network = SANDBOX_NET_CONNECT_TCP;
	if (abi >= SANDBOX_ABI_IOCTL)
		ruleset.files |= SANDBOX_FS_IOCTL;
	if (abi >= SANDBOX_ABI_SCOPE)
		ruleset.scope = SANDBOX_SCOPE_SIGNAL;
	return ruleset;
}

static size_t sandbox_ruleset_size(long abi)
{
	if (abi >= SANDBOX_ABI_SCOPE)
		return SANDBOX_RULESET_SIZE_SCOPE;
	return abi >= SANDBOX_ABI_NETWORK ? SANDBOX_RULESET_SIZE_NETWORK
					  : SANDBOX_RULESET_SIZE_FILES;
}

static uint64_t sandbox_access_bits(enum sandbox_access access)
{
	switch (access) {
	case SANDBOX_READ:
		return SANDBOX_READS;
	case SANDBOX_WRITE:
		return SANDBOX_WRITES;
	case SANDBOX_SOCKET:
		return SANDBOX_SOCKETS;
	}
	ASSERT(false);
}

/* One folder into the rules. False: the kernel refused. */
static bool sandbox_allow(int rules, const struct sandbox_path *path, uint64_t handled,
			  uint32_t *allowed)
{
	struct landlock_path_beneath_attr rule = {
	    .allowed_access = sandbox_access_bits(path->access) & handled,
	};
	struct stat found;
	long done;

	rule.parent_fd = open(path->folder, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return true; /* not there: nothing below it is allowed */
	/* A file can only be allowed what files can. */
	if (fstat(rule.parent_fd, &found) != 0 || !S_ISDIR(found.st_mode))
		rule.allowed_access &= SANDBOX_OF_FILES;
	done = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	(void)close(rule.parent_fd);
	*allowed += 1;
	return done == 0;
}

enum result sandbox_confine_files(const struct sandbox_path *paths, uint32_t count,
				  struct sandbox_files *ret_files)
{
	struct sandbox_files files = {0, 0};
	struct sandbox_ruleset ruleset;
	bool good = true;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	int rules;

	ASSERT(count <= SANDBOX_PATHS_MAX);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0)
		return RESULT_CONFIG_INVALID;
	if (abi < SANDBOX_ABI_FILES) {
		*ret_files = files;
		return RESULT_OK;
	}
	ruleset = sandbox_ruleset_for(abi);
	rules = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sandbox_ruleset_size(abi), 0);
	if (rules < 0)
		return RESULT_CONFIG_INVALID;
	for (uint32_t i = 0; good && i < count; i++)
		good = sandbox_allow(rules, &paths[i], ruleset.files, &files.allowed);
	good = good && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	(void)close(rules);
	if (!good)
		return RESULT_CONFIG_INVALID;
	files.abi = (uint32_t)abi;
	*ret_files = files;
	return RESULT_OK;
}

/* ---- Calls ---- */

/* What the daemon, libevent, LMDB, OpenSSL and the C library's threads ask for. */
static const int sandbox_calls[] = {
    /* files */
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(close), SCMP_SYS(read), SCMP_SYS(pread64),
    SCMP_SYS(readv), SCMP_SYS(preadv), SCMP_SYS(write), SCMP_SYS(pwrite64), SCMP_SYS(writev),
    SCMP_SYS(pwritev), SCMP_SYS(lseek), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
    SCMP_SYS(sync_file_range), SCMP_SYS(ftruncate), SCMP_SYS(fallocate), SCMP_SYS(fadvise64),
    SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlink),
    SCMP_SYS(unlinkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir),
    SCMP_SYS(getdents64), SCMP_SYS(fcntl), SCMP_SYS(flock), SCMP_SYS(stat), SCMP_SYS(lstat),
    SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(fstatfs),
    SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd), SCMP_SYS(umask), SCMP_SYS(chmod), SCMP_SYS(fchmod),
    SCMP_SYS(copy_file_range), SCMP_SYS(sendfile), SCMP_SYS(dup), SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    /* connections that were accepted, and waiting for them */
    SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(connect), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
    SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(shutdown), SCMP_SYS(setsockopt),
    SCMP_SYS(getsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(socketpair),
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6),
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
    SCMP_SYS(eventfd2), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    /* memory, threads, time, signals */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(mincore),
    SCMP_SYS(msync), SCMP_SYS(mlock), SCMP_SYS(mlock2), SCMP_SYS(munlock), SCMP_SYS(futex),
    SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(membarrier), SCMP_SYS(exit),
    SCMP_SYS(exit_group), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(gettid),
    SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrusage),
    SCMP_SYS(getcpu), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(times),
    SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigtimedwait), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
};

/* What only somebody else's code in this process would call. */
static const int sandbox_kills[] = {
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd),
    SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(setuid), SCMP_SYS(setgid),
    SCMP_SYS(setreuid), SCMP_SYS(setregid), SCMP_SYS(setresuid), SCMP_SYS(setresgid),
    SCMP_SYS(setgroups), SCMP_SYS(setfsuid), SCMP_SYS(setfsgid), SCMP_SYS(capset),
    SCMP_SYS(chroot), SCMP_SYS(pivot_root), SCMP_SYS(mount), SCMP_SYS(umount2),
    SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(fsopen), SCMP_SYS(setns),
    SCMP_SYS(unshare), SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl),
    SCMP_SYS(open_by_handle_at), SCMP_SYS(personality), SCMP_SYS(reboot), SCMP_SYS(swapon),
    SCMP_SYS(swapoff), SCMP_SYS(acct), SCMP_SYS(quotactl), SCMP_SYS(iopl), SCMP_SYS(ioperm),
    SCMP_SYS(modify_ldt), SCMP_SYS(clock_settime), SCMP_SYS(settimeofday), SCMP_SYS(adjtimex),
    SCMP_SYS(mknod), SCMP_SYS(mknodat), SCMP_SYS(chown), SCMP_SYS(fchown), SCMP_SYS(lchown),
    SCMP_SYS(fchownat),
};

/* Calls that are judged by an argument: `action` when it compares so. Its second figure counts only
 * in a comparison under a mask. */
struct sandbox_rule {
	uint32_t action;
	int call;
	struct scmp_arg_cmp argument;
};

static int sandbox_add_rules(scmp_filter_ctx filter)
{
	const scmp_datum_t self = (scmp_datum_t)getpid();
	const struct sandbox_rule rules[] = {
	    /* To services of this machine; the network is closed, by Landlock as well. */
	    {SCMP_ACT_ALLOW, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0)},
	    {SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0)},
	    /* Threads, not processes. clone3 hides its flags: the C library goes on with clone. */
	    {SCMP_ACT_ALLOW, SCMP_SYS(clone),
	     SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)},
	    {SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)},
	    {SCMP_ACT_ALLOW, SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
	    {SCMP_ACT_ERRNO(EACCES), SCMP_SYS(mmap),
	     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC)},
	    {SCMP_ACT_ALLOW, SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
	    {SCMP_ACT_KILL_PROCESS, SCMP_SYS(mprotect),
	     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC)},
	    {SCMP_ACT_ALLOW, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, FIONBIO, 0)},
	    {SCMP_ACT_ALLOW, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, FIONREAD, 0)},
	    {SCMP_ACT_ALLOW, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0)},
	    {SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), SCMP_A2(SCMP_CMP_EQ, 0, 0)}, /* asks only */
	    /* To itself: abort. */
	    {SCMP_ACT_ALLOW, SCMP_SYS(kill), SCMP_A0(SCMP_CMP_EQ, self, 0)},
	    {SCMP_ACT_ALLOW, SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, self, 0)},
	};
	int error = 0;

	for (size_t i = 0; error == 0 && i < sizeof(rules) / sizeof(rules[0]); i++)
		error = seccomp_rule_add_array(filter, rules[i].action, rules[i].call, 1,
					       &rules[i].argument);
	return error;
}

static int sandbox_add_lists(scmp_filter_ctx filter)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < sizeof(sandbox_calls) / sizeof(sandbox_calls[0]); i++)
		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, sandbox_calls[i], 0, NULL);
	for (size_t i = 0; error == 0 && i < sizeof(sandbox_kills) / sizeof(sandbox_kills[0]); i++)
		error = seccomp_rule_add_array(filter, SCMP_ACT_KILL_PROCESS, sandbox_kills[i], 0,
					       NULL);
	return error;
}

enum result sandbox_filter_calls(bool *ret_filtered)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int error = -ENOMEM;

	if (filter == NULL)
		return RESULT_OUT_OF_MEMORY;
	if (seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
	    seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
	    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0)
		error = sandbox_add_rules(filter);
	if (error == 0)
		error = sandbox_add_lists(filter);
	if (error == 0) {
		*ret_filtered = seccomp_load(filter) == 0;
		seccomp_release(filter);
		return RESULT_OK;
	}
	seccomp_release(filter);
	return RESULT_OUT_OF_MEMORY;
}
