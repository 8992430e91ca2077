"""What can stop a run although its spec is right."""


class RunError(Exception):
    """A run cannot start or go on: data, device, folder or checkpoint. The text is one line."""


class ToldElsewhere(RunError):
    """Of several processes another one reports what went wrong."""
