/* The resident state: every record that decisions need, and the indexes derived from them.
 *
 * Invariants
 *  1. Records live in dense tables, one per kind, over memory given once; nothing moves or grows.
 *  2. Only apply (apply.h) writes; everybody else reads.
 *  3. Indexes, calendars and the zone table are derived from records alone, so that loading all
 *     records in any order of kinds gives the same state (same state hash).
 *  4. A record, once made, keeps its id and its indexed keys. */
#ifndef ENGINE_DOMAIN_STATE_H
#define ENGINE_DOMAIN_STATE_H

#include "engine/base/index.h"
#include "engine/base/table.h"
#include "engine/base/time.h"
#include "engine/domain/model.h"

/* Lists of ids by a small dense number (a day, a month), oldest id last seen first: intrusive. */
struct calendar {
	uint32_t *heads; /* by slot */
	uint32_t *nexts; /* by id - 1 */
	uint32_t slots;
	uint32_t capacity; /* ids */
};

/* Which dimensions a ceiling has, as bits: a ceiling of a shape is found by the values of just
 * these, however many others differ in them. */
enum ceiling_shape {
	CEILING_BY_COMUNE = 1,
	CEILING_BY_SUB_AMBITO = 2,
	CEILING_BY_FUND = 4,
	CEILING_BY_YEAR = 8,
	CEILING_BY_MONTH = 16,
	CEILING_BY_SERVICE = 32,
	CEILING_BY_MEASURE = 64,
	CEILING_BY_PROVIDER = 128,
	CEILING_BY_BENEFICIARY = 256,
};
#define CEILING_SHAPES 512u

/* Rows beyond a kind's limit that one command may touch before decide's door refuses it. */
#define STATE_HEADROOM 1024u

#define CALENDAR_FIRST_YEAR 2000
#define CALENDAR_YEARS      101
#define CALENDAR_DAYS       (CALENDAR_YEARS * 366u)
#define CALENDAR_MONTHS     (CALENDAR_YEARS * 12u)

struct state_limits {
	uint32_t capacity[RECORD_KIND_MAX + 1]; /* most records of each kind */
};

struct state {
	struct table tables[RECORD_KIND_MAX + 1];
	struct index receipts_by_key;          /* key_hash */
	struct index details_by_redemption;    /* redemption */
	struct index vouchers_by_code;         /* code_hash: ids of voucher_secret = voucher */
	struct index redemptions_by_operator;  /* operator and UTC day of the start */
	struct index redemptions_by_beneficiary; /* beneficiary and UTC day of the start */
	struct index nights_by_operator;       /* visits that run into the next UTC day: by it */
	struct index nights_by_beneficiary;
	struct index ceilings_by_place;        /* ambito, shape, the dimensions of the shape */
	struct index overrides_by_ceiling;     /* ceiling: overrides that run */
	struct index terms_by_voucher;         /* title and kind of term: terms that run */
	struct index terms_by_blocker;         /* ceiling or fund year: titles that wait for it */
	struct index counted_by_cell;          /* cell */
	struct index delegations_by_comune;    /* comune that lends */
	struct index fund_years_by_key;        /* fund and year */
	struct index statements_by_key;        /* provider, accreditation, month, VAT rate */
	struct index invoices_by_number;       /* issuer, year, number, whether a credit note */
	struct index invoices_by_sdi_id;       /* identifier of the SdI, and place in the file */
	struct index isee_by_beneficiary;      /* person */
	struct index copay_adoptions_by_place; /* ambito and comune (0 where all) */
	struct index receivables_by_title;     /* title and month */
	struct index vouchers_by_beneficiary;  /* person */
	struct index tariffs_by_service;       /* service */
	struct index accreditations_by_provider; /* provider */
	struct index parameters_by_name;       /* name and ambito */
	struct index opening_rows_by_voucher;  /* title, of opening rows that name one */
	struct index events_by_voucher;        /* title, of events that name one */
	struct index changes_by_beneficiary;   /* person, of lines of titles' lives */
	struct index supplements_by_service;   /* service */
	struct index deliveries_by_file;       /* destination and hash of the file */
	struct index deliveries_by_name;       /* destination and name of the file */
	struct index deliveries_by_export;     /* export, of files that are an export's */
	struct calendar vouchers_by_expiry;    /* day of valid_to, issued titles */
	struct calendar receivables_by_due;    /* last day to pay */
	struct calendar cells_by_month;        /* month of the cell */
	struct calendar deadlines_by_day;      /* first day after a title's term */
	struct calendar terms_by_due;          /* last day of a term */
	struct calendar overrides_by_expiry;   /* last day of an override */
	struct calendar ceilings_by_expiry;    /* last day of a ceiling */
	uint64_t ceiling_shapes[CEILING_SHAPES / 64u]; /* sets of dimensions of some ceiling */
	bool has_redeemed_basis;               /* some ceiling counts what is redeemed */
	bool has_net_basis;                    /* some ceiling counts net of co-pay */
	bool is_undoing;                       /* inside apply_undo_record */
	struct calendar statements_by_month;   /* month of the services */
	struct calendar payments_by_month;     /* of buoni: month that they pay */
	struct index payments_by_cell;         /* of buoni: cell */
	struct index exports_by_body;          /* paying body and month */
	struct index export_items_by_object;   /* statement or payment of a buono */
	struct index files_in_by_hash;         /* SHA-256 of the file's bytes */
	struct index outcomes_by_line;         /* file and line */
	struct index outcomes_by_reference;    /* our reference, where it came back */
	struct zone_table zone;                /* legal time, from zone_row records */
	uint64_t parameters_set[4];            /* bit by name: was it ever set, by anybody? */
	struct state_limits limits;
};

/* Defaults for a ledger of `vouchers` titles and `redemptions` redemptions. */
struct state_limits state_limits_for(uint32_t vouchers, uint32_t redemptions);

/* Bytes of memory for these limits. */
size_t state_size_bytes(const struct state_limits *limits);

/* An empty state over zero-filled memory of that size, aligned to 64, which stays the caller's. */
void state_init(struct state *state, const struct state_limits *limits, void *memory);

/* The record of an id; NULL when there is none (id 0 included). Borrowed until the next apply. */
#define R(name, NAME, number, version, prefix, what)                                               \
	const struct name *state_##name(const struct state *state, struct name##_id id);
RECORDS(R)
#undef R
const void *state_record(const struct state *state, enum record_kind kind, uint32_t id);
uint32_t state_count(const struct state *state, enum record_kind kind);

/* How many more records of a kind fit. */
uint32_t state_room(const struct state *state, enum record_kind kind);

/* Slots of balances. */
struct fund_account_id fund_account_slot_id(struct fund_year_id fund_year,
					    enum fund_account_slot slot);
struct ceiling_account_id ceiling_account_slot_id(struct ceiling_id ceiling,
						  enum ceiling_account_slot slot);
struct cents state_fund_balance(const struct state *state, struct fund_year_id fund_year,
				enum fund_account_slot slot);
struct cents state_ceiling_balance(const struct state *state, struct ceiling_id ceiling,
				   enum ceiling_account_slot slot);

/* Finders; 0 when there is none. Codes are found by walking the kind: for creating acts only, the
 * edge keeps its own directory. */
uint32_t state_find_code(const struct state *state, enum record_kind kind, struct slice code);
struct fund_year_id state_find_fund_year(const struct state *state, struct fund_id fund,
					 uint16_t year);
struct receipt_id state_find_receipt(const struct state *state, const uint8_t key_hash[16]);
/* What a redemption has beside it; 0: nothing. */
struct visit_detail_id state_find_visit_detail(const struct state *state,
					       struct redemption_id redemption);
struct voucher_id state_find_voucher_by_code(const struct state *state, uint64_t code_hash);
/* The tariff of a service in force on a day: the latest valid_from not after it. */
struct tariff_id state_find_tariff(const struct state *state, struct service_id service,
				   struct day day);

/* Keys of the chained indexes, for those who walk them (candidates must be compared). */
uint32_t state_ceiling_shape(const struct ceiling *ceiling);
/* The key of the ceiling with these dimensions, of those that the shape has; the others are not
 * looked at. */
uint64_t state_ceiling_key(const struct ceiling *dimensions, uint32_t shape);
uint64_t state_term_key(struct voucher_id voucher, enum title_term_kind kind);
/* Of what a title waits for: a ceiling, or else the money of a fund year. */
uint64_t state_blocker_key(struct ceiling_id ceiling, struct fund_year_id fund_year);
uint64_t state_outcome_line_key(struct file_in_id file, uint32_t line);
/* `end_to_end`: 36 bytes, NUL-padded. */
uint64_t state_outcome_reference_key(const char *end_to_end);
uint64_t state_receipt_key(const uint8_t key_hash[16]);
uint64_t state_visit_key(uint64_t party, struct instant start, int32_t days_later);
/* Whether a visit that begins then runs into the next UTC day. */
bool state_visit_is_night(struct instant start, uint32_t minutes);
uint64_t state_delivery_file_key(struct destination_id destination, const uint8_t file_hash[32]);
uint64_t state_delivery_name_key(struct destination_id destination, const char file_name[96]);
uint64_t state_statement_key(struct provider_id provider, struct accreditation_id accreditation,
			     struct month month, uint16_t vat_bp);

/* Walks a calendar slot; 0 at the end. Days and months outside 2000 to 2100 have empty lists. */
uint32_t calendar_first_of_day(const struct calendar *calendar, struct day day);
uint32_t calendar_first_of_month(const struct calendar *calendar, struct month month);
uint32_t calendar_next(const struct calendar *calendar, uint32_t id);

/* The legal day of an instant. */
struct day state_day(const struct state *state, struct instant instant);

/* The unique code of a coded record (ambito, sub_ambito, comune, service, fund, provider,
 * principal, measure, paying_body), empty for other kinds. */
struct slice record_code(enum record_kind kind, const void *record);

#endif
