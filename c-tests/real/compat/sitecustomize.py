"""Gives Tornado 4.5.3 (2017) the names that Python 3.10 took out of `collections`."""

import collections
import collections.abc

for name in collections.abc.__all__:
    if not hasattr(collections, name):
        setattr(collections, name, getattr(collections.abc, name))
