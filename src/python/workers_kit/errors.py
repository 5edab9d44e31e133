"""The exceptions a function may raise to say how its call ended. Any other exception is an engine error."""


class WorkersError(Exception):
    """Base of the kit's own exceptions."""


class InvalidInput(WorkersError):
    """The input is wrong in a way the schema cannot say.

    `pointer` is a JSON Pointer (RFC 6901) to the place inside the call's input, for example "/materials/Paint".
    """

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


class Retryable(WorkersError):
    """The function failed, but another try may succeed (a license server was busy, a share was away)."""


class Unavailable(WorkersError):
    """For warm-ups: something that the engine needs is not installed. The message says what, and what to do.

    The node shows it as the engine's reason and looks again from time to time, instead of counting crashes.
    """


class Canceled(WorkersError):
    """The call was canceled. `check_canceled()` raises it; let it pass, after putting back what you changed."""


class DeadlineOver(Canceled):
    """The call's deadline is over. `check_canceled()` raises it; whoever catches `Canceled` catches it too."""
