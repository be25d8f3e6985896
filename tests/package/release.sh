#!/usr/bin/env bash
# The release builds (glibc 2.17, linked by zig): what they need, C tests with the x86-64 library, and some of them with
# the aarch64 library under qemu's user emulation, which has no MADV_WIPEONFORK: there a child is known by its fork.
set -uo pipefail
source "$(dirname "$0")/tap.sh"

built="both are built, need libc and the loader alone, and no glibc above 2.17"
output=$(scripts/package release 2>&1 </dev/null)
case $? in
77)
    skip "$built" "$(sed -n 's/^package: //p' <<<"$output" | tail -n 1)"
    finish
    ;;
0) check "$built" true ;;
*) check "$built" eval 'echo "$output"; false' ;;
esac
x86=$PWD/target/zig/x86_64-unknown-linux-gnu/release
arm=$PWD/target/zig/aarch64-unknown-linux-gnu/release

if [[ $(uname -m) == x86_64 ]]; then
    check "the command of the release finds its library" holds works "$x86/forkproof" run --mode=strict -- echo works
    for test in c-tests/hazard/inherited-poller/*.c c-tests/identity/*.c c-tests/hazard/adopted-lock/*.c c-tests/hazard/phantom-event/*.c; do
        # What constructors make before ours is unknown to this build: only with `-z initfirst` ours is the first.
        [[ $test == *.lib.c || $test == */in_constructor.c ]] && continue
        check "x86-64: $test" env FORKPROOF_LIB="$x86/libforkproof.so" scripts/run-c-test "$test"
    done
else
    skip "x86-64: C tests" "this is no x86-64"
fi

# Of those that the emulator itself can run bare.
emulated=(inherited-poller/{answers,child_adds,child_closes_loop,child_deletes,edge_stolen,five_pollers,flags_kept,list_faithful,many_numbers,many_registrations}
    phantom-event/{closed,dup_keeps})
# expected KIND FILE: the exit status its opening comment promises.
expected() {
    sed -n "s/^ \* $1: exit \([0-9]*\).*/\1/p" "$2" | head -n 1
}
# runs STATUS PRELOAD PROGRAM: under emulation it ends with that status.
runs() {
    local said status
    said=$(timeout 60 qemu-aarch64 -L /usr/aarch64-linux-gnu ${2:+-E LD_PRELOAD=$2} "$3" fork 2>&1)
    status=$?
    [[ $status == "$1" ]] || { echo "exit status $status, expected $1"; echo "$said"; return 1; }
}
if ! command -v qemu-aarch64 >/dev/null || [[ ! -e /usr/aarch64-linux-gnu/lib/libc.so.6 ]]; then
    skip "aarch64: tests" "there is no qemu-aarch64, or no libc for what it runs (qemu-user, libc6-arm64-cross)"
    finish
fi
mkdir -p target/tmp/aarch64
for name in "${emulated[@]}"; do
    source=c-tests/hazard/$name.c
    program=target/tmp/aarch64/${name//\//_}
    check "aarch64: $name compiles" target/zig-venv/bin/python -m ziglang cc -target aarch64-linux-gnu.2.34 -Ic-tests -o "$program" "$source" -lpthread
    check "aarch64: $name, bare" runs "$(expected bare "$source")" "" "$program"
    check "aarch64: $name, guarded" runs "$(expected guarded "$source")" "$arm/libforkproof.so" "$program"
done
finish
