# What the package tests start from: TAP, and a folder of the test's own. Sourced.
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
tests=0
failed=0

# check NAME COMMAND...: the command succeeds; what it said is shown if it does not.
check() {
    local name=$1 said
    shift
    tests=$((tests + 1))
    if said=$("$@" 2>&1 </dev/null); then
        echo "ok $tests - $name"
    else
        failed=$((failed + 1))
        echo "not ok $tests - $name"
        echo "# $ $*"
        sed 's/^/# /' <<<"$said" | tail -n 30
    fi
}

skip() {
    tests=$((tests + 1))
    echo "ok $tests - $1 # SKIP $2"
}

# check_with TOOL NAME COMMAND...: the same where the tool is there. scripts/setup says what installs it.
check_with() {
    if command -v "$1" >/dev/null; then
        check "${@:2}"
    else
        skip "$2" "there is no $1"
    fi
}

# holds TEXT COMMAND...: it succeeds, and prints TEXT.
holds() {
    local text=$1 said
    shift
    said=$("$@" 2>&1) || { echo "$said"; return 1; }
    grep -qF -- "$text" <<<"$said" || { echo "no \`$text\` in:"; echo "$said"; return 1; }
}

finish() {
    echo "1..$tests"
    exit $((failed != 0))
}
