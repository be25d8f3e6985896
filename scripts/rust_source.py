"""Rust source as the audits read it: what is code, and what of it is not only for tests."""

import re

# A comment, a string, or a character: none of them is code. A lifetime has no closing quote and stays.
NOT_CODE = re.compile(
    r"""//[^\n]*"""
    r"""|/\*.*?\*/"""
    r'''|\b[bc]?r(?P<hashes>\#*)".*?"(?P=hashes)'''
    r'''|\b[bc]?"(?:\\.|[^"\\])*"|"(?:\\.|[^"\\])*"'''
    r"""|'(?:\\u\{[^}]*\}|\\x..|\\.|[^'\\\n])'""",
    re.DOTALL | re.VERBOSE)


def blank(text):
    """Spaces of the same shape, so that line numbers keep."""
    return re.sub(r"[^\n]", " ", text)


def code(text):
    """`text` with comments and literals blanked."""
    return NOT_CODE.sub(lambda found: blank(found[0]), text)


def closing(text, start):
    """Place after the bracket that closes the one at `start`."""
    pairs = {"{": "}", "(": ")", "[": "]"}
    wanted = []
    for place in range(start, len(text)):
        letter = text[place]
        if letter in pairs:
            wanted.append(pairs[letter])
        elif wanted and letter == wanted[-1]:
            wanted.pop()
            if not wanted:
                return place + 1
    return len(text)


def without_tests(text):
    """`code(text)` with every item under `#[cfg(test)]` blanked."""
    text = code(text)
    while found := re.search(r"#\[cfg\((?:all\()?test\b", text):
        place = closing(text, found.start() + 1)
        # The item ends with the first `;` or `{...}` outside brackets.
        while place < len(text) and text[place] not in ";{":
            place = closing(text, place) if text[place] in "([" else place + 1
        end = closing(text, place) if place < len(text) and text[place] == "{" else place + 1
        text = text[:found.start()] + blank(text[found.start():end]) + text[end:]
    return text


def line_of(text, place):
    return text.count("\n", 0, place) + 1
