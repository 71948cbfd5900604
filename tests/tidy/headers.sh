#!/bin/sh
# usage: CC=gcc CFLAGS=... headers.sh FILE...   Every header compiles alone, and twice over.
[ $# -gt 0 ] || exit 0
printf '%s\n' "$@" | xargs -P "$(nproc)" -I {} sh -c '
	printf "#include \"%s\"\n#include \"%s\"\n" "$1" "$1" |
	    $CC $CFLAGS -fsyntax-only -x c - 2>&1 | sed "s|^|$1 does not compile alone: |" |
	    { ! grep . ; }' sh {}
