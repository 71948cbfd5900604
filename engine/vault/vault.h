/* The vault: what names a person, apart from the ledger, which knows persons by number alone.
 *
 * A person of the vault is a beneficiary of the ledger, by its id. Each has a key of its own
 * (key_file.h), wrapped by the master key; each field is sealed with it, bound to vault, person,
 * field and key version, so that nothing can be moved elsewhere. Identifiers can be searched for by
 * a keyed hash (HMAC, own key), never by their text.
 *
 *	write, read, search	a row of the log is durable before the data is handed out
 *	erase			1. the list of erasures	 2. the key is overwritten  3. rows go
 *	rotate			per 32 persons: new keys, rows follow, old keys are overwritten
 *	copy, restore		data and keys to two places; the list of erasures is applied again
 *
 * Invariants
 *  1. No data without a row of the log that says who, why and when; the log holds no personal data.
 *     Its rows are chained under a key: a changed, moved or missing one stops the opening.
 *  2. An erased person stays erased: the list is written before the key goes, is kept also beside
 *     the copies of keys, and is applied at each opening.
 *  3. After a kill at any point an opening leads to before or after an act, never between.
 *  4. Keys and texts lie in the vault's locked pages or in the caller's hands, nowhere else, and
 *     are wiped after use.
 *  5. After an error of the disk nothing more is done: RESULT_IO_FAILED until the next start.
 *
 * The accounts of an erased person stay in the ledger, under the number alone, for the ten years
 * that the law asks. Any thread may call; one lock. No function may be called on a thread that must
 * not wait for the disk. */
#ifndef ENGINE_VAULT_VAULT_H
#define ENGINE_VAULT_VAULT_H

#include "engine/base/result.h"
#include "engine/base/slice.h"
#include "engine/base/time.h"
#include "engine/vault/cipher.h"
#include "engine/vault/person.h"
#include "engine/vault/row.h"

#define VAULT_PERSONS_MAX	 16000000u
#define VAULT_FOUND_MAX		 16u /* persons of one search */
#define VAULT_MAP_SIZE		 (UINT64_C(16) << 30) /* virtual; the file grows as it is used */
#define VAULT_ROTATE_PERSONS	 32u /* at a time, under the lock */
#define VAULT_KEY_COPIES_DAYS	 30  /* copies of keys are kept for so long */

struct vault;

struct vault_config {
	const char *folder;	   /* made if missing */
	const char *copies_folder; /* of keys and erasures, apart; "": none */
	const struct cipher_key *master;
	const struct cipher_key *former; /* master key before the last change; NULL: none */
	uint64_t map_size;		 /* bytes; 0: VAULT_MAP_SIZE */
	bool unsafe_filesystem;
};

/* RESULT_OK; RESULT_VAULT_KEY_WRONG: neither key opens it; RESULT_LEDGER_LOCKED: in use;
 * RESULT_STORE_CORRUPT: parts are missing, damaged or of another vault; RESULT_UNSAFE_FILESYSTEM;
 * RESULT_CONFIG_INVALID: a path is too long; RESULT_DISK_NEARLY_FULL; RESULT_OUT_OF_MEMORY;
 * RESULT_IO_FAILED. Keys are copied. */
MUST_CHECK enum result vault_open(const struct vault_config *config, struct vault **ret_vault);
void vault_close(struct vault *vault); /* accepts NULL */

/* Who looks at whom, why, and when. */
struct vault_access {
	uint32_t person;    /* 1 .. VAULT_PERSONS_MAX; of a search: 0 */
	uint32_t principal; /* who: of the ledger */
	uint8_t purpose;    /* enum vault_purpose */
	struct instant at;
};

/* A field and its text, as person_field_normalise makes it. */
struct vault_value {
	uint8_t field; /* enum vault_field */
	struct slice text;
};

/* Fields of a person. Wiped by vault_values_wipe. */
struct vault_values {
	uint32_t count;
	uint32_t used; /* bytes of `memory` */
	struct vault_value values[VAULT_FIELD_END];
	char memory[4096];
};

#define V(NAME, number, name, size, ...) +(size)
static_assert(0 VAULT_FIELDS(V) <= 4096, "all fields of a person fit");
#undef V

void vault_values_wipe(struct vault_values *values);

/* Sets fields, all or none; an empty text takes its field away. RESULT_OK: durable;
 * RESULT_PERSON_ERASED; RESULT_STORE_FULL; RESULT_STORE_CORRUPT; RESULT_DISK_NEARLY_FULL;
 * RESULT_IO_FAILED. */
MUST_CHECK enum result vault_write(struct vault *vault, const struct vault_access *access,
				   const struct vault_value *values, uint32_t count);

/* Reads the fields of a mask that the person has. `act` is VAULT_ACT_READ or VAULT_ACT_EXPORT.
 * RESULT_OK; RESULT_NOT_FOUND: the vault knows nothing of the person; RESULT_PERSON_ERASED;
 * RESULT_STORE_CORRUPT: a seal is broken; faults as vault_write. */
MUST_CHECK enum result vault_read(struct vault *vault, const struct vault_access *access,
				  enum vault_act act, uint32_t fields,
				  struct vault_values *ret_values);

struct vault_found {
	uint32_t count;
	bool more; /* than VAULT_FOUND_MAX */
	uint32_t persons[VAULT_FOUND_MAX];
};

/* Who has this value in this field (normalised, indexed: asserted). RESULT_OK, also for nobody;
 * faults as vault_write. */
MUST_CHECK enum result vault_search(struct vault *vault, const struct vault_access *access,
				    const struct vault_value *value,
				    struct vault_found *ret_found);

/* Rows of the log about a person (0: about all), the latest first, with numbers below `before`
 * (0: from the end), at most `rows_max`. Reading is itself noted. RESULT_OK; faults. */
MUST_CHECK enum result vault_log(struct vault *vault, const struct vault_access *access,
				 uint64_t before, struct row_log *ret_rows, uint32_t rows_max,
				 uint32_t *ret_count);

/* Destroys the person's key and rows; the log stays. RESULT_OK, also when it was erased before;
 * faults as vault_write. */
MUST_CHECK enum result vault_erase(struct vault *vault, const struct vault_access *access);

/* Begins to give every person a new key, wrapped by the present master key. RESULT_OK, also when
 * that is under way; faults. */
MUST_CHECK enum result vault_rotate(struct vault *vault, struct instant at);
/* Goes on by VAULT_ROTATE_PERSONS persons. *ret_done: there is no more to do. RESULT_OK; faults. */
MUST_CHECK enum result vault_rotate_step(struct vault *vault, bool *ret_done);

struct vault_status {
	uint8_t id[ROW_VAULT_ID_SIZE];
	uint32_t persons;    /* that have a key */
	uint32_t erased;
	uint32_t former;     /* keys, the index's included, that the former master key wraps */
	uint64_t log_rows;
	uint8_t log_link[CIPHER_CHAIN_SIZE]; /* of the last row; worth noting elsewhere */
	bool is_rotating;
	uint32_t rotated;    /* slots that the present rotation has done, of … */
	uint32_t to_rotate;
	struct instant rotation_at; /* when the last one began; 0: never */
	struct day key_copy;	    /* of the last copy of keys since the start; 0: none */
};

void vault_status(struct vault *vault, struct vault_status *ret_status);

/* Copies the data into `data_folder` and the keys into `keys_folder`; both exist and are empty.
 * They belong together and are best kept apart. RESULT_OK: durable; faults. */
MUST_CHECK enum result vault_copy(struct vault *vault, const char *data_folder,
				  const char *keys_folder);

/* Copies the keys into `copies_folder` of the configuration, once for each day (UTC) of `at`, as
 * "keys-YYYY-MM-DD", and takes copies of more than VAULT_KEY_COPIES_DAYS before away, overwritten
 * first: from then on an erased person's key is nowhere. To be called now and then; nothing to do
 * is RESULT_OK, and so is a vault without such a folder. A fault of that disk closes nothing.
 * RESULT_OK; RESULT_DISK_NEARLY_FULL; RESULT_OUT_OF_MEMORY; RESULT_IO_FAILED. */
MUST_CHECK enum result vault_keep_keys(struct vault *vault, struct instant at);

/* Makes a vault's folder of two copies. Persons who were erased since are erased again by the next
 * opening, as long as `copies_folder` of the configuration is the one it was. RESULT_OK;
 * RESULT_FOLDER_NOT_EMPTY: a vault is there; RESULT_NOT_FOUND: a copy is not whole; faults. */
MUST_CHECK enum result vault_restore(const char *data_folder, const char *keys_folder,
				     const char *folder);

#endif
