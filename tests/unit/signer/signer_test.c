/* The signer signs what extends what it signed, and nothing else; it remembers over a restart; it takes
 * no key that others can read. */
#include "engine/signer/signer.h"

#include "tests/support/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define LEAVES 20u

struct kept {
	struct merkle_hash hashes[2 * LEAVES + MERKLE_GROWTH_MAX];
	uint64_t count;
};

static bool read_kept(void *context, uint64_t place, struct merkle_hash *ret_hash)
{
	const struct kept *kept = context;
	*ret_hash = kept->hashes[place];
	return place < kept->count;
}

struct fixture {
	char folder[TEST_FOLDER_SIZE];
	struct merkle *merkle;
	struct signer *signer;
	struct kept kept;
	struct merkle_tree trees[LEAVES + 1];
	struct merkle_tree others[LEAVES + 1]; /* of a journal that differs in entry 3 */
};

static void grow(struct fixture *fixture, struct kept *kept, uint8_t third,
		 struct merkle_tree trees[LEAVES + 1])
{
	struct merkle_edge edge = {.size = 0};
	for (uint8_t i = 0; i < LEAVES; i++) {
		struct merkle_hash leaf;
		uint8_t byte = i == 3 ? third : i;
		merkle_leaf(fixture->merkle, &byte, 1, &leaf);
		kept->count += merkle_grow(fixture->merkle, &edge, &leaf,
					   &kept->hashes[kept->count]);
		trees[i + 1].size = i + 1u;
		merkle_edge_root(fixture->merkle, &edge, &trees[i + 1].root);
	}
}

static void open_fixture(struct fixture *fixture)
{
	struct kept other = {.count = 0};
	memset(fixture, 0, sizeof(*fixture));
	test_folder_make("signer", fixture->folder);
	assert_int_equal(merkle_open(&fixture->merkle), RESULT_OK);
	grow(fixture, &fixture->kept, 3, fixture->trees);
	grow(fixture, &other, 33, fixture->others);
	assert_int_equal(signer_make_key(fixture->folder), RESULT_OK);
	assert_int_equal(signer_open(fixture->folder, &fixture->signer), RESULT_OK);
}

static void close_fixture(struct fixture *fixture)
{
	signer_close(fixture->signer);
	merkle_close(fixture->merkle);
}

static struct root_request request_of(struct fixture *fixture, uint64_t from, uint64_t to)
{
	struct merkle_source source = {read_kept, &fixture->kept};
	struct root_request request = {
	    .ledger_id = "a ledger's id ..",
	    .from = from,
	    .tree = fixture->trees[to],
	    .instant_us = (int64_t)to,
	    .cause = ROOT_CAUSE_INTERVAL,
	};
	if (from > 0)
		assert_true(merkle_consistency(fixture->merkle, &source, from, to, &request.proof));
	return request;
}

static struct root_answer ask(struct fixture *fixture, const struct root_request *request,
			      int64_t now_us)
{
	uint8_t asked[ROOT_REQUEST_SIZE];
	uint8_t answered[ROOT_ANSWER_SIZE];
	struct root_answer answer;
	root_request_encode(request, asked);
	signer_judge(fixture->signer, asked, (struct instant){now_us}, answered);
	assert_true(root_answer_decode(answered, &answer));
	return answer;
}

static void it_signs_what_grows(void **state)
{
	(void)state;
	struct fixture fixture;
	uint8_t key[ROOT_KEY_SIZE];
	uint64_t from = 0;
	open_fixture(&fixture);
	signer_public_key(fixture.signer, key);
	for (uint64_t to = 1; to <= LEAVES; to += 3) {
		struct root_request request = request_of(&fixture, from, to);
		struct root_answer answer = ask(&fixture, &request, 1000 + (int64_t)to);
		assert_int_equal(answer.verdict, ROOT_SIGNED);
		assert_int_equal(answer.root.tree.size, to);
		assert_int_equal(answer.root.signed_at_us, 1000 + (int64_t)to);
		assert_memory_equal(answer.root.key, key, ROOT_KEY_SIZE);
		assert_true(root_is_signed(&answer.root));
		/* Asked again: the same root, not another one. */
		struct root_answer again = ask(&fixture, &request, 5000);
		assert_int_equal(again.verdict, ROOT_SIGNED);
		assert_memory_equal(again.root.signature, answer.root.signature,
				    ROOT_SIGNATURE_SIZE);
		/* No field of it can be changed. */
		answer.root.tree.size++;
		assert_false(root_is_signed(&answer.root));
		answer.root.tree.size--;
		answer.root.cause = ROOT_CAUSE_MONTH;
		assert_false(root_is_signed(&answer.root));
		from = to;
	}
	close_fixture(&fixture);
}

static void it_refuses_another_past(void **state)
{
	(void)state;
	struct fixture fixture;
	open_fixture(&fixture);
	struct root_request request = request_of(&fixture, 0, 8);
	assert_int_equal(ask(&fixture, &request, 10).verdict, ROOT_SIGNED);
	struct root_request shorter = request_of(&fixture, 0, 7);
	assert_int_equal(ask(&fixture, &shorter, 11).verdict, ROOT_SHORTER);
	struct root_request rewritten = request_of(&fixture, 8, 12);
	rewritten.tree = fixture.others[12];
	assert_int_equal(ask(&fixture, &rewritten, 11).verdict, ROOT_REWRITES);
	rewritten = request_of(&fixture, 0, 8);
	rewritten.tree = fixture.others[8];
	assert_int_equal(ask(&fixture, &rewritten, 11).verdict, ROOT_REWRITES);
	struct root_request from = request_of(&fixture, 5, 12);
	struct root_answer answer = ask(&fixture, &from, 11);
	assert_int_equal(answer.verdict, ROOT_NOT_FROM);
	assert_int_equal(answer.root.tree.size, 8);
	struct root_request other = request_of(&fixture, 8, 12);
	other.ledger_id[0] ^= 1;
	answer = ask(&fixture, &other, 11);
	assert_int_equal(answer.verdict, ROOT_OTHER_LEDGER);
	assert_false(answer.has_root);
	struct root_request earlier = request_of(&fixture, 8, 12);
	earlier.instant_us = 7;
	assert_int_equal(ask(&fixture, &earlier, 11).verdict, ROOT_REWRITES);
	/* Its own clock may not go back either. */
	request = request_of(&fixture, 8, 12);
	assert_int_equal(ask(&fixture, &request, 9).verdict, ROOT_FAILED);
	assert_int_equal(ask(&fixture, &request, 11).verdict, ROOT_SIGNED);
	close_fixture(&fixture);
}

static void it_remembers(void **state)
{
	(void)state;
	struct fixture fixture;
	open_fixture(&fixture);
	struct root_request nothing = {.ledger_id = "a ledger's id .."};
	struct root_answer answer = ask(&fixture, &nothing, 1);
	assert_int_equal(answer.verdict, ROOT_LAST);
	assert_false(answer.has_root);
	struct root_request request = request_of(&fixture, 0, 8);
	assert_int_equal(ask(&fixture, &request, 10).verdict, ROOT_SIGNED);
	signer_close(fixture.signer);
	assert_int_equal(signer_open(fixture.folder, &fixture.signer), RESULT_OK);
	answer = ask(&fixture, &nothing, 1);
	assert_int_equal(answer.verdict, ROOT_LAST);
	assert_int_equal(answer.root.tree.size, 8);
	request = request_of(&fixture, 0, 7);
	assert_int_equal(ask(&fixture, &request, 11).verdict, ROOT_SHORTER);
	/* One byte of what it remembers changed: it does not start. */
	char path[FILE_PATH_SIZE_MAX];
	uint8_t bytes[ROOT_SIZE];
	uint64_t size = 0;
	struct file file = FILE_NONE;
	signer_close(fixture.signer);
	fixture.signer = NULL;
	assert_true(file_path(fixture.folder, "last", path));
	assert_int_equal(file_open(path, FILE_UPDATE, &file), RESULT_OK);
	assert_int_equal(file_read(file, (struct file_span){0, ROOT_SIZE}, bytes, &size), RESULT_OK);
	bytes[32] ^= 1;
	assert_int_equal(file_write(file, (struct file_span){0, ROOT_SIZE}, bytes), RESULT_OK);
	file_close(&file);
	assert_int_equal(signer_open(fixture.folder, &fixture.signer), RESULT_STORE_CORRUPT);
	close_fixture(&fixture);
}

static void keys(void **state)
{
	(void)state;
	struct fixture fixture;
	char path[FILE_PATH_SIZE_MAX];
	struct signer *other = NULL;
	open_fixture(&fixture);
	assert_int_equal(signer_make_key(fixture.folder), RESULT_ALREADY_EXISTS);
	assert_int_equal(signer_make_key("/nowhere/at/all"), RESULT_NOT_FOUND);
	assert_true(file_path(fixture.folder, "key.pem", path));
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(signer_open(fixture.folder, &other), RESULT_CONFIG_INVALID);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(signer_open(fixture.folder, &other), RESULT_OK);
	signer_close(other);
	assert_int_equal(file_remove(path), RESULT_OK);
	assert_int_equal(signer_open(fixture.folder, &other), RESULT_NOT_FOUND);
	close_fixture(&fixture);
}

/* Every byte of a request counts: changed, it is malformed, or judged otherwise, or signed for what it
 * says now. */
static void bytes_of_requests(void **state)
{
	(void)state;
	struct fixture fixture;
	open_fixture(&fixture);
	struct root_request first = request_of(&fixture, 0, 8);
	assert_int_equal(ask(&fixture, &first, 10).verdict, ROOT_SIGNED);
	struct root_request request = request_of(&fixture, 8, 12);
	uint8_t asked[ROOT_REQUEST_SIZE];
	uint8_t answered[ROOT_ANSWER_SIZE];
	root_request_encode(&request, asked);
	for (size_t at = 0; at < ROOT_REQUEST_SIZE; at++) {
		struct root_answer answer;
		bool is_instant = at >= 40 && at < 48;
		if (is_instant)
			continue; /* any later instant can be signed */
		asked[at] ^= 0x40;
		signer_judge(fixture.signer, asked, (struct instant){20}, answered);
		assert_true(root_answer_decode(answered, &answer));
		assert_int_not_equal(answer.verdict, ROOT_SIGNED);
		asked[at] ^= 0x40;
	}
	close_fixture(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_signs_what_grows), cmocka_unit_test(it_refuses_another_past),
	    cmocka_unit_test(it_remembers),	   cmocka_unit_test(keys),
	    cmocka_unit_test(bytes_of_requests),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
