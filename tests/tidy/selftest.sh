#!/bin/sh
# Every structural check must let a clean tree pass and stop each planted violation, by name. A check
# that cannot fail is worth nothing: this is its test. Ends with `N passed, N failed`.
set -u
tidy=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
passed=0; failed=0
export CC=gcc
flags='-std=c17 -I. -O1 -U_FORTIFY_SOURCE -fno-stack-protector -fno-pie -Wall -Wextra'

# A small clean tree with every habit that the checks must understand.
plant_clean() {
	rm -rf "${tree:?}"/*
	mkdir -p "$tree/engine/base" "$tree/engine/domain" "$tree/engine/http" "$tree/engine/system" \
	    "$tree/schemas/sources"
	cat > "$tree/engine/base/good.h" <<'EOF'
/* time() and strcpy() in a comment are words; so is #include "x.h". */
#ifndef ENGINE_BASE_GOOD_H
#define ENGINE_BASE_GOOD_H

#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))

enum result { RESULT_OK };
#ifndef CENTS_RAW
#define CENTS_RAW
#endif
struct cents {
	int64_t raw CENTS_RAW;
};
struct voucher_id {
	int64_t raw;
};

MUST_CHECK enum result good_copy(struct cents *ret_amount);

#endif
EOF
	cat > "$tree/engine/base/good.c" <<'EOF'
#include "engine/base/good.h"

#include <string.h>

enum result good_copy(struct cents *ret_amount)
{
	static const char words[] = "strcpy(a, b); float; time(NULL)";
	const __int128 wide = (__int128)sizeof words * 3;

	memset(ret_amount, (int)(wide / 7), sizeof *ret_amount);
	return RESULT_OK;
}
EOF
	cat > "$tree/engine/domain/rule.c" <<'EOF'
#include "schemas/results.def"
#include "engine/base/good.h"

/* SOURCE art-5: "the title
 * lapses" */
int64_t rule_amount(struct cents amount);
int64_t rule_amount(struct cents amount)
{
	const struct cents none = {0};
	const struct voucher_id id = {.raw = none.raw}; /* raw: printed as it is */

	/* raw: so is this */
	return amount.raw + id.raw;
}
EOF
	: > "$tree/schemas/results.def"
	echo 'At midnight the title lapses.' > "$tree/schemas/sources/art-5.txt"
	printf '#include <time.h>\nint system_now(void);\nint system_now(void)\n{\n\treturn (int)time(0);\n}\n' \
	    > "$tree/engine/system/clock.c"
}

# run NAME: one check over the whole tree, its output in $tree.out
run() {
	files=$(cd "$tree" && find engine connectors cli -name '*.[ch]' 2>/dev/null | sort)
	headers=$(cd "$tree" && find engine connectors cli -name '*.h' 2>/dev/null | sort)
	# shellcheck disable=SC2086
	case $1 in
	layers) (cd "$tree" && "$tidy/layers.py" "$tidy/layers.txt" $files) ;;
	style) (cd "$tree" && "$tidy/style.py" $files) ;;
	money) (cd "$tree" && "$tidy/money.py" clang-14 "$flags" $(echo "$files" | grep 'c$')) ;;
	sources) (cd "$tree" && "$tidy/sources.py" $files) ;;
	words) (cd "$tree" && "$tidy/words.sh" $files) ;;
	headers) (cd "$tree" && CFLAGS="$flags -D_GNU_SOURCE" "$tidy/headers.sh" $headers) ;;
	pure) CFLAGS=$flags "$tidy/pure.sh" "$tree" "$tree/objects" ;;
	esac
}

verdict() {
	if [ "$1" = yes ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $2"
		[ -z "$output" ] || echo "$output" | sed 's/^/    /'
	fi
}

expect_clean() {
	output=$(run "$1" 2>&1) && verdict yes "" || verdict no "$1 stops a clean tree"
}

# expect CHECK MESSAGE FILE: the check fails, and says so about that file.
expect() {
	if output=$(run "$1" 2>&1); then
		verdict no "$1 does not see: $2"
	elif echo "$output" | grep -F -e "$2" | grep -q -F -e "$3"; then
		verdict yes ""
	else
		verdict no "$1 fails, but does not say: $2"
	fi
	plant_clean
}

in_function() { # FILE LINE: a C file whose only function holds that line
	mkdir -p "$tree/$(dirname "$1")"
	printf 'int work(void);\nint work(void)\n{\n\t%s\n\treturn 0;\n}\n' "$2" > "$tree/$1"
}

plant_clean
for check in layers style money sources words headers pure; do expect_clean "$check"; done

# Layers.
echo '#include "engine/http/x.h"' > "$tree/engine/domain/up.c"
expect layers 'engine/domain may not include engine/http/x.h' engine/domain/up.c:1
echo '#include <lmdb.h>' > "$tree/engine/http/store.c"
expect layers 'engine/http may not use <lmdb.h>' engine/http/store.c:1
echo '#include <unistd.h>' > "$tree/engine/base/posix.c"
expect layers 'is pure and may not include <unistd.h>' engine/base/posix.c:1
echo '#include "good.h"' > "$tree/engine/base/near.c"
expect layers 'by its full path' engine/base/near.c:1
mkdir -p "$tree/engine/misc"; echo '#include <stdio.h>' > "$tree/engine/misc/new.c"
expect layers 'is not in layers.txt' engine/misc/new.c:1
echo '#include HEADER' > "$tree/engine/base/computed.c"
expect layers 'computed include' engine/base/computed.c:1
mkdir -p "$tree/cli"; echo '#include "engine/ledger/store.h"' > "$tree/cli/ledger.c"
expect layers 'cli may not include engine/ledger/store.h' cli/ledger.c:1
mkdir -p "$tree/engine/audit"; echo '#include "engine/base/money.h"' > "$tree/engine/audit/sum.c"
expect layers 'engine/audit may not include engine/base/money.h' engine/audit/sum.c:1
mkdir -p "$tree/engine/audit"; echo '#include "schemas/records.def"' > "$tree/engine/audit/table.c"
expect layers 'engine/audit may not include schemas/records.def' engine/audit/table.c:1

# Style: size, money, clocks, randomness, banned functions, results.
in_function engine/http/wide.c "/* $(printf '%0100d' 0) */"
expect style 'the limit is 100' engine/http/wide.c:4
{ printf 'int work(void)\n{\n'; yes '	;' | head -n 71; printf '}\n'; } > "$tree/engine/http/long.c"
expect style 'function of 71 lines' engine/http/long.c:2
in_function engine/domain/clock.c 'clock_gettime(CLOCK_REALTIME, &now);'
expect style 'clock_gettime: clocks' engine/domain/clock.c:4
in_function engine/ledger/instant.c 'now = clock_now();'
expect style 'instants reach the ledger as values' engine/ledger/instant.c:4
in_function engine/http/zone.c 'localtime_r(&now, &parts);'
expect style 'localtime_r: clocks' engine/http/zone.c:4
in_function engine/http/random.c 'RAND_bytes(buffer, 16);'
expect style 'RAND_bytes: clocks' engine/http/random.c:4
in_function engine/http/device.c 'open("/dev/urandom", O_RDONLY);'
expect style 'randomness belongs to engine/system' engine/http/device.c:4
in_function cli/built.c 'const char *day = __DATE__;'
expect style 'the time of a build' cli/built.c:4
in_function cli/copy.c 'strcpy(to, from);'
expect style 'strcpy is banned' cli/copy.c:4
in_function engine/http/number.c 'return (int)strtol(text, NULL, 10);'
expect style 'strtol is banned' engine/http/number.c:4
in_function engine/domain/share.c 'double share = 0.5;'
expect style 'no floating point' engine/domain/share.c:4
in_function engine/http/later.c '/* FIXME later */'
expect style 'unfinished work' engine/http/later.c:4
printf '#ifndef ENGINE_HTTP_LOOSE_H\n#define ENGINE_HTTP_LOOSE_H\nenum result loose_do(void);\n#endif\n' \
    > "$tree/engine/http/loose.h"
expect style 'is MUST_CHECK' engine/http/loose.h:3
printf '#ifndef LOOSE_H\n#define LOOSE_H\n#endif\n' > "$tree/engine/http/loose.h"
expect style 'the include guard is ENGINE_HTTP_LOOSE_H' engine/http/loose.h:1

# Money: reads, writes, initialisers, and macros that hide them.
in_money() { # LINE of code about `amount`
	printf '#include "engine/base/good.h"\n#define LOOK(x) ((x)->raw)\nint64_t look(struct cents *amount);\n' \
	    > "$tree/engine/http/look.c"
	printf 'int64_t look(struct cents *amount)\n{\n\t%s\n\treturn 0;\n}\n' "$1" >> "$tree/engine/http/look.c"
}
for line in 'amount->raw += 1;' 'return LOOK(amount);' '*amount = (struct cents){.raw = 7};' \
    '*amount = (struct cents){7};' 'return amount->raw; /* raw */'; do
	in_money "$line"
	expect money 'reach money through cents_*()' engine/http/look.c:6
done
in_money 'return nothing;'
expect money 'does not compile' engine/http/look.c:1

# Quotes of the rules.
printf '/* SOURCE art-5: "the title lives" */\n' > "$tree/engine/domain/quote.c"
expect sources 'does not say: the title lives' engine/domain/quote.c:1
printf '/* SOURCE art-9: "no" */\n' > "$tree/engine/domain/quote.c"
expect sources 'no schemas/sources/art-9.txt' engine/domain/quote.c:1

# Words of a workplace.
in_function engine/http/path.c "open(\"/$(echo krow | rev)/main/x\", 0);"
expect words 'a word of the workplace' engine/http/path.c:4
in_function engine/http/ticket.c "/* $(echo eussi | rev) 12 asked for it */"
expect words 'a word of the workplace' engine/http/ticket.c:4

# Headers alone.
printf 'struct part { uint32_t size; };\n' > "$tree/engine/http/lean.h"
expect headers 'does not compile alone' engine/http/lean.h
printf 'struct part { int size; };\n' > "$tree/engine/http/twice.h"
expect headers 'redefinition' engine/http/twice.h

# Purity.
in_function engine/base/heap.c 'return __builtin_malloc(1) != 0;'
printf '#include <stddef.h>\nvoid *malloc(size_t size);\nvoid *heap_take(void);\nvoid *heap_take(void)\n{\n\treturn malloc(3);\n}\n' \
    > "$tree/engine/base/heap.c"
expect pure 'needs malloc' heap.c
printf 'long time(long *now);\nlong stamp(void);\nlong stamp(void)\n{\n\treturn time(0);\n}\n' \
    > "$tree/engine/domain/stamp.c"
expect pure 'needs time' stamp.c

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
