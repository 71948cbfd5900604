/* What systemd is told of the daemon's life (sd_notify). Without systemd nothing happens. */
#ifndef ENGINE_SYSTEM_NOTIFY_H
#define ENGINE_SYSTEM_NOTIFY_H

#include <stdint.h>

/* Listening and answering; `status` is one line for `systemctl status`. */
void notify_ready(const char *status);
void notify_stopping(void);
/* Long work at start: please wait `ms` more. */
void notify_extend(uint64_t ms);
/* Half the watchdog's interval in milliseconds; 0 where there is none. */
uint64_t notify_watchdog_ms(void);
void notify_alive(void);

#endif
