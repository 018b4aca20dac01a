"""The one kind of error that a user meets: what the rule is, the actual value, the way out."""


class JuzhengError(Exception):
    """A fault in words a user can act on; the doors print it as one line, without a traceback."""
