#!/usr/bin/env bash
# Every directory of examples/: the programs run bare and guarded, the rest is read by who would read it.
set -uo pipefail
source "$(dirname "$0")/tap.sh"

top=$PWD
forkproof=$PWD/target/release/forkproof
venv=$PWD/target/examples-venv
packages=(gunicorn==23.* celery==5.* uwsgi==2.0.* PyYAML dockerfile-parse)
if [[ ! -e $venv/done ]]; then
    check "packages from PyPI" bash -c 'python3 -m venv "$0" && "$0/bin/pip" install -q "$@" && touch "$0/done"' "$venv" "${packages[@]}"
fi
folder=$PWD/target/tmp/examples
rm -rf "$folder"
mkdir -p "$folder"
export PORT

# served NAME COMMAND...: starts it in examples/NAME, asks it ten times, ends it; says how many answers were right.
served() {
    local name=$1 server right=0 log=$folder/$1.server
    shift
    PORT=$("$venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    cd "examples/$name" || return 1
    # In the foreground: else timeout(1) hands the signal to the workers too, and one that dies with a lock that all
    # share leaves Celery's pool waiting for ever.
    timeout --foreground -k 10 60 "${@//PORT/$PORT}" >"$log" 2>&1 &
    server=$!
    for _ in {1..10}; do
        # The server answers with the id of the process that heard its own pipe.
        timeout 15 "$venv/bin/python" - "$PORT" <<'PYTHON' && right=$((right + 1))
import sys, time, urllib.request
until = time.monotonic() + 10
while True:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/", timeout=5) as answer:
            sys.exit(0 if answer.read().strip().isdigit() else 1)
    except ConnectionError:
        raise
    except OSError as error:
        if time.monotonic() > until or not isinstance(getattr(error, "reason", None), ConnectionRefusedError):
            sys.exit(str(error))
        time.sleep(0.1)
PYTHON
    done
    kill -TERM $server
    wait $server
    cd "$top" || return 1
    cat "$log"
    echo "$right of 10 answers were right"
    ((right == 10))
}

# found SLUG LOG: the log has that finding.
found() {
    "$forkproof" inspect --slug="$1" "$2"
}

for way in bare guarded; do
    guard=()
    [[ $way == guarded ]] && guard=("$forkproof" run "--log-file=$folder/gunicorn.jsonl" --)
    check "gunicorn, $way" served gunicorn "${guard[@]}" "$venv/bin/gunicorn" --preload --workers 2 --bind 127.0.0.1:PORT app:app
    [[ $way == guarded ]] && guard=("$forkproof" run "--log-file=$folder/uwsgi.jsonl" --)
    check "uWSGI, $way" served uwsgi "${guard[@]}" "$venv/bin/uwsgi" --ini uwsgi.ini
done
check "gunicorn: the workers' loop is found" found inherited-poller "$folder/gunicorn.jsonl"
check "uWSGI: the workers' loop is found" found inherited-poller "$folder/uwsgi.jsonl"

# worked COMMAND...: a worker with two processes does twenty tasks.
worked() {
    local worker
    export EXAMPLE_FOLDER=$folder/celery.$RANDOM
    mkdir -p "$EXAMPLE_FOLDER/queue" "$EXAMPLE_FOLDER/control" "$EXAMPLE_FOLDER/results"
    cd examples/celery || return 1
    timeout --foreground -k 10 90 "$@" "$venv/bin/celery" --quiet --app tasks worker --pool prefork --concurrency 2 --without-mingle --without-gossip \
        >"$EXAMPLE_FOLDER/worker" 2>&1 &
    worker=$!
    timeout 60 "$venv/bin/python" - <<'PYTHON'
import tasks
answers = [tasks.say.delay(f"word{number}") for number in range(20)]
for number, answer in enumerate(answers):
    assert answer.get(timeout=30).startswith(f"word{number} from "), answer
PYTHON
    local status=$?
    kill -TERM $worker
    wait $worker
    cd "$top" || return 1
    tail -n 20 "$EXAMPLE_FOLDER/worker"
    return $status
}
check "Celery, guarded" worked "$forkproof" run "--log-file=$folder/celery.jsonl" --
check "Celery: the workers' loop is found" found inherited-poller "$folder/celery.jsonl"

hangs() {
    ! "$venv/bin/python" examples/multiprocessing/app.py
}
check "multiprocessing, bare: children hang" hangs
check "multiprocessing, guarded: none does" holds "no child hung" "$forkproof" run -- "$venv/bin/python" examples/multiprocessing/app.py

docker() {
    "$venv/bin/python" - examples/docker/Dockerfile <<'PYTHON'
import sys, tempfile
from dockerfile_parse import DockerfileParser
parser = DockerfileParser(fileobj=open(sys.argv[1], "rb"))
steps = [(step["instruction"], step["value"]) for step in parser.structure if step["instruction"] != "COMMENT"]
assert sum(name == "FROM" for name, _ in steps) == 2, steps
copied = " ".join(value for name, value in steps if name == "COPY")
assert "/usr/local/bin/forkproof" in copied and "/usr/local/lib/libforkproof.so" in copied, copied
assert ("ENTRYPOINT", '["forkproof", "run", "--"]') in steps, steps
PYTHON
}
check "Dockerfile" docker
kubernetes() {
    "$venv/bin/python" - examples/kubernetes/deployment.yaml <<'PYTHON'
import sys, yaml
pod = yaml.safe_load(open(sys.argv[1]))["spec"]["template"]["spec"]
volumes = {volume["name"] for volume in pod["volumes"] if "emptyDir" in volume}
first, app = pod["initContainers"][0], pod["containers"][0]
for one in (first, app):
    assert one["volumeMounts"][0]["name"] in volumes
place = app["volumeMounts"][0]["mountPath"] + "/libforkproof.so"
env = {variable["name"]: variable["value"] for variable in app["env"]}
assert env["LD_PRELOAD"] == place, env
assert first["command"][-1] == first["volumeMounts"][0]["mountPath"] + "/libforkproof.so"
open("target/tmp/examples/options", "w").write(env["FORKPROOF_OPTIONS"])
PYTHON
}
check "Kubernetes" kubernetes

# taken OPTIONS: the library has nothing to say against them.
taken() {
    local said
    said=$(FORKPROOF_OPTIONS=$1 LD_PRELOAD=$PWD/target/release/libforkproof.so true 2>&1)
    [[ -z $said ]] || { echo "$said"; return 1; }
}
check "Kubernetes: the options are taken" taken "$(sed "s|log_path=[^:]*|log_path=$folder/k8s.%p|" "$folder/options")"
options=$(sed -n 's/^Environment=FORKPROOF_OPTIONS=//p' examples/systemd/forkproof.conf | sed "s|%%|%|g; s|log_path=[^:]*|log_path=$folder/unit.%p|; s|:syslog=journal||")
check "systemd: the options are taken" taken "$options"
unit() {
    mkdir -p "$folder/unit/app.service.d"
    printf '[Service]\nExecStart=/bin/true\n' >"$folder/unit/app.service"
    cp examples/systemd/forkproof.conf "$folder/unit/app.service.d/"
    local said
    said=$(SYSTEMD_UNIT_PATH="$folder/unit:" systemd-analyze verify --man=no "$folder/unit/app.service" 2>&1) || { echo "$said"; return 1; }
    ! grep -F "$folder/unit" <<<"$said"
}
if command -v systemd-analyze >/dev/null; then
    check "systemd-analyze verify" unit
else
    skip "systemd-analyze verify" "systemd is not installed"
fi
finish
