#!/bin/sh
# usage: fresh-machine.sh [COMMAND ...]     (as root; default: make deps, make release)
#
# Proves that the project builds on a bare Debian 12: makes a minimal bookworm below a chroot with
# only git, make and gcc, clones this repository's HEAD into it, runs the commands there as root, and
# removes it all. It uses the package mirror and proxy of this machine: MIRROR, or the first bookworm
# source that apt is configured with. KEEP=1 keeps the chroot; CHROOT says where it lies; BASE, if
# set, is a tar archive that spares the second debootstrap.
set -eu

project=$(cd "$(dirname "$0")/../.." && pwd)
chroot_folder=${CHROOT:-/tmp/chroot-titoli}
suite=bookworm

mirror_of_apt() {
	apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
	    awk -v suite="$suite" '$2 == suite { print $1; exit }'
}

[ "$(id -u)" = 0 ] || { echo "fresh-machine: run as root" >&2; exit 2; }
command -v debootstrap > /dev/null || { echo "fresh-machine: debootstrap is missing" >&2; exit 2; }
mirror=${MIRROR:-$(mirror_of_apt)}
[ -n "$mirror" ] || { echo "fresh-machine: no mirror: set MIRROR" >&2; exit 2; }

unmount() {
	for place in dev sys proc; do
		if mountpoint -q "$chroot_folder/$place"; then umount -R -l "$chroot_folder/$place"; fi
	done
}

cleanup() {
	status=$?
	unmount
	if [ "${KEEP:-0}" = 1 ]; then
		echo "fresh-machine: kept in $chroot_folder"
	else
		rm -rf --one-file-system "$chroot_folder"
	fi
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

[ ! -e "$chroot_folder" ] || { echo "fresh-machine: $chroot_folder exists" >&2; trap - EXIT; exit 2; }
mkdir -p "$chroot_folder"
if [ -n "${BASE:-}" ] && [ -f "$BASE" ]; then
	tar -C "$chroot_folder" -xf "$BASE"
else
	debootstrap --variant=minbase --include=git,make,gcc,ca-certificates "$suite" \
	    "$chroot_folder" "$mirror" > "$chroot_folder.log" 2>&1 ||
	    { tail -n 20 "$chroot_folder.log" >&2; exit 1; }
	rm -f "$chroot_folder.log"
	[ -z "${BASE:-}" ] || tar -C "$chroot_folder" -cf "$BASE" .
fi

# The same way out as this machine has: sources, apt's proxy, certificates, name resolution.
{
	echo "deb $mirror $suite main"
	echo "deb $mirror $suite-updates main"
} > "$chroot_folder/etc/apt/sources.list"
apt-config dump | grep -i -E '^Acquire::(http|https)(::Proxy|::CaInfo)' \
    > "$chroot_folder/etc/apt/apt.conf.d/90proxy" || true
cp /etc/resolv.conf /etc/hosts "$chroot_folder/etc/"
if [ -d /usr/local/share/ca-certificates ]; then
	cp -r /usr/local/share/ca-certificates "$chroot_folder/usr/local/share/"
	chroot "$chroot_folder" update-ca-certificates > /dev/null 2>&1 || true
fi
for place in proc sys dev; do
	mkdir -p "$chroot_folder/$place"
	mount --rbind "/$place" "$chroot_folder/$place"
	mount --make-rslave "$chroot_folder/$place"
done

git clone -q --no-hardlinks "$project" "$chroot_folder/root/titoli"
[ $# -gt 0 ] || set -- "make deps" "make release"
for command in "$@"; do
	echo "fresh-machine: $command"
	start=$(date +%s)
	chroot "$chroot_folder" /usr/bin/env -u MAKEFLAGS -u MAKELEVEL HOME=/root \
	    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    sh -c "cd /root/titoli && $command"
	echo "fresh-machine: '$command' took $(($(date +%s) - start)) s"
done
echo "fresh-machine: OK"
