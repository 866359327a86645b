"""The checks of the ten rules of CONTRIBUTING.md, one file a rule.

Each check is a function of source text, so that the same file proves on a bad example that it
would fail.
"""
