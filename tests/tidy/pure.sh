#!/bin/sh
# usage: CC=gcc CFLAGS=... pure.sh FOLDER OBJECTS_FOLDER   The pure sources below FOLDER, linked into
# one object, need nothing from outside but mem*, strlen and the assert hook: no clock, no file, no
# socket, no malloc. (gcc's own 128-bit division and count of bits are arithmetic and allowed.)
set -eu
folder=$1; objects=$2
allowed='mem(chr|cmp|cpy|move|set)|strlen|assert_failed|__u?(div|mod)(mod)?ti[34]|__popcountdi2|_GLOBAL_OFFSET_TABLE_'
mkdir -p "$objects"; objects=$(cd "$objects" && pwd)
cd "$folder"
sources=$(find engine/base engine/domain connectors/format -name '*.c' 2>/dev/null | sort)
[ -n "$sources" ] || exit 0
rm -f "$objects"/*.o
printf '%s\n' $sources | xargs -P "$(nproc)" -I {} sh -c '
	$CC $CFLAGS -c "$1" -o "$2/$(echo "$1" | tr / _).o"' sh {} "$objects"
ld -r -o "$objects/pure.linked" "$objects"/*.o
needs=$(nm -u "$objects/pure.linked" | awk '{ print $NF }' | grep -v -x -E "$allowed" || true)
[ -z "$needs" ] && exit 0
for name in $needs; do
	for object in "$objects"/*.o; do
		nm -u "$object" | awk '{ print $NF }' | grep -q -x "$name" &&
		    echo "not pure: $(basename "$object" .o) needs $name"
	done
done
exit 1
