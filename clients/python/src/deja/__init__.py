"""A client of Deja, a cache and a queue in front of slow model work.

    import deja

    client = deja.Deja()                      # DEJA_URL, DEJA_API_KEY
    forecast = client.forecast(df, periods=30, model_id="sales")

    model = deja.Prophet()                    # as of the package prophet
    model.fit(df)
    forecast = model.predict(model.make_future_dataframe(periods=30))
"""

from . import diagnostics, webhooks
from ._version import VERSION as __version__
from .client import Deja
from .errors import (
    AuthenticationError,
    BadRequestError,
    ConflictError,
    DejaConnectionError,
    DejaError,
    DejaTimeoutError,
    GoneError,
    IdempotencyConflictError,
    InputRefusedError,
    JobCanceledError,
    JobExpiredError,
    ModelFailedError,
    ModelTimedOutError,
    NotCachedError,
    NotFoundError,
    ProblemError,
    RateLimitedError,
    ServerError,
    UnavailableError,
    UnsupportedError,
    WebhookError,
    WebhookRefusedError,
)
from .job import Job
from .prophet import Prophet

__all__ = [
    "AuthenticationError",
    "BadRequestError",
    "ConflictError",
    "Deja",
    "DejaConnectionError",
    "DejaError",
    "DejaTimeoutError",
    "GoneError",
    "IdempotencyConflictError",
    "InputRefusedError",
    "Job",
    "JobCanceledError",
    "JobExpiredError",
    "ModelFailedError",
    "ModelTimedOutError",
    "NotCachedError",
    "NotFoundError",
    "ProblemError",
    "Prophet",
    "RateLimitedError",
    "ServerError",
    "UnavailableError",
    "UnsupportedError",
    "WebhookError",
    "WebhookRefusedError",
    "__version__",
    "diagnostics",
    "webhooks",
]
