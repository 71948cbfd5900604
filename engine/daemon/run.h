/* `titolid run`: the daemon from its configuration to its last breath.
 *
 *	zone, ledger, secret, clock > tables of the edge > files confined > checkpoint > pipeline
 *	> server > calls filtered > ready
 *	SIGTERM: server drained > pipeline stopped (clean-stop record) > checkpoint stopped > 0
 *	second SIGTERM, or the drain takes too long: at once, without a clean-stop record
 *	a fault of journal or store: logged, waiting answers sent as unknown, exit with its code */
#ifndef ENGINE_DAEMON_RUN_H
#define ENGINE_DAEMON_RUN_H

#include "engine/base/time.h"

struct config;

/* Runs until it is stopped; returns the process's exit code. */
int run_daemon(const struct config *config, const struct zone_table *zone);

#endif
