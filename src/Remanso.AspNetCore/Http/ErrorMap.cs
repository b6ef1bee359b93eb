using System.Data.Common;
using Microsoft.AspNetCore.Connections;
using Remanso.AspNetCore.Security;
using Remanso.Stores;

namespace Remanso.AspNetCore.Http;

/// <summary>Says what problem an exception is: the one place where errors of the library become statuses.</summary>
internal static class ErrorMap
{
    // What the tier and the store say of their errors names hosts, users, files and values: that is for the log.
    private const string TierDetail = "The tier can't be reached now; the server's log says why.";
    private const string MayBeAccepted = " A write on its way may have been accepted nevertheless.";

    private const string MayBeStored = " The write may be stored nevertheless.";

    /// <summary>The problem, or null where the exception is a fault of the server itself.</summary>
    public static Problem? Explain(Exception exception) =>
        exception switch
        {
            ProblemException known => known.Problem,

            RemansoAccessDeniedException => new Problem(
                StatusCodes.Status403Forbidden,
                "forbidden",
                "This is not granted",
                exception.Message
            ),

            // Wherever it struck, a driver or a store of the user's included: nothing refused the request.
            _ when StoreErrors.IsOutOfMemory(exception) => new Problem(
                StatusCodes.Status503ServiceUnavailable,
                "out-of-memory",
                "The server has no memory left for this request",
                "The server has no memory left for this request; it may be asked again."
            )
            {
                RetryAfterSeconds = 1,
            },

            InvalidKeyException => new Problem(StatusCodes.Status400BadRequest, "invalid-key", "The key is not valid", exception.Message),

            InvalidTagException => new Problem(StatusCodes.Status400BadRequest, "invalid-tag", "A tag is not valid", exception.Message),

            InvalidContentTypeException => new Problem(
                StatusCodes.Status415UnsupportedMediaType,
                "invalid-content-type",
                "The Content-Type can't be kept",
                exception.Message
            ),

            InvalidValueException => new Problem(
                StatusCodes.Status422UnprocessableEntity,
                "invalid-value",
                "The backing store would never take this value",
                exception.Message
            )
            {
                Accepted = false,
            },

            ValueTooLargeException => new Problem(
                StatusCodes.Status413PayloadTooLarge,
                "value-too-large",
                "The value is too large",
                exception.Message
            ),

            VersionConflictException conflict => new Problem(
                StatusCodes.Status412PreconditionFailed,
                "version-conflict",
                "The key's version is another one",
                conflict.Message
            )
            {
                Version = conflict.CurrentVersion,
                Accepted = false,
            },

            NotANumberException text => new Problem(
                StatusCodes.Status409Conflict,
                "not-a-number",
                "The value is no whole number",
                text.Message
            )
            {
                Version = text.CurrentVersion,
                Accepted = false,
            },

            CounterOverflowException overflow => new Problem(
                StatusCodes.Status409Conflict,
                "overflow",
                "The sum has no room",
                overflow.Message
            )
            {
                Version = overflow.CurrentVersion,
                Accepted = false,
            },

            NotJsonException json => new Problem(
                StatusCodes.Status409Conflict,
                "not-json",
                "The value is not the JSON that the merge needs",
                json.Message
            )
            {
                Version = json.CurrentVersion,
                Accepted = false,
            },

            InvalidMergeException => new Problem(
                StatusCodes.Status400BadRequest,
                "malformed-json",
                "The body is not the JSON that is expected here",
                exception.Message
            ),

            IdempotencyConflictException => new Problem(
                StatusCodes.Status422UnprocessableEntity,
                "idempotency-conflict",
                "The idempotency key was used for another write",
                exception.Message
            )
            {
                Accepted = false,
            },

            BackPressureException pressure => new Problem(
                StatusCodes.Status503ServiceUnavailable,
                "back-pressure",
                "The cache takes no more writes now",
                pressure.Message
            )
            {
                RetryAfterSeconds = RoundUp(pressure.RetryAfter),
                Accepted = false,
            },

            CacheStoppedException stopped => new Problem(
                StatusCodes.Status503ServiceUnavailable,
                "stopped",
                "The server is stopping",
                stopped.Message
            )
            {
                RetryAfterSeconds = 1,
                Accepted = false,
            },

            IdempotencyExhaustedException exhausted => new Problem(
                StatusCodes.Status503ServiceUnavailable,
                "idempotency-full",
                "The cache remembers no more idempotency keys now",
                exhausted.Message
            )
            {
                RetryAfterSeconds = RoundUp(exhausted.RetryAfter),
                Accepted = false,
            },

            TierUnavailableException unavailable => new Problem(
                StatusCodes.Status503ServiceUnavailable,
                "tier-unavailable",
                "The tier can't be reached",
                DetailOf(unavailable) + (unavailable.MayHaveHappened ? MayBeAccepted : "")
            )
            {
                RetryAfterSeconds = 1,
            },

            DurabilityUnavailableException { IsPassing: true } => new Problem(
                StatusCodes.Status503ServiceUnavailable,
                "durability-unavailable",
                "This durability can't be had now",
                exception.Message
            )
            {
                RetryAfterSeconds = 1,
                Accepted = false,
            },

            DurabilityUnavailableException => new Problem(
                StatusCodes.Status501NotImplemented,
                "durability-unavailable",
                "This durability can't be had here",
                exception.Message
            )
            {
                Accepted = false,
            },

            WriteSupersededException lost => new Problem(
                StatusCodes.Status409Conflict,
                "superseded",
                "The store has a later version that others wrote",
                lost.Message
            )
            {
                Version = lost.Winner,
                Accepted = false,
            },

            DurabilityNotReachedException { IsUnknown: true } untold => new Problem(
                StatusCodes.Status504GatewayTimeout,
                "durability-not-reached",
                "Whether the write is stored can't be told",
                $"Neither the cache nor the database has anything of the key, and the database keeps no row of a delete, or "
                    + $"none as old: version {untold.Version} was stored and the key is deleted, or it was lost."
            )
            {
                Version = untold.Version,
                Accepted = true,
            },

            DurabilityNotReachedException late => new Problem(
                StatusCodes.Status504GatewayTimeout,
                "durability-not-reached",
                late.IsAccepted ? "The write is accepted, but no more than that" : "The write is lost",
                late.IsAccepted
                    ? $"The write is accepted as version {late.Version}, but '{late.Asked}' was not reached; the server's log says why."
                    : $"Version {late.Version} did not reach '{late.Asked}', and will not; the server's log says why."
            )
            {
                Version = late.Version,
                Accepted = late.IsAccepted,
            },

            LoadAwaitedException awaited => new Problem(
                StatusCodes.Status504GatewayTimeout,
                "load-timeout",
                "What the write waits for did not come in time",
                awaited.Message
            )
            {
                Accepted = false,
            },

            StoreException { IsTransient: false } => new Problem(
                StatusCodes.Status502BadGateway,
                "store-refused",
                "The backing store refused it",
                "The backing store refused it; the server's log says why."
            ),

            // Some of them are kinds of IOException.
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new Problem(
                StatusCodes.Status413PayloadTooLarge,
                "body-too-large",
                "The body is too large",
                exception.Message
            ),

            BadHttpRequestException bad => new Problem(bad.StatusCode, "bad-request", "The request is not valid", bad.Message),

            BodyUnreadableException => new Problem(
                StatusCodes.Status503ServiceUnavailable,
                "body-unreadable",
                "The server can't read the body now",
                "The server can't read the body now, for a reason of its own; its log says why."
            )
            {
                RetryAfterSeconds = 1,
            },

            _ when IsOfTheStore(exception) => new Problem(
                StatusCodes.Status503ServiceUnavailable,
                "store-unavailable",
                "The backing store can't be reached now",
                "The backing store can't be reached now; the server's log says why."
                    + (exception is StoreException { MayBeStored: true } ? MayBeStored : "")
            )
            {
                RetryAfterSeconds = 1,
            },

            _ => null,
        };

    private static string DetailOf(TierUnavailableException exception) =>
        exception.Reason is { } reason ? $"The tier can't be reached now. {reason} The server's log says more." : TierDetail;

    /// <summary>Whether the client is told less than the exception says, so that the log must tell it.</summary>
    public static bool IsToldInTheLog(Exception exception) =>
        exception is TierUnavailableException or DurabilityNotReachedException or BodyUnreadableException || IsOfTheStore(exception);

    /// <summary>Whether a write that failed so was certainly not accepted: a status below 500 is found before the tier is
    /// asked, and so is all that the server itself says of a request.</summary>
    public static bool IsRefused(Exception exception, Problem problem) =>
        problem.Accepted is { } accepted
            ? !accepted
            : problem.Status < StatusCodes.Status500InternalServerError
                || exception is ProblemException or BodyUnreadableException or TierUnavailableException { MayHaveHappened: false };

    /// <summary>Whether the exception says that the client has gone, so that nobody waits for an answer.</summary>
    public static bool IsClientGone(Exception exception, HttpContext context) =>
        exception is ConnectionAbortedException or ConnectionResetException
        || (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested);

    // Stores of the user's throw what their own client does.
    private static bool IsOfTheStore(Exception exception) =>
        exception is StoreException or DbException
        || (
            exception is not (OperationCanceledException or BadHttpRequestException or LoadAwaitedException or BodyUnreadableException)
            && !StoreErrors.IsOutOfMemory(exception)
            && StoreErrors.IsTransient(exception)
        );

    private static int RoundUp(TimeSpan time) => (int)Math.Clamp(Math.Ceiling(time.TotalSeconds), 1, int.MaxValue);
}
