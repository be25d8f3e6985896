#!/usr/bin/env bash
# The wheel: installed by pip into a fresh venv it gives the command, the library and the pytest plugin; the demo's
# story runs with nothing else; and the plugin fails the test in which a finding appeared, and no other.
set -uo pipefail
source "$(dirname "$0")/tap.sh"

# An older version's would be found by the same pattern.
rm -f target/package/forkproof-*.whl
check "it is built" scripts/package wheel
wheel=$(echo target/package/forkproof-*.whl)
venv=target/package/venv
rm -rf "$venv"
check "a fresh venv" python3 -m venv "$venv"
check "pip install, with pytest, pytest-xdist and Tornado" "$venv/bin/pip" install -q "$wheel[pytest]" pytest-xdist \
    "$(grep '^tornado==' c-tests/real/requirements.txt)"
check "the command says its version" holds "forkproof " "$venv/bin/forkproof" --version
check "bare, the story fails" holds "KeyError" bash -c "PYTHONPATH=c-tests/real/compat $venv/bin/python c-tests/real/tornado_story.py 2>&1; true"
check "guarded, it works" holds "parent: my handler was called for my client" \
    env PYTHONPATH=c-tests/real/compat "$venv/bin/forkproof" run -- "$venv/bin/python" c-tests/real/tornado_story.py

# outcomes ARGUMENT...: how the plugin's tests end, one word each.
outcomes() {
    "$venv/bin/python" -m pytest -q -rA -p no:cacheprovider --forkproof "$@" tests/package/plugin_cases.py 2>&1
}
ends_right() {
    local said status
    said=$(outcomes "$@")
    status=$?
    [[ $status == 1 ]] || { echo "exit status $status"; echo "$said"; return 1; }
    for line in "PASSED tests/package/plugin_cases.py::test_innocent" "PASSED tests/package/plugin_cases.py::test_allowed" \
        "FAILED tests/package/plugin_cases.py::test_guilty" "inherited-poller" "3 findings in tests" \
        "PASSED tests/package/plugin_cases.py::test_after" "FAILED tests/package/plugin_cases.py::test_guilty_too"; do
        grep -qF -- "$line" <<<"$said" || { echo "no \`$line\` in:"; echo "$said"; return 1; }
    done
}
check "the plugin fails the guilty tests alone" ends_right
check "and with pytest-xdist" ends_right -n 2 --forkproof-option=vanished-threads=off
allowed() {
    outcomes "$@" -k "allowed or innocent" | grep -v 'outside of any' && [[ ${PIPESTATUS[0]} == 0 ]]
}
check "what is allowed does not fail the run" allowed
check "nor with pytest-xdist, where the workers are children too" allowed -n 2 --forkproof-option=vanished-threads=off
# outside COUNT ARGUMENT...: where each session finds something before its first test, the run fails and the test passes.
outside() {
    local said status
    said=$(outcomes "${@:2}" -p tests.package.plugin_outside -k innocent)
    status=$?
    [[ $status == 1 ]] && holds "0 findings in tests, $1 outside of any" echo "$said" && holds "PASSED tests/package/plugin_cases.py::test_innocent" echo "$said" ||
        { echo "exit status $status"; echo "$said"; return 1; }
}
check "a finding outside of any test fails the run, and no test" outside 1
check "and those of pytest-xdist's workers, once each" outside 3 -n 2 --forkproof-option=vanished-threads=off
check "without --forkproof nothing changes" holds "5 passed" "$venv/bin/python" -m pytest -q -p no:cacheprovider tests/package/plugin_cases.py
property() {
    outcomes --junitxml="$venv/junit.xml" >/dev/null
    holds '<property name="forkproof" value="inherited-poller"' cat "$venv/junit.xml"
}
check "the JUnit file names the finding" property
finish
