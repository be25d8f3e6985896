#!/usr/bin/env bash
# The .deb and the .rpm: they install below a root of their own, work there, and go without a trace.
set -uo pipefail
source "$(dirname "$0")/tap.sh"

# An older version's would be found by the same pattern.
rm -f target/package/forkproof_*.deb target/package/forkproof-*.rpm
check_with dpkg-deb "the .deb is built" scripts/package deb
check_with rpmbuild "the .rpm is built" scripts/package rpm
deb=$(echo target/package/forkproof_*.deb)
rpm=$(echo target/package/forkproof-*.rpm)

# works ROOT: the installed command finds the installed library, and both do their work.
works() {
    holds "forkproof-works" "$1/usr/bin/forkproof" run --mode=strict -- python3 -c 'print("forkproof-works")' &&
        holds "libforkproof.so" "$1/usr/bin/forkproof" run -- cat /proc/self/maps
}

root=$PWD/target/package/deb-root
rm -rf "$root"
mkdir -p "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/info"
touch "$root/var/lib/dpkg/status" "$root/var/lib/dpkg/available"
dpkg_() {
    dpkg --root="$root" --force-not-root --force-depends --force-bad-path --log=/dev/null "$@"
}
if [[ -e $deb ]]; then
    check "dpkg -i" dpkg_ -i "$deb"
    check "it works" works "$root"
    check "dpkg -P" dpkg_ -P forkproof
    check "nothing is left" test -z "$(find "$root/usr" -type f -o -type l 2>/dev/null)"
    check "it needs libc6 alone" test "$(dpkg-deb -f "$deb" Depends | tr ',' '\n' | grep -vc '^libc6 ')" = 0
else
    skip "dpkg -i" "there is no .deb"
fi

root=$PWD/target/package/rpm-root
rm -rf "$root"
mkdir -p "$root"
rpm_() {
    rpm --root "$root" --dbpath /var/lib/rpm --nodeps --noscripts "$@"
}
if [[ ! -e $rpm ]]; then
    skip "rpm -i" "there is no .rpm"
elif ((EUID == 0)); then
    check "rpm -i" rpm_ -i "$rpm"
    check "it works" works "$root"
    check "rpm -e" rpm_ -e forkproof
    check "nothing is left" test -z "$(find "$root/usr" -type f 2>/dev/null)"
else
    skip "rpm -i" "rpm installs below another root only as root"
fi
if [[ -e $rpm ]]; then
    check "it names what it holds" holds /usr/lib64/libforkproof.so rpm -qpl "$rpm"
fi
finish
