#!/bin/sh
# schemas/openapi.yaml passes Spectral without a warning. `make check` installs Spectral under the
# build folder, at the versions of tests/http/spectral/package-lock.json.
set -u
cd "$(dirname "$0")/../.." || exit 1
document=schemas/openapi.yaml
if ! grep -q '^ *"\{0,1\}operationId' "$document"; then
	echo "FAILED: $document describes no operation"
	echo "0 passed, 1 failed"
	exit 1
fi
spectral=${BUILD_ROOT:-build}/npm/node_modules/.bin/spectral
if [ ! -x "$spectral" ]; then
	echo "SKIP: Spectral is not installed (no package registry within reach?)"
	echo "0 passed, 0 failed"
	exit 0
fi
# The linter must be able to fail: a document with two equal operation ids is refused.
bad=$(mktemp --suffix=.yaml)
trap 'rm -f "$bad"' EXIT
sed 's/\(operationId"\{0,1\}: *"\{0,1\}\)[A-Za-z0-9_-]*/\1same/' "$document" > "$bad"
passed=0; failed=0
if "$spectral" lint --ruleset tests/http/spectral/ruleset.yaml --fail-severity=warn "$bad" 2>&1 |
    grep -q operation-operationId-unique; then
	passed=$((passed + 1))
else
	echo "FAILED: Spectral accepts a document with equal operation ids"
	failed=$((failed + 1))
fi
if "$spectral" lint --ruleset tests/http/spectral/ruleset.yaml --fail-severity=warn \
    --fail-on-unmatched-globs "$document"; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
