"""Tests for the plugin to judge: two that meet inherited-poller, and three that must pass. Not run by themselves."""

import os
import select

import pytest


def child_uses_its_parents_loop():
    with select.epoll() as poller:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            poller.register(reader, select.EPOLLIN)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        os.close(reader)
        os.close(writer)


def test_innocent():
    child = os.fork()
    if child == 0:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def test_guilty():
    child_uses_its_parents_loop()


@pytest.mark.forkproof(allow="inherited-poller")
def test_allowed():
    child_uses_its_parents_loop()


def test_after():
    pass


def test_guilty_too():
    child_uses_its_parents_loop()
    child_uses_its_parents_loop()
