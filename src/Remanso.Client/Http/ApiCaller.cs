using System.Net;
using System.Net.Http.Headers;

namespace Remanso.Client.Http;

/// <summary>Sends calls: each within its time, and again where that is safe and the server says when.</summary>
internal sealed class ApiCaller
{
    // A key may have segments such as "..", which the platform would resolve; what is escaped stays as it is.
    private static readonly UriCreationOptions _asWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(1);

    private readonly HttpClient _http;
    private readonly string _base;
    private readonly AuthenticationHeaderValue? _authorization;

    /// <param name="http">The connections.</param>
    /// <param name="options">Checked, with an address.</param>
    /// <param name="ended">Cancelled when the client is disposed of.</param>
    public ApiCaller(HttpClient http, RemansoClientOptions options, CancellationToken ended)
    {
        _http = http;
        Ended = ended;
        Options = options;
        _base = options.BaseAddress!.GetLeftPart(UriPartial.Path).TrimEnd('/') + '/';
        _authorization = HeaderOf(options.ApiKey);
    }

    public RemansoClientOptions Options { get; }

    /// <summary>Cancelled when the client is disposed of.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Sends a call and reads its answer.</summary>
    /// <exception cref="RemansoApiException">The server refuses it.</exception>
    /// <exception cref="HttpRequestException">The server can't be reached, or the connection broke.</exception>
    /// <exception cref="TimeoutException">The answer took too long.</exception>
    public async Task<ApiResponse> SendAsync(ApiCall call, CancellationToken cancellationToken)
    {
        var began = Options.TimeProvider.GetTimestamp();
        for (var tries = 0; ; tries++)
        {
            var (answer, error) = await TryAsync(call, cancellationToken).ConfigureAwait(false);
            if (error is null)
            {
                return answer!;
            }

            if (!MayRepeat(call, error, tries))
            {
                throw error;
            }

            var pause = PauseOf(error.RetryAfter!.Value, Options.MaxRetryDelay, Options.Random());
            if (call.Within is { } within)
            {
                var left = within.AtMost - Options.TimeProvider.GetElapsedTime(began) - pause;
                if (left < _shortest)
                {
                    throw error;
                }

                call = call with { Path = within.PathFor(left) };
            }

            await Task.Delay(pause, Options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends a call whose answer is a stream of events without end; the answer is the caller's to dispose of.</summary>
    /// <param name="call">The call.</param>
    /// <param name="longest">How long it may take to begin.</param>
    /// <param name="cancellationToken">Ends the wait for the beginning.</param>
    /// <inheritdoc cref="SendAsync"/>
    public async Task<HttpResponseMessage> OpenAsync(ApiCall call, TimeSpan longest, CancellationToken cancellationToken)
    {
        return await WithinTimeAsync(
                call,
                longest,
                async (authorization, token) =>
                {
                    using var request = RequestOf(call, authorization);
                    var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token).ConfigureAwait(false);
                    var isFine = response.StatusCode == HttpStatusCode.OK;
                    if (isFine && response.Content.Headers.ContentType?.MediaType == "text/event-stream")
                    {
                        return response;
                    }

                    using (response)
                    {
                        if (isFine)
                        {
                            throw ApiErrors.NotOfTheApi((int)response.StatusCode);
                        }

                        var body = await response.Content.ReadAsByteArrayAsync(token).ConfigureAwait(false);
                        throw ApiErrors.Of(response, body, Options.TimeProvider);
                    }
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private bool MayRepeat(ApiCall call, RemansoApiException error, int tries) =>
        error.RetryAfter is { } wait
        && tries < Options.MaxRetries
        && wait <= Options.MaxRetryDelay
        // For a rate that is used up, a call is refused before anything of it is done.
        && (error.Code == "rate-limited" || (error.Status == 503 && call.IsRepeatable));

    private Task<(ApiResponse? Answer, RemansoApiException? Error)> TryAsync(ApiCall call, CancellationToken cancellationToken) =>
        WithinTimeAsync<(ApiResponse?, RemansoApiException?)>(
            call,
            Options.Timeout,
            async (authorization, token) =>
            {
                using var request = RequestOf(call, authorization);
                using var response = await _http.SendAsync(request, token).ConfigureAwait(false);
                var body = await response.Content.ReadAsByteArrayAsync(token).ConfigureAwait(false);
                var isFine = response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.NotModified;
                var error = isFine ? null : ApiErrors.Of(response, body, Options.TimeProvider);
                if (error is not null && !call.Tolerated.Contains(error.Code, StringComparer.Ordinal))
                {
                    return (null, error);
                }

                var type = response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types) ? types.ToString() : null;
                return (new ApiResponse((int)response.StatusCode, response.Headers, type, body, error), null);
            },
            cancellationToken
        );

    private async Task<T> WithinTimeAsync<T>(
        ApiCall call,
        TimeSpan longest,
        Func<AuthenticationHeaderValue?, CancellationToken, Task<T>> action,
        CancellationToken cancellationToken
    )
    {
        using var timeout = new CancellationTokenSource(longest, Options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var asksKey = Options.KeyProvider is not null;
        try
        {
            var authorization = Options.KeyProvider is { } provider
                ? await AskAsync(provider, either.Token).ConfigureAwait(false)
                : _authorization;
            asksKey = false;
            return await action(authorization, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (OperationCanceledException exception)
        {
            ObjectDisposedException.ThrowIf(Ended.IsCancellationRequested, typeof(RemansoClient));
            if (asksKey && timeout.IsCancellationRequested)
            {
                throw new TimeoutException($"{nameof(RemansoClientOptions.KeyProvider)} gave no key in time.", exception);
            }

            // Of ours, or of an HttpClient that is the caller's. What the provider, or whoever cancelled the requests of
            // that client, has for a reason is left as it is.
            if (!asksKey && (timeout.IsCancellationRequested || exception.InnerException is TimeoutException))
            {
                throw new TimeoutException($"The server at {_base} did not answer {call.Method} in time.", exception);
            }

            throw;
        }
    }

    private static AuthenticationHeaderValue? HeaderOf(string? key) => key is null ? null : new("Bearer", key);

    private static async ValueTask<AuthenticationHeaderValue?> AskAsync(
        Func<CancellationToken, ValueTask<string?>> provider,
        CancellationToken cancellationToken
    )
    {
        // Whether it looks at the token or not.
        var key = await provider(cancellationToken).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        RemansoClientOptions.RequireKey(key, nameof(RemansoClientOptions.KeyProvider));
        return HeaderOf(key);
    }

    /// <summary>Not all at once who were told the same, but never later than a caller waits for.</summary>
    private static TimeSpan PauseOf(TimeSpan asked, TimeSpan longest, double random)
    {
        var pause = asked + (asked * (0.25 * random));
        return pause < longest ? pause : longest;
    }

    private HttpRequestMessage RequestOf(ApiCall call, AuthenticationHeaderValue? authorization)
    {
        var request = new HttpRequestMessage(call.Method, new Uri(_base + call.Path, in _asWritten));
        request.Headers.Authorization = authorization;
        foreach (var (name, value) in call.Fields)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (call.Body is { } body)
        {
            request.Content = new ReadOnlyMemoryContent(body);
            if (call.ContentType is { } type)
            {
                request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            }
        }
        else if (call.Method != HttpMethod.Get && !call.IsRepeatable)
        {
            // A request without content is sent again by the platform itself where a connection ends before the answer.
            request.Content = new ReadOnlyMemoryContent(default);
        }

        return request;
    }
}
