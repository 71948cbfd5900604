#!/bin/sh
# usage: reproducible.sh FOLDER   Builds the release twice, without a cache, in two folders of different name
# and depth, with another build folder and another order of work, and compares the three programs byte by byte.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
rm -rf "$1"
mkdir -p "$1/first" "$1/second/with/a/longer/name"
first=$(cd "$1/first" && pwd)
second=$(cd "$1/second/with/a/longer/name" && pwd)
cd "$top"
for place in "$first" "$second"; do
	# As it lies here, uncommitted changes included.
	git ls-files --cached --others --exclude-standard | tar -cf - -T - | tar -xf - -C "$place"
done
unset MAKEFLAGS MAKELEVEL
build() {
	echo "building in $PWD"
	make GCC=gcc "$@" release > build.log 2>&1 || { tail -n 20 build.log; echo "0 passed, 1 failed"; exit 1; }
}
cd "$first" && build -j"$(nproc)"
cd "$second" && build -j1 BUILD_ROOT=made
passed=0; failed=0
for program in titolid titoli titoli-audit titoli-signer; do
	if cmp "$first/build/release/$program" "$second/made/release/$program"; then
		echo "same bytes: $(sha256sum "$first/build/release/$program" | cut -c1-64) $program"
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
