/* The durable echo server, see echo.h: options, files, threads.
 *
 * Prints `listening PORT` when it is ready and, after SIGTERM, its figures. */
#include "bench/peers/echo/echo.h"

#include "bench/support/figures.h"
#include "bench/support/machine.h"
#include "bench/support/options.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(rows)  (uint32_t)(sizeof(rows) / sizeof((rows)[0]))
#define SCRATCH_SIZE (8u << 20)
#define ALIGNMENT    4096u
#define BACKLOG      4096

/* What titolid answers to a redemption; --answer takes a real one. */
static const char usual_answer[] =
    "HTTP/1.1 201 Created\r\nDate: Mon, 23 Nov 2026 13:13:36 GMT\r\n"
    "Content-Type: application/json\r\nContent-Language: it\r\nCache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\nContent-Length: 153\r\n"
    "Request-Id: e4de55c99e34d2f800000002\r\nLedger-Seq: 4165433\r\n\r\n"
    "{\"result\":\"accepted\",\"redemption\":\"rdm_12345\",\"net_cents\":1130,"
    "\"gross_cents\":1187,\"units_left\":690,\"ledger_seq\":4165433,"
    "\"at\":\"2026-11-01T09:00:00+01:00\"}";

static struct echo echo;

static int on_message_complete(llhttp_t *parser)
{
	struct echo_client *client = parser->data;
	client->parsed++;
	return 0;
}

static void stop(int signal)
{
	(void)signal;
	atomic_store(&echo.is_stopping, true);
}

static void read_answer(void)
{
	char one[ECHO_ANSWER_SIZE_MAX];
	size_t size = sizeof(usual_answer) - 1;
	memcpy(one, usual_answer, size);
	if (echo.answer_file[0] != '\0') {
		FILE *file = fopen(echo.answer_file, "r");
		if (file == NULL)
			machine_die(echo.answer_file);
		size = fread(one, 1, sizeof(one), file);
		fclose(file);
		if (size == 0 || size == sizeof(one))
			machine_die("echo: the answer is empty or too long");
	}
	echo.answer_size = (uint32_t)size;
	for (uint32_t i = 0; i < ECHO_ANSWERS; i++)
		memcpy(echo.answers + i * size, one, size);
}

/* As titolid's segments: reserved, written with zeros, synced. */
static void open_journal(void)
{
	void *scratch;
	if (posix_memalign(&scratch, ALIGNMENT, SCRATCH_SIZE) != 0)
		machine_die("echo: memory");
	memset(scratch, 0, SCRATCH_SIZE);
	echo.scratch = scratch;
	echo.scratch_size = SCRATCH_SIZE;
	echo.file_size = echo.file_mib << 20;
	echo.journal = open(echo.file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (echo.journal < 0 ||
	    posix_fallocate(echo.journal, 0, (off_t)echo.file_size) != 0)
		machine_die(echo.file);
	for (uint64_t at = 0; at < echo.file_size; at += 1u << 20)
		if (pwrite(echo.journal, scratch, 1u << 20, (off_t)at) != 1 << 20)
			machine_die(echo.file);
	if (fsync(echo.journal) != 0)
		machine_die(echo.file);
	memset(scratch, 0x5A, SCRATCH_SIZE); /* the journal's bytes are not zero */
}

static void open_listener(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)echo.port)};
	socklen_t size = sizeof(address);
	int on = 1;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	echo.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (echo.listener < 0 ||
	    setsockopt(echo.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(echo.listener, (const void *)&address, size) != 0 ||
	    listen(echo.listener, BACKLOG) != 0 ||
	    getsockname(echo.listener, (void *)&address, &size) != 0)
		machine_die("echo: listen");
	echo.port = ntohs(address.sin_port);
}

static void read_options(int argc, char **argv)
{
	echo.design = DESIGN_EPOLL;
	echo.journal_bytes = 300;
	echo.file_mib = 64;
	echo.file = "";
	echo.answer_file = "";
	const struct option_row rows[] = {
	    {"port", OPTION_NUMBER, &echo.port, 0, 65535, NULL, "on 127.0.0.1; 0: any"},
	    {"design", OPTION_CHOICE, &echo.design, 0, 0, ECHO_DESIGNS, "of the network thread"},
	    {"file", OPTION_TEXT, &echo.file, 0, 0, NULL, "the journal; on the disk of titolid's"},
	    {"file-mib", OPTION_NUMBER, &echo.file_mib, 16, 65536, NULL, "used in rounds"},
	    {"journal-bytes", OPTION_NUMBER, &echo.journal_bytes, 1, 4096, NULL,
	     "for each request: as many as titolid's journal takes for a redemption"},
	    {"answer", OPTION_TEXT, &echo.answer_file, 0, 0, NULL,
	     "file with an answer of titolid (load --save-answer)"},
	};
	const struct option_table table = {"echo: a durable echo server", rows, COUNT(rows)};
	options_read(&table, argc, argv);
	if (echo.file[0] == '\0') {
		fprintf(stderr, "--file is needed\n");
		exit(2);
	}
}

static void report(void)
{
	static struct figures figures;
	figures_add(&figures, "requests", echo.requests, "requests");
	figures_add(&figures, "syncs", echo.syncs, "syncs");
	figures_add(&figures, "bytes", echo.bytes, "bytes");
	figures_print(&figures);
}

int main(int argc, char **argv)
{
	pthread_t ledger;
	pthread_t journal;
	read_options(argc, argv);
	machine_allow_files();
	read_answer();
	open_journal();
	open_listener();
	llhttp_settings_init(&echo.parsing);
	echo.parsing.on_message_complete = on_message_complete;
	echo_queue_open(&echo.to_ledger);
	echo_queue_open(&echo.to_journal);
	echo_queue_open(&echo.back);
	echo.wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (echo.wake < 0 || pthread_create(&ledger, NULL, echo_ledger_thread, &echo) != 0 ||
	    pthread_create(&journal, NULL, echo_journal_thread, &echo) != 0)
		machine_die("echo: threads");
	(void)signal(SIGTERM, stop);
	(void)signal(SIGINT, stop);
	printf("listening %u\n", (unsigned)echo.port);
	fflush(stdout);
	if (echo.design == DESIGN_BUFFEREVENT)
		net_bufferevent_run(&echo);
	else
		net_epoll_run(&echo);
	echo_queue_close(&echo.to_ledger);
	pthread_join(ledger, NULL);
	echo_queue_close(&echo.to_journal);
	pthread_join(journal, NULL);
	report();
	return 0;
}
