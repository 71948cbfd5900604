/* `titoli export siuss`: what a month's titles and buoni gave, one file per person and benefit. */
#ifndef CLI_EXPORT_SIUSS_H
#define CLI_EXPORT_SIUSS_H

#include "cli/session.h"

int export_siuss_run(struct session *session);

#endif
