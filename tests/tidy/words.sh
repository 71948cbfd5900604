#!/bin/sh
# usage: words.sh [FILE...]   The project speaks of itself alone: no word of anybody's workplace, no
# host of a package registry, no secret. Without files: everything git tracks.
# (The patterns are written so that this file does not match itself.)
pattern='/[w]ork/|/[f]arm/|/tmp/([b]ash_jobs|[s]tudio)|[s]ubagent|[h]elper session|\<[C]EO\>'
pattern="$pattern|\\<[i]ssue #?[0-9]|registry[.][n]pmjs|[n]odesource|BEGIN [A-Z ]*[P]RIVATE KEY"
if [ $# -gt 0 ]; then
	found=$(grep -n -I -i -E -e "$pattern" "$@" /dev/null)
else
	found=$(git grep -n -I -i -E -e "$pattern" -- .)
fi
[ -z "$found" ] && exit 0
printf '%s\n' "$found" | cut -c 1-160 | sed 's/$/   <- a word of the workplace, or a secret/'
exit 1
