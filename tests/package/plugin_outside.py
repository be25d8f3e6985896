"""A plugin of which each session finds something before its first test, as an application does that forks when it is
imported."""

from tests.package.plugin_cases import child_uses_its_parents_loop


def pytest_sessionstart():
    child_uses_its_parents_loop()
