"""Gives Tornado 4.5.3 (2017) the names that Python has taken away since: the program and Tornado stay as they are."""

import collections
import collections.abc
import sys

# Python 3.10 keeps them in collections.abc only.
for name in collections.abc.__all__:
    if not hasattr(collections, name):
        setattr(collections, name, getattr(collections.abc, name))

# Python 3.12 dropped it. Tornado looks it up when imported and calls it for HTTPS only.
if sys.version_info >= (3, 12):
    import ssl

    ssl.match_hostname = None
