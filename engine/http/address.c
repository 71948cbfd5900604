/* See address.h. */
#include "engine/http/address.h"

#include "engine/base/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define ADDRESS_BACKLOG	      1024
#define ADDRESS_LOOPBACK_BYTE 127u
#define ADDRESS_TEXT_SIZE_MAX 64u
#define ADDRESS_SOCKET_MODE   0660
/* What the kernel holds for a client that does not read, bytes; connections inherit it. */
#define ADDRESS_SEND_SIZE     (256 * 1024)

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static enum result address_refuse(const char **reason, const char *why)
{
	*reason = why;
	return RESULT_CONFIG_INVALID;
}

static bool address_port(const char *text, uint16_t *ret_port)
{
	uint32_t port;

	if (!text_parse_u32(slice_from_text(text), UINT16_MAX, &port))
		return false;
	*ret_port = (uint16_t)port;
	return true;
}

static bool address_is_loopback(const union address *address)
{
	if (address->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
	return ntohl(address->v4.sin_addr.s_addr) >> 24 == ADDRESS_LOOPBACK_BYTE;
}

/* False: not an address with a port. */
static bool address_parse(const char *text, union address *ret_address, socklen_t *ret_size)
{
	const char *colon = strrchr(text, ':');
	char host[ADDRESS_TEXT_SIZE_MAX] = {0};
	uint16_t port;
	size_t size;

	memset(ret_address, 0, sizeof(*ret_address));
	if (colon == NULL || !address_port(colon + 1, &port))
		return false;
	size = (size_t)(colon - text);
	if (size == 0 || size >= sizeof(host))
		return false;
	if (text[0] == '[' && size > 2 && colon[-1] == ']') {
		memcpy(host, text + 1, size - 2);
		ret_address->v6.sin6_family = AF_INET6;
		ret_address->v6.sin6_port = htons(port);
		*ret_size = sizeof(ret_address->v6);
		return inet_pton(AF_INET6, host, &ret_address->v6.sin6_addr) == 1;
	}
	memcpy(host, text, size);
	ret_address->v4.sin_family = AF_INET;
	ret_address->v4.sin_port = htons(port);
	*ret_size = sizeof(ret_address->v4);
	return inet_pton(AF_INET, host, &ret_address->v4.sin_addr) == 1;
}

enum result address_listen_tcp(const char *text, bool plain, struct address_bound *ret_bound,
			       const char **ret_reason)
{
	union address address;
	socklen_t size = 0;
	int on = 1;
	int send_size = ADDRESS_SEND_SIZE;
	int descriptor;

	if (!address_parse(text, &address, &size))
		return address_refuse(ret_reason, "not an address with a port");
	if (plain && !address_is_loopback(&address))
		return address_refuse(ret_reason, "not an address of loopback with a port");
	descriptor = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (descriptor < 0)
		return address_refuse(ret_reason, "no socket can be made");
	(void)setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	(void)setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &send_size, sizeof(send_size));
	if (bind(descriptor, &address.any, size) != 0 || listen(descriptor, ADDRESS_BACKLOG) != 0 ||
	    getsockname(descriptor, &address.any, &size) != 0) {
		(void)close(descriptor);
		return address_refuse(ret_reason, "the address cannot be bound");
	}
	ret_bound->port =
	    ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
	ret_bound->descriptor = descriptor;
	return RESULT_OK;
}

/* Does somebody answer on the socket? */
static bool address_is_alive(const struct sockaddr_un *address)
{
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive;

	if (descriptor < 0)
		return true;
	alive = connect(descriptor, (const struct sockaddr *)address, sizeof(*address)) == 0;
	(void)close(descriptor);
	return alive;
}

enum result address_listen_unix(const char *path, int *ret_descriptor, const char **ret_reason)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat found;
	int descriptor;

	if (strlen(path) >= sizeof(address.sun_path))
		return address_refuse(ret_reason, "the path is too long for a socket");
	memcpy(address.sun_path, path, strlen(path));
	if (lstat(path, &found) == 0) {
		if (!S_ISSOCK(found.st_mode) || address_is_alive(&address))
			return address_refuse(ret_reason, "the path is in use");
		(void)unlink(path);
	}
	descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (descriptor < 0)
		return address_refuse(ret_reason, "no socket can be made");
	if (bind(descriptor, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    chmod(path, ADDRESS_SOCKET_MODE) != 0 || listen(descriptor, ADDRESS_BACKLOG) != 0) {
		(void)close(descriptor);
		return address_refuse(ret_reason, "the socket cannot be bound");
	}
	*ret_descriptor = descriptor;
	return RESULT_OK;
}
