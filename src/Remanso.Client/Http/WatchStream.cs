using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Remanso.Client.Http;

/// <summary>A watch over as many connections as it takes. Each goes on after the last event that the caller was given.</summary>
internal sealed class WatchStream
{
    // After so long a server gives a sign of life: a connection that lasted was one, whether there were changes or not.
    private static readonly TimeSpan _beat = TimeSpan.FromSeconds(15);

    private const int LongestPosition = 200;

    private readonly ApiCaller _caller;
    private readonly string _path;
    private readonly RemansoClientOptions _options;
    private string? _position;
    private TimeSpan _pause = TimeSpan.FromSeconds(1);
    private int _failures;

    private WatchStream(ApiCaller caller, string path, string? after)
    {
        _caller = caller;
        _path = path;
        _options = caller.Options;
        _position = after;
    }

    /// <summary>A watch; each enumeration is one of its own.</summary>
    /// <param name="caller">Opens its connections.</param>
    /// <param name="path">What is watched.</param>
    /// <param name="after">Where it begins; null for now.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async IAsyncEnumerable<WatchEvent> ReadAsync(
        ApiCaller caller,
        string path,
        string? after,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, caller.Ended);
        var events = new WatchStream(caller, path, after).ReadAsync(ends.Token).GetAsyncEnumerator(CancellationToken.None);
        await using (events.ConfigureAwait(false))
        {
            while (await MoveAsync(events, caller.Ended, cancellationToken).ConfigureAwait(false))
            {
                yield return events.Current;
            }
        }
    }

    /// <summary>Moves on, and says who has ended it where somebody did.</summary>
    private static async ValueTask<bool> MoveAsync(
        IAsyncEnumerator<WatchEvent> events,
        CancellationToken ended,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await events.MoveNextAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (OperationCanceledException exception) when (ended.IsCancellationRequested)
        {
            throw new ObjectDisposedException($"The {nameof(RemansoClient)} of this watch has been disposed of.", exception);
        }
    }

    private async IAsyncEnumerable<WatchEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (
            var response = await OpenAsync(_options.Timeout, cancellationToken).ConfigureAwait(false);
            ;
            response = await OpenAgainAsync(cancellationToken).ConfigureAwait(false)
        )
        {
            using (response)
            {
                var opened = _options.TimeProvider.GetTimestamp();
                var stream = new SilenceStream(
                    await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false),
                    _options.MaxWatchSilence,
                    _options.TimeProvider
                );
                await using (stream.ConfigureAwait(false))
                {
                    var parser = SseParser.Create(stream, static (_, data) => data.ToArray());
                    var events = parser.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
                    await using (events.ConfigureAwait(false))
                    {
                        while (await TryMoveAsync(events, cancellationToken).ConfigureAwait(false))
                        {
                            _failures = 0;
                            _position = ApiFields.IsVisible(parser.LastEventId, LongestPosition) ? parser.LastEventId : _position;
                            if (EventOf(events.Current) is { } change)
                            {
                                yield return change;
                            }
                        }
                    }

                    _failures = _options.TimeProvider.GetElapsedTime(opened) >= _beat ? 0 : _failures;

                    // The server says how soon to come again.
                    _pause = parser.ReconnectionInterval > TimeSpan.Zero ? parser.ReconnectionInterval : _pause;
                }
            }
        }
    }

    /// <summary>How long to wait before a connection is made again: twice as long after every failure, and not all
    /// clients at once.</summary>
    public static TimeSpan PauseOf(TimeSpan first, int failures, TimeSpan longest, double random) =>
        TimeSpan.FromTicks((long)(Math.Min(first.Ticks * Math.Pow(2, Math.Min(failures, 30)), longest.Ticks) * (0.5 + (random / 2))));

    private static async ValueTask<bool> TryMoveAsync(IAsyncEnumerator<SseItem<byte[]>> events, CancellationToken cancellationToken)
    {
        try
        {
            return await events.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (MayPass(exception, cancellationToken))
        {
            return false;
        }
    }

    private async Task<HttpResponseMessage> OpenAgainAsync(CancellationToken cancellationToken)
    {
        var silence = _options.MaxWatchSilence;
        var longest = _options.Timeout > TimeSpan.Zero && _options.Timeout < silence ? _options.Timeout : silence;
        var atLeast = TimeSpan.Zero;
        while (true)
        {
            var pause = PauseOf(_pause, _failures++, _options.MaxReconnectDelay, _options.Random());
            await Task.Delay(pause > atLeast ? pause : atLeast, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
            try
            {
                return await OpenAsync(longest, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (MayPass(exception, cancellationToken))
            {
                var asked = (exception as RemansoApiException)?.RetryAfter ?? TimeSpan.Zero;
                atLeast = asked < _options.MaxReconnectDelay ? asked : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Whether another connection may have what this one did not. Handlers of the application, and its key
    /// provider, throw types of their own while what they need is away.</summary>
    private static bool MayPass(Exception exception, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested
        && exception switch
        {
            ObjectDisposedException => false,
            RemansoApiException refused => refused.Status is 408 or 429 or >= 500
                // Something answers in the server's place: a proxy that has no way to it now, or its page.
                || (refused.Code is null && refused.Status is not (401 or 403)),
            _ => true,
        };

    private Task<HttpResponseMessage> OpenAsync(TimeSpan longest, CancellationToken cancellationToken) =>
        _caller.OpenAsync(
            new ApiCall(HttpMethod.Get, _path)
            {
                Fields = _position is { } position
                    ?
                    [
                        new("Accept", "text/event-stream"),
                        new("Last-Event-ID", ApiFields.Visible(position, nameof(WatchQuery.After), LongestPosition)),
                    ]
                    : [new("Accept", "text/event-stream")],
            },
            longest,
            cancellationToken
        );

    private WatchEvent? EventOf(SseItem<byte[]> item)
    {
        WatchEventKind? kind = item.EventType switch
        {
            "gap" => WatchEventKind.Gap,
            "written" => WatchEventKind.Written,
            "removed" => WatchEventKind.Removed,
            "invalidated" => WatchEventKind.Invalidated,
            "tag-invalidated" => WatchEventKind.TagInvalidated,
            "all-invalidated" => WatchEventKind.AllInvalidated,
            _ => null, // of a later server
        };
        if (kind is null)
        {
            return null;
        }

        var reply = Parse(item.Data);
        var (valueKind, value) = SentValue.Of(reply.Value, reply.Encoding);
        return new WatchEvent
        {
            Kind = kind.Value,
            Key = reply.Key,
            Tag = reply.Tag,
            Gap = reply.Gap,
            Version = reply.Version,
            ValueKind = valueKind,
            Value = value,
            ValueVersion = reply.ValueVersion,
            Error = reply.Error,
            Code = ApiErrors.CodeOf(reply.Type),
            RetryAfter = ApiFields.RetryAfterOf(reply.RetryAfter),
            Position = _position,
        };
    }

    private static WatchReply Parse(byte[] data)
    {
        try
        {
            return JsonSerializer.Deserialize(data, ApiJson.Default.WatchReply) ?? throw ApiErrors.NotJson(200);
        }
        catch (JsonException)
        {
            throw ApiErrors.NotJson(200);
        }
    }
}
