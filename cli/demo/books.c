/* The books: see books.h. */
#include "cli/demo/books.h"

#include "engine/base/assert.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX 6u

/* "F140_COMMITTED|FNPS-2026|019067|…" in words. */
static uint32_t split(char *text, char **ret_words)
{
	uint32_t count = 0;
	while (text != NULL && count < WORDS_MAX) {
		ret_words[count++] = text;
		text = strchr(text, '|');
		if (text != NULL)
			*text++ = '\0';
	}
	return count;
}

uint32_t books_fund(const char *fund_year)
{
	uint32_t i = 0;
	for (; i < DEMO_FUNDS; i++) {
		size_t size = strlen(demo_funds[i]);
		if (strncmp(fund_year, demo_funds[i], size) == 0 && fund_year[size] == '-')
			break;
	}
	return i;
}

uint32_t books_comune(const struct demo_world *world, const char *istat)
{
	uint32_t i = 0;
	while (i < world->comune_count && strcmp(world->comuni[i].istat, istat) != 0)
		i++;
	return i;
}

static bool add_to_part(struct books_part *part, const char *account, int64_t cents)
{
	if (strncmp(account, "F140", 4) == 0)
		part->committed += cents;
	else if (strncmp(account, "F155", 4) == 0)
		part->disputed += cents;
	else if (strncmp(account, "F150", 4) == 0)
		part->redeemed += cents;
	else if (strncmp(account, "F160", 4) == 0 || strncmp(account, "F165", 4) == 0)
		part->settled += cents;
	else if (strncmp(account, "F190", 4) == 0)
		part->recoverable += cents;
	else if (strncmp(account, "F170", 4) == 0 || strncmp(account, "F175", 4) == 0)
		part->paid += cents;
	else if (strncmp(account, "C120", 4) == 0)
		part->free += cents;
	else if (strncmp(account, "C140", 4) == 0)
		part->used += cents;
	else
		return false;
	if (strncmp(account, "F170", 4) == 0)
		part->paid_net += cents;
	return true;
}

static bool take_row(const struct demo_world *world, struct books *books, char *account,
		     int64_t cents)
{
	char *words[WORDS_MAX];
	uint32_t count = split(account, words);
	if (count == 2 && strncmp(words[0], "F110", 4) == 0) {
		uint32_t fund = books_fund(words[1]);
		if (fund < DEMO_FUNDS)
			books->available[fund] += cents;
		return true; /* the FSR pays for no title here */
	}
	if (count < 3)
		return false;
	bool is_ceiling = words[0][0] == 'C';
	uint32_t fund = books_fund(words[is_ceiling ? 2 : 1]);
	uint32_t comune = books_comune(world, words[is_ceiling ? 1 : 2]);
	if (fund == DEMO_FUNDS || comune == world->comune_count)
		return false;
	return add_to_part(&books->parts[comune][fund], words[0], cents);
}

void books_read(const struct demo *demo, struct books *ret_books)
{
	size_t at;
	json_t *item;
	memset(ret_books, 0, sizeof(*ret_books));
	json_array_foreach(demo->balances, at, item)
	{
		char account[256];
		snprintf(account, sizeof(account), "%s", call_text(item, "account"));
		if (!take_row(demo->world, ret_books, account, call_number(item, "balance_cents")))
			ret_books->unknown++;
	}
}

int64_t books_held(const struct books_part *part)
{
	return part->committed + part->disputed + part->redeemed + part->settled + part->paid +
	       part->recoverable;
}

struct books_part books_of_comune(const struct books *books, uint32_t comune)
{
	struct books_part sum = {.committed = 0};
	ASSERT(comune < DEMO_COMUNI_MAX);
	for (uint32_t i = 0; i < DEMO_FUNDS; i++) {
		const struct books_part *part = &books->parts[comune][i];
		sum.committed += part->committed;
		sum.disputed += part->disputed;
		sum.redeemed += part->redeemed;
		sum.settled += part->settled;
		sum.paid += part->paid;
		sum.paid_net += part->paid_net;
		sum.recoverable += part->recoverable;
		sum.free += part->free;
		sum.used += part->used;
	}
	return sum;
}
