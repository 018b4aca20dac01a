"""The errors that a user meets: what the rule is, the actual value, the way out."""


class JuzhengError(Exception):
    """A fault in words a user can act on; the doors print it as one line, without a traceback."""


class UsageError(JuzhengError):
    """A request that cannot be met as it was made: an empty question, a folder that is not there."""
