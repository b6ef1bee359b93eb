using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Remanso.Client.Http;

/// <summary>A watch over as many connections as it takes. Each goes on after the last event that the caller was given.</summary>
internal sealed class WatchStream(ApiCaller caller, string path, string? after)
{
    private readonly RemansoClientOptions _options = caller.Options;
    private string? _position = after;
    private TimeSpan _pause = TimeSpan.FromSeconds(1);
    private int _failures;

    public async IAsyncEnumerable<WatchEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (
            var response = await OpenAsync(cancellationToken).ConfigureAwait(false);
            ;
            response = await OpenAgainAsync(cancellationToken).ConfigureAwait(false)
        )
        {
            using (response)
            {
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
                        while (await TryMoveAsync(events).ConfigureAwait(false))
                        {
                            _failures = 0;
                            _position = parser.LastEventId.Length > 0 ? parser.LastEventId : _position;
                            if (EventOf(events.Current) is { } change)
                            {
                                yield return change;
                            }
                        }
                    }

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

    private static async ValueTask<bool> TryMoveAsync(IAsyncEnumerator<SseItem<byte[]>> events)
    {
        try
        {
            return await events.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or TimeoutException)
        {
            return false;
        }
    }

    private async Task<HttpResponseMessage> OpenAgainAsync(CancellationToken cancellationToken)
    {
        var atLeast = TimeSpan.Zero;
        while (true)
        {
            var pause = PauseOf(_pause, _failures++, _options.MaxReconnectDelay, Random.Shared.NextDouble());
            await Task.Delay(pause > atLeast ? pause : atLeast, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
            try
            {
                return await OpenAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException or TimeoutException)
            {
                atLeast = TimeSpan.Zero;
            }
            catch (RemansoApiException refused) when (refused.Status is 200 or 408 or 429 or >= 500)
            {
                // 200 is something that answers in the server's place, such as a proxy's page while it is away.
                atLeast = refused.RetryAfter is { } wait && wait < _options.MaxReconnectDelay ? wait : TimeSpan.Zero;
            }
        }
    }

    private Task<HttpResponseMessage> OpenAsync(CancellationToken cancellationToken) =>
        caller.OpenAsync(
            new ApiCall(HttpMethod.Get, path)
            {
                Fields = _position is { } position
                    ?
                    [
                        new("Accept", "text/event-stream"),
                        new("Last-Event-ID", ApiFields.Visible(position, nameof(WatchQuery.After), longest: 200)),
                    ]
                    : [new("Accept", "text/event-stream")],
            },
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
