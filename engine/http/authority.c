/* See authority.h. */
#include "engine/http/authority.h"

#include <stdint.h>
#include <string.h>

#define AUTHORITY_NAME_MAX    255u
#define AUTHORITY_PORT_MAX    5u  /* digits */
#define AUTHORITY_LITERAL_MAX 45u /* of IPv6, with an IPv4 address at its end */

static bool authority_is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool authority_is_hex(char byte)
{
	char small = (char)(byte | 0x20);

	return authority_is_digit(byte) || (small >= 'a' && small <= 'f');
}

/* May it stand in a name as it is? */
static bool authority_is_plain(char byte)
{
	char small = (char)(byte | 0x20);

	return authority_is_digit(byte) || (small >= 'a' && small <= 'z') ||
	       (byte != '\0' && strchr("-._~!$&'()*+,;=", byte) != NULL);
}

/* How many bytes a name has; 0: it is none. */
static uint32_t authority_name(struct slice text)
{
	uint32_t at = 0;

	while (at < text.size && text.data[at] != ':') {
		bool is_code = text.data[at] == '%' && text.size - at > 2 &&
			       authority_is_hex(text.data[at + 1]) &&
			       authority_is_hex(text.data[at + 2]);

		if (!is_code && !authority_is_plain(text.data[at]))
			return 0;
		at += is_code ? 3 : 1;
	}
	return at <= AUTHORITY_NAME_MAX ? at : 0;
}

/* How many bytes an address in brackets has; 0: it is none. */
static uint32_t authority_literal(struct slice text)
{
	uint32_t at = 1;

	while (at < text.size && text.data[at] != ']') {
		char byte = text.data[at];

		if (!authority_is_hex(byte) && byte != ':' && byte != '.')
			return 0;
		at++;
	}
	return at < text.size && at > 2 && at <= AUTHORITY_LITERAL_MAX + 1 ? at + 1 : 0;
}

bool authority_is_valid(struct slice authority)
{
	uint32_t at;

	if (authority.size == 0)
		return false;
	at = authority.data[0] == '[' ? authority_literal(authority) : authority_name(authority);
	if (at == 0)
		return false;
	if (at == authority.size)
		return true;
	if (authority.data[at] != ':' || authority.size - at - 1 > AUTHORITY_PORT_MAX)
		return false;
	while (++at < authority.size)
		if (!authority_is_digit(authority.data[at]))
			return false;
	return true;
}
