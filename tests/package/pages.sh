#!/usr/bin/env bash
# Man pages and completions: what `make install` puts where, and whether man(1) and the shells take it.
set -uo pipefail
source "$(dirname "$0")/tap.sh"

root=target/package/pages
rm -rf "$root"
check "make install" make install DESTDIR="$PWD/$root" PREFIX=/usr
share=$root/usr/share

# no_warnings PAGE: man(1) formats it for 80 columns without a word on standard error, and no line is wider.
no_warnings() {
    local text warnings
    warnings=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>&1 >/dev/null)
    [[ -z $warnings ]] || { echo "$warnings"; return 1; }
    text=$(LC_ALL=C.UTF-8 MANWIDTH=80 man -P cat -l "$1" | sed 's/.\x08//g; s/\x1b\[[0-9;]*m//g') || return 1
    grep -q '^NAME' <<<"$text" || { echo "no NAME"; return 1; }
}
commands=$("$root/usr/bin/forkproof" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | grep -v '^help$')
check "--help lists commands" test -n "$commands"
for command in $commands; do
    check "forkproof-$command(1) is there" test -s "$share/man/man1/forkproof-$command.1"
done
for page in "$share"/man/man?/*; do
    check_with man "man --warnings ${page##*/}" no_warnings "$page"
done
hazards_has_each() {
    local text slug
    text=$(sed 's/\\-/-/g' "$share/man/man7/forkproof-hazards.7")
    for slug in $slugs; do
        grep -qxF ".SH \"$slug\"" <<<"$text" || { echo "no $slug"; return 1; }
    done
}
slugs=$("$root/usr/bin/forkproof" explain | sed -n 's/^\([a-z-]*\) (default.*/\1/p')
check "forkproof-hazards(7) has every slug" hazards_has_each

bash_completes() {
    # shellcheck disable=SC2016
    holds inspect bash -c 'source "$1"; COMP_WORDS=(forkproof ins); COMP_CWORD=1; _forkproof forkproof ins forkproof; echo "${COMPREPLY[@]}"' - \
        "$share/bash-completion/completions/forkproof"
}
zsh_completes() {
    # shellcheck disable=SC2016
    holds _forkproof zsh -fc 'fpath=($1 $fpath); autoload -Uz compinit; compinit -D -u; whence -w _forkproof; print ${_comps[forkproof]}; autoload +X _forkproof' - \
        "$share/zsh/site-functions"
}
fish_completes() {
    # shellcheck disable=SC2016
    holds inspect fish -c 'source $argv[1]; complete -C "forkproof ins"' "$share/fish/vendor_completions.d/forkproof.fish"
}
check "bash completes" bash_completes
check_with zsh "zsh completes" zsh_completes
check_with fish "fish completes" fish_completes
for shell in bash zsh fish; do
    check "forkproof completions $shell prints the same" cmp <("$root/usr/bin/forkproof" completions $shell) "$(find "$share/$shell"* -type f | grep forkproof)"
done

check "make uninstall" make uninstall DESTDIR="$PWD/$root" PREFIX=/usr
check "uninstall leaves nothing" test -z "$(find "$root" -type f)"
finish
