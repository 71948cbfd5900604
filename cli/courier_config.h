/* The courier's own configuration: where files wait, which hosts it may speak to, how each
 * destination is reached. Secrets stand here or in files that are named here, never in the ledger.
 *
 *	outbox = /var/lib/titoli-courier/outbox
 *	allow = bank.example dav.example:8443 /srv/protocollo
 *	[TESORERIA]
 *	user = titoli
 *	key_file = credential:tesoreria-key
 *	known_hosts = /etc/titoli/known_hosts
 *
 * `credential:NAME` is a file of systemd's LoadCredential. A key that is unknown or repeated stops
 * the program, as does a secret written into a file that others may read. */
#ifndef CLI_COURIER_CONFIG_H
#define CLI_COURIER_CONFIG_H

#include "connectors/delivery/transfer.h"

#define COURIER_PATH_SIZE	 1024u
#define COURIER_DESTINATIONS_MAX 256u

enum courier_text {
	COURIER_CA_FILE,
	COURIER_CERTIFICATE,
	COURIER_CERTIFICATE_KEY,
	COURIER_TOKEN,
	COURIER_USER,
	COURIER_PASSWORD,
	COURIER_KEY_FILE,
	COURIER_KNOWN_HOSTS,
	COURIER_SECRET,
	COURIER_TEXTS,
};

/* How one destination is reached. */
struct courier_section {
	char code[17];
	char *texts[COURIER_TEXTS]; /* NULL: not given; secrets of files are read in here */
	uint32_t parallel;	    /* deliveries at a time */
	bool honours_key;
};

struct courier_config {
	char outbox[COURIER_PATH_SIZE];
	char state[COURIER_PATH_SIZE]; /* folder: lock and name of this courier */
	char allow[COURIER_PATH_SIZE * 4];
	uint32_t poll_s;
	uint32_t lease_s;
	uint32_t size_max_kib;
	uint32_t answer_max_kib;
	uint32_t backoff_s;
	uint32_t backoff_max_s;
	bool keep_sent; /* files stay in the outbox after they arrived */
	struct transfer_limits limits;
	struct courier_section sections[COURIER_DESTINATIONS_MAX];
	uint32_t section_count;
	char fault[512]; /* why courier_config_load failed: file, line, what */
};

/* RESULT_OK or RESULT_CONFIG_INVALID with the fault told. To be freed either way. */
MUST_CHECK enum result courier_config_load(struct courier_config *config, const char *path);
void courier_config_free(struct courier_config *config);

/* NULL: this courier does not serve it. */
const struct courier_section *courier_config_find(const struct courier_config *config,
						  const char *code);

/* What a transfer needs of it; borrowed. */
struct transfer_access courier_config_access(const struct courier_section *section);

#endif
