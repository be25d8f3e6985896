"""Fails the test during which forkproof found something.

    pytest --forkproof                         runs the tests under forkproof
    @pytest.mark.forkproof(allow="SLUG")       a finding this test provokes on purpose; also a list of them

The interpreter starts itself again as `forkproof run -- python -m pytest ...` before anything is collected. A finding
belongs to the test that runs in the process it came of: the test's own, or one forked from it. pytest-xdist's workers
have a thread more, which the children of a test lack: `--forkproof-option=vanished-threads=off` is for them.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

# Names the log of a run to the interpreter that was started again, and to pytest-xdist's workers.
LOG = "FORKPROOF_PYTEST_LOG"


def pytest_addoption(parser):
    group = parser.getgroup("forkproof")
    group.addoption("--forkproof", action="store_true",
                    help="run under forkproof, and fail the test in which it finds something")
    group.addoption("--forkproof-option", action="append", default=[], metavar="KEY=VALUE",
                    help="an option for forkproof, as after `forkproof run -o`; may be repeated")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    if config.option.forkproof and LOG not in os.environ:
        start_again(config)


def pytest_configure(config):
    config.addinivalue_line("markers", "forkproof(allow): slugs of findings that this test provokes on purpose")
    if LOG in os.environ:
        config.pluginmanager.register(Watcher(Path(os.environ[LOG])), "forkproof-watcher")


def start_again(config):
    command = shutil.which("forkproof", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if command is None:
        raise pytest.UsageError("--forkproof: the command `forkproof` is neither beside python nor on PATH")
    log = Path(tempfile.mkdtemp(prefix="pytest-forkproof-")) / "findings.jsonl"
    log.touch()
    arguments = [command, "run", f"--log-file={log}", "-o", "limit=0"]
    for option in config.option.forkproof_option:
        arguments += ["-o", option]
    arguments += ["--", sys.executable, "-m", "pytest", *config.invocation_params.args]
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        # Else what comes now would go into a file that nobody reads.
        capture.stop_global_capturing()
    sys.stdout.flush()
    sys.stderr.flush()
    # As a child: the log is ours to remove when the tests are over.
    try:
        status = subprocess.call(arguments, env={**os.environ, LOG: str(log)})
    finally:
        shutil.rmtree(log.parent, ignore_errors=True)
    os._exit(status if status >= 0 else 128 - status)


class Watcher:
    """Reads what the log has gained since the last look."""

    def __init__(self, log):
        self.log = log
        self.read = 0
        self.parents = {}
        self.in_tests = 0
        self.outside = []
        # Of pytest-xdist: our descendants too, but what is found in them is theirs to judge.
        self.workers = set()

    def gained(self):
        """The findings of this process and its descendants that are new."""
        with self.log.open("rb") as log:
            log.seek(self.read)
            text = log.read()
        whole = text.rfind(b"\n") + 1
        self.read += whole
        findings = []
        for line in text[:whole].splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if record.get("kind") == "fork":
                self.parents[record["child"]] = record["pid"]
            elif record.get("ppid"):
                self.parents.setdefault(record["pid"], record["ppid"])
            if record.get("kind") == "finding" and not record.get("suppressed"):
                findings.append(record)
        return [finding for finding in findings if self.is_ours(finding["pid"])]

    def is_ours(self, pid):
        passed = set()
        while pid and pid not in passed:
            if pid == os.getpid():
                return True
            if pid in self.workers:
                return False
            passed.add(pid)
            pid = self.parents.get(pid, 0)
        return False

    def look(self, item):
        allowed = set()
        for mark in item.iter_markers("forkproof"):
            allow = mark.kwargs.get("allow", ())
            allowed.update([allow] if isinstance(allow, str) else allow)
        new = [finding for finding in self.gained() if finding["slug"] not in allowed]
        if not new:
            return
        item.user_properties += [("forkproof", finding["slug"]) for finding in new]
        lines = [f"forkproof: {told(finding)}" for finding in new]
        lines += [f"(forkproof explain {slug})" for slug in sorted({finding["slug"] for finding in new})]
        pytest.fail("\n".join(lines), pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item):
        # What came while tests were collected, or after the last one, is not this one's.
        self.outside += self.gained()
        result = yield
        self.look(item)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        result = yield
        self.look(item)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item):
        result = yield
        self.look(item)
        return result

    def pytest_runtest_logreport(self, report):
        # The properties of all phases stand in the last one's, and pytest-xdist's workers send them along.
        if report.when == "teardown":
            self.in_tests += sum(name == "forkproof" for name, _ in report.user_properties)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session):
        self.outside += self.gained()
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["forkproof"] = json.dumps([os.getpid(), self.outside])
        if self.outside and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        """pytest-xdist: a worker has ended. One that crashed has left no word, and its findings count as ours."""
        told = getattr(node, "workeroutput", {}).get("forkproof")
        if told:
            pid, outside = json.loads(told)
            self.workers.add(pid)
            self.outside += outside

    def pytest_terminal_summary(self, terminalreporter):
        if self.in_tests or self.outside:
            terminalreporter.section("forkproof")
            terminalreporter.line(f"{self.in_tests} findings in tests, {len(self.outside)} outside of any")
            for finding in self.outside:
                terminalreporter.line(told(finding))


def told(finding):
    """One line about a finding."""
    return f"{finding['slug']} ({finding['outcome']}) in process {finding['pid']}: {finding['text']}"
