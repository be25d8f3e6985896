#!/usr/bin/env bash
# scripts/setup, on machines that lack this and that: in a PATH that has only what is put there, apt-get among it, which
# notes what it is asked for and installs nothing.
set -uo pipefail
source "$(dirname "$0")/tap.sh"

path=$PWD/target/tmp/setup
asked=$path/asked
mkdir -p "$path"
# machine UID [WITHOUT...]: a user of that id, with everything but those.
machine() {
    local uid=$1 tool
    shift
    rm -rf "$path"
    mkdir -p "$path"
    for tool in bash sed cut sort head tail uname mktemp rm dirname; do
        ln -s "$(command -v $tool)" "$path/$tool"
    done
    for tool in cc c++ make prove readelf git valgrind python3-dbg go debootstrap systemd-analyze setcap man zsh fish rpmbuild dpkg-deb \
        qemu-aarch64 chromium python3; do
        script $tool true
    done
    script cargo "echo cargo 99.0.0"
    script id "echo $uid"
    script apt-get "echo \"\$@\" >>'$asked'"
    for tool in "$@"; do
        rm "$path/$tool"
    done
}
script() {
    printf '#!%s\n%s\n' "$(command -v bash)" "$2" >"$path/$1"
    chmod +x "$path/$1"
}
# setup STATUS WORD: its exit status is that. What it said is left in `said`.
setup() {
    local status=0
    said=$(PATH=$path bash scripts/setup "$2" 2>&1 </dev/null) || status=$?
    [[ $status == "$1" ]] || { echo "exit status $status, not $1:"; echo "$said"; return 1; }
}

needed() {
    machine 1000 cc prove
    setup 1 test && holds "setup: missing: gcc perl." echo "$said" && [[ $(wc -l <<<"$said") == 1 && ! -e $asked ]] || return 1
    rm "$path/cargo"
    setup 1 test && holds "rustup" echo "$said" # with the rest, not after it
}
check "not root: what is needed is named, and it fails" needed

optional() {
    machine 1000 fish chromium rpmbuild
    setup 0 test || return 1
    [[ $(wc -l <<<"$said") == 1 && $said == *" fish"* && $said == *" chromium"* && $said == *" rpm "* && ! -e $asked ]] || { echo "$said"; return 1; }
}
check "not root: what single tests want is named on one line, and that is all" optional

others() {
    machine 1000 fish chromium rpmbuild prove
    setup 0 demo && [[ -z $said ]] && setup 0 check && [[ -z $said ]]
}
check "what is not wanted is not missed" others

as_root() {
    machine 0 cc fish chromium
    # The note of what was asked for: the machine stays as it is.
    setup 0 test || return 1
    holds "install --no-install-recommends gcc" cat "$asked" && grep -q -- ' fish\( \|$\)' "$asked" && grep -q ' chromium' "$asked" &&
        [[ $(grep -c update "$asked") == 1 ]]
}
check "root: all are asked of apt-get by name" as_root

unavailable() {
    machine 0 fish chromium
    # This system has no chromium.
    script apt-get "echo \"\$@\" >>'$asked'; [[ \"\$*\" != *chromium* ]] || exit 100; [[ \"\$*\" != *fish ]] || ln -sf $(type -P true) '$path/fish'"
    ln -s "$(command -v ln)" "$path/ln"
    setup 0 test || return 1
    [[ -e $path/fish ]] && holds "without " echo "$said" && holds "chromium some tests" echo "$said" && ! grep -q "without.*fish" <<<"$said"
}
check "root: one that is not to be had keeps no other out" unavailable
nothing_conflicts() {
    ! grep -qE '=(gcc-multilib|gcc-[a-z0-9]+-linux-gnu)' scripts/setup
}
check "no package shuts out another" nothing_conflicts
no_rust() {
    machine 1000 cargo
    setup 1 check && holds "rustup" echo "$said" || return 1
    script cargo "echo cargo 1.2.3"
    setup 1 check && holds "cargo is 1.2.3" echo "$said"
}
check "Rust is asked for by version" no_rust
finish
