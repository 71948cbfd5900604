/* See notify.h. */
#include "engine/system/notify.h"

#include <systemd/sd-daemon.h>

#define US_PER_MS UINT64_C(1000)

void notify_ready(const char *status)
{
	(void)sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

void notify_extend(uint64_t ms)
{
	(void)sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%llu", (unsigned long long)(ms * US_PER_MS));
}

uint64_t notify_watchdog_ms(void)
{
	uint64_t us = 0;

	return sd_watchdog_enabled(0, &us) > 0 ? us / US_PER_MS / 2 : 0;
}

void notify_alive(void)
{
	(void)sd_notify(0, "WATCHDOG=1");
}
