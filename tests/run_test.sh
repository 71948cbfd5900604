#!/bin/sh
# The runner itself: what fails, crashes, hangs, says nothing or skips must be counted as such. Runs a
# copy of tests/run on a tree of made-up suites. Ends with `N passed, N failed`.
set -u
runner=$(cd "$(dirname "$0")" && pwd)/run
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
passed=0; failed=0

fresh() { # an empty tree, without ../shared beside it
	rm -rf "${tree:?}"/*
	mkdir -p "$tree/project/tests/x"
	cp "$runner" "$tree/project/tests/run"
}

suite() { # NAME LINE
	printf '#!/bin/sh\n%s\n' "$2" > "$tree/project/tests/x/$1_test.sh"
}

expect() { # WHAT STATUS LAST-LINE [TEXT IN THE OUTPUT]
	output=$("$tree/project/tests/run" --build-root "$tree/build" 2>&1)
	status=$?
	last=$(echo "$output" | tail -n 1)
	if [ "$status" = "$2" ] && [ "$last" = "$3" ] && echo "$output" | grep -q -F -e "${4:-}"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $1: exit $status, last line '$last'"
		echo "$output" | sed 's/^/    /'
	fi
	fresh
}

fresh
expect "no suite at all" 1 "0 passed, 1 failed"
suite good 'echo "3 passed, 0 failed"'
expect "a good suite" 0 "3 passed, 0 failed"
suite good 'echo "3 passed, 0 failed"'; suite bad 'echo "1 passed, 2 failed"; exit 1'
expect "a failing suite" 1 "4 passed, 2 failed"
suite liar 'echo "1 passed, 2 failed"'
expect "failures with exit 0" 1 "1 passed, 2 failed"
suite exits 'echo "5 passed, 0 failed"; exit 3'
expect "exit 3 in spite of good counts" 1 "5 passed, 1 failed" "exit 3"
suite crash 'kill -SEGV $$'
expect "a crash" 1 "0 passed, 1 failed" "signal 11"
suite mute 'exit 0'
expect "a suite that counts nothing" 1 "0 passed, 1 failed" "no count"
limit='suite: sec''onds 1' # in two pieces: the runner reads this file too
suite slow "# $limit
echo '1 passed, 0 failed'; sleep 30"
expect "a suite that hangs" 1 "1 passed, 1 failed" "over its 1 s"
suite orphan 'sleep 60 & echo "1 passed, 0 failed"'
expect "a suite that leaves a process behind" 0 "1 passed, 0 failed"
suite cmocka 'printf "[==========] 3 test(s) run.\n[  PASSED  ] 2 test(s).\n[  FAILED  ] 1 test(s), listed below:\n"; exit 1'
expect "cmocka's words" 1 "2 passed, 1 failed"
suite skips 'echo "SKIP: no such device"; echo "1 passed, 0 failed"'
expect "a skip" 0 "1 passed, 0 failed" "skipped x/skips_test: no such device"
mkdir "$tree/shared"; suite skips 'echo "SKIP: no such device"; echo "1 passed, 0 failed"'
expect "a skip with ../shared beside the project" 1 "1 passed, 1 failed" "no such device"
suite cmocka 'printf "[==========] 2 test(s) run.\n[  PASSED  ] 1 test(s).\n[  SKIPPED ] 1 test(s), listed below:\n"'
expect "a silent skip of cmocka" 0 "1 passed, 0 failed" "no reason given"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
