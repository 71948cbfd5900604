/* Between the files of the vault; nobody else includes it. The lock is held in all of these. */
#ifndef ENGINE_VAULT_VAULT_INSIDE_H
#define ENGINE_VAULT_VAULT_INSIDE_H

#include "engine/system/file.h"
#include "engine/vault/key_file.h"
#include "engine/vault/tables.h"
#include "engine/vault/vault.h"

#include <pthread.h>

#define VAULT_MASTERS 2u /* the present one, the former one */
#define VAULT_INDEX_SLOT 0u
#define VAULT_ERASURES_NAME "erasures"

/* In locked pages. */
struct vault_secrets {
	uint8_t names[VAULT_MASTERS][CIPHER_NAME_SIZE];
	struct cipher_key wraps[VAULT_MASTERS];
	struct cipher_key index;
	struct cipher_key log; /* of its links; derived from the index's */
	struct cipher_key person; /* of the person at hand */
	struct cipher_key next;	  /* its new one */
	uint8_t plain[ROW_PLAIN_SIZE_MAX];
};

/* Where a rotation stands; stored with the rows it changed. */
struct vault_rotation {
	uint32_t next; /* the first slot that is not done; 0: none is under way */
	uint32_t end;  /* one more than the last */
	struct instant at;
};

struct vault {
	pthread_mutex_t lock;
	struct cipher *cipher;
	struct tables *tables;
	struct key_file keys;
	struct file lock_file;
	struct file erasures;	     /* in the folder */
	struct file erasures_copy;   /* beside the copies of keys; FILE_NONE: no such folder */
	uint64_t erasures_size;	     /* bytes */
	uint64_t erasures_copy_size;
	struct vault_secrets *secrets;
	uint32_t masters; /* 1 or 2 */
	uint32_t persons;
	uint32_t erased;
	uint32_t former;
	uint64_t log_number; /* of the last row, those of the change under way included */
	uint64_t log_before; /* the same before that change */
	uint8_t link[CIPHER_CHAIN_SIZE];	/* of that row */
	uint8_t link_before[CIPHER_CHAIN_SIZE]; /* before that change */
	struct vault_rotation rotation;
	enum result failed; /* RESULT_OK: none of the disk's errors yet */
	struct day key_copy; /* the last day that has one; 0: not known */
	char folder[FILE_PATH_SIZE_MAX];
	char copies_folder[FILE_PATH_SIZE_MAX]; /* "": none */
};

/* Takes the lock; RESULT_IO_FAILED and no lock after a fault. */
MUST_CHECK enum result vault_enter(struct vault *vault);
/* Gives it back; a fault of the disk closes the vault for good. Returns `result`. */
MUST_CHECK enum result vault_leave(struct vault *vault, enum result result);

/* A span over a member, a text, an array. */
struct tables_span vault_span(const void *data, size_t size);

/* Wraps a key into a live half under the present master key; the nonce is drawn. */
void vault_wrap(struct vault *vault, uint32_t person, uint32_t key_version,
		const struct cipher_key *key, struct row_half *ret_half);
/* RESULT_OK; RESULT_VAULT_KEY_WRONG: no master key of ours wraps it; RESULT_STORE_CORRUPT: a tag
 * is wrong. */
MUST_CHECK enum result vault_unwrap(struct vault *vault, uint32_t person,
				    const struct row_half *half, struct cipher_key *ret_key);
/* Does the former master key wrap this half? */
bool vault_is_former(const struct vault *vault, const struct row_half *half);

/* The person's key into secrets->person. RESULT_OK; RESULT_PERSON_ERASED; RESULT_NOT_FOUND: none;
 * results of vault_unwrap; RESULT_IO_FAILED. */
MUST_CHECK enum result vault_load_key(struct vault *vault, uint32_t person,
				      uint32_t *ret_version);

/* Seals a text; the row's index, where it has one, is filled in. */
void vault_seal(struct vault *vault, const struct cipher_key *key, uint32_t person,
		const struct vault_value *value, struct row_field *inout_row);
/* Opens a row into secrets->plain. False: the seal is broken. */
MUST_CHECK bool vault_unseal(struct vault *vault, const struct cipher_key *key, uint32_t person,
			     uint8_t field, const struct row_field *row, struct slice *ret_text);

/* The next field's row of a person with a number above *inout_field; false: none, or an error.
 * A row that cannot be decoded sets *ret_bad. */
bool vault_next_field(struct tables_change *change, uint32_t person, uint8_t *inout_field,
		      struct row_field *ret_row, bool *ret_bad);

/* Deletes all rows of a person but the log's. */
void vault_delete_rows(struct tables_change *change, uint32_t person);

/* Rows of TABLES_META. */
#define VAULT_META_ID	    "vault"
#define VAULT_META_ROTATION "rotation"

/* Adds a row of the log to a change, under the next number and with its link. */
void vault_note(struct vault *vault, struct tables_change *change, const struct row_log *row);

/* The same, of an access. */
void vault_note_access(struct vault *vault, struct tables_change *change,
		       const struct vault_access *access, enum vault_act act, uint32_t fields);

/* vault_log.c: finds the log's end, and holds every link of it against the rows. */
MUST_CHECK enum result vault_open_log(struct vault *vault);
/* vault_erase.c: opens both lists, brings them together, and erases who is on them. */
MUST_CHECK enum result vault_open_erasures(struct vault *vault, const char *copies_folder);
/* vault_rotate.c: reads where a rotation stands, and settles slots that a kill left with two
 * keys. */
MUST_CHECK enum result vault_open_rotation(struct vault *vault);

#endif
