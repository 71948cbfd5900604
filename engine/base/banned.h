/* Functions that this project does not call. Using one stops the build with a name that says so.
 *
 * Include it last, or build with `-include engine/base/banned.h`: it draws in the system headers
 * first, so that their own declarations stay intact. Then feature macros (_GNU_SOURCE and kin)
 * belong on the command line, not in a file. The pure folders need none of it: the link check of
 * `make tidy` already finds every foreign symbol there. */
#ifndef ENGINE_BASE_BANNED_H
#define ENGINE_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(function) sorry_##function##_is_banned_here

/* Unbounded copies: struct slice, memcpy with a size, snprintf. */
#undef strcpy
#define strcpy(...) BANNED(strcpy)
#undef stpcpy
#define stpcpy(...) BANNED(stpcpy)
#undef strcat
#define strcat(...) BANNED(strcat)
#undef strncpy
#define strncpy(...) BANNED(strncpy)
#undef strncat
#define strncat(...) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef gets
#define gets(...) BANNED(gets)
#undef alloca
#define alloca(...) BANNED(alloca)

/* Hidden state, hidden locale, silent errors: engine/base/text.h parses and says no. */
#undef strtok
#define strtok(...) BANNED(strtok)
#undef strtol
#define strtol(...) BANNED(strtol)
#undef strtoll
#define strtoll(...) BANNED(strtoll)
#undef strtoul
#define strtoul(...) BANNED(strtoul)
#undef strtoull
#define strtoull(...) BANNED(strtoull)
#undef strtod
#define strtod(...) BANNED(strtod)
#undef atoi
#define atoi(...) BANNED(atoi)
#undef atol
#define atol(...) BANNED(atol)
#undef atoll
#define atoll(...) BANNED(atoll)
#undef atof
#define atof(...) BANNED(atof)
#undef sscanf
#define sscanf(...) BANNED(sscanf)
#undef strerror
#define strerror(...) BANNED(strerror) /* not thread-safe: strerror_r, strerrordesc_np */

/* Time zones and calendars come from engine/base/time.h. */
#undef localtime
#define localtime(...) BANNED(localtime)
#undef gmtime
#define gmtime(...) BANNED(gmtime)
#undef mktime
#define mktime(...) BANNED(mktime)
#undef ctime
#define ctime(...) BANNED(ctime)
#undef asctime
#define asctime(...) BANNED(asctime)
#undef strptime
#define strptime(...) BANNED(strptime)

/* Randomness comes from engine/system. */
#undef rand
#define rand(...) BANNED(rand)
#undef srand
#define srand(...) BANNED(srand)
#undef random
#define random(...) BANNED(random)
#undef drand48
#define drand48(...) BANNED(drand48)

/* Files with guessable names, shells. */
#undef tmpnam
#define tmpnam(...) BANNED(tmpnam)
#undef mktemp
#define mktemp(...) BANNED(mktemp)
#undef system
#define system(...) BANNED(system)
#undef popen
#define popen(...) BANNED(popen)

#endif
