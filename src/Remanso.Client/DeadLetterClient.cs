using System.Text.Json;
using Remanso.Client.Http;

namespace Remanso.Client;

/// <summary>The dead letters of a cache: entries that the database refused for good.</summary>
public sealed class DeadLetterClient
{
    private const int Most = 10_000;

    private readonly ApiCaller _caller;
    private readonly string _path;

    internal DeadLetterClient(ApiCaller caller, string cachePath) => (_caller, _path) = (caller, cachePath + "/dead-letters");

    /// <summary>Lists them, oldest first.</summary>
    /// <param name="query">Which; null: all.</param>
    /// <param name="max">How many at most, 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<IReadOnlyList<DeadLetterAnswer>> ListAsync(
        DeadLetterQuery? query = null,
        int max = 100,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, Most);
        var search = QueryOf(query ?? DeadLetterQuery.All).Add("max", max);
        var call = new ApiCall(HttpMethod.Get, _path + search) { IsRepeatable = true };
        return (await _caller.SendAsync(call, cancellationToken).ConfigureAwait(false)).Read(ApiJson.Default.DeadLettersReply).DeadLetters;
    }

    /// <summary>The dead letter of a key; null where it is none.</summary>
    public async Task<DeadLetterAnswer?> FindAsync(string key, CancellationToken cancellationToken = default)
    {
        ApiPath.CheckKey(key);
        var search = new ApiQuery().Add("key", key);
        var call = new ApiCall(HttpMethod.Get, _path + search) { IsRepeatable = true };
        var reply = await _caller.SendAsync(call, cancellationToken).ConfigureAwait(false);
        return reply.Read(ApiJson.Default.DeadLettersReply).DeadLetters.FirstOrDefault(letter => letter.Key == key);
    }

    /// <summary>Puts a value in the place of the refused one and queues it; a newer write wins. What the options don't say stays.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The corrected value.</param>
    /// <param name="options"><see cref="EntryWriteOptions.IfVersion"/> names the version that was looked at. No idempotency key.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RemansoApiException"><c>no-dead-letter</c>: the key is none.</exception>
    public async Task<WriteAnswer> CorrectAsync(
        string key,
        ReadOnlyMemory<byte> value,
        EntryWriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        options ??= new EntryWriteOptions();

        // Once corrected the key is no dead letter, so the server would not know the second one again.
        WriteRequest.Refuse("a correction", (options.IdempotencyKey is not null, nameof(options.IdempotencyKey)));
        var call = new ApiCall(HttpMethod.Put, _path + "/" + ApiPath.Segment(key) + WriteRequest.QueryOf(options))
        {
            Body = value,
            ContentType = options.ContentType is { } type
                ? ApiFields.Visible(type, nameof(options.ContentType), longest: 255, withSpaces: true)
                : null,
            Fields = WriteRequest.FieldsOf(options),
        };
        return WriteRequest.AnswerOf(await _caller.SendAsync(call, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Queues keys again, with their current values. At most 10,000 keys.</summary>
    /// <returns>How many were dead letters.</returns>
    public async Task<int> ReplayAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default) =>
        (await SendAsync(HttpMethod.Post, keys, cancellationToken).ConfigureAwait(false)).Replayed;

    /// <summary>Queues again what a query chooses.</summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="ArgumentException">The query is empty; <see cref="DeadLetterQuery.All"/> takes all.</exception>
    public async Task<int> ReplayAsync(DeadLetterQuery query, CancellationToken cancellationToken = default) =>
        (await SendAsync(HttpMethod.Post, query, cancellationToken).ConfigureAwait(false)).Replayed;

    /// <summary>Gives keys up: the refused values are lost, and the next read loads the database's row. At most 10,000 keys.</summary>
    /// <returns>How many were dead letters.</returns>
    public async Task<int> DropAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default) =>
        (await SendAsync(HttpMethod.Delete, keys, cancellationToken).ConfigureAwait(false)).Dropped;

    /// <summary>Gives up what a query chooses.</summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="ArgumentException">The query is empty; <see cref="DeadLetterQuery.All"/> takes all.</exception>
    public async Task<int> DropAsync(DeadLetterQuery query, CancellationToken cancellationToken = default) =>
        (await SendAsync(HttpMethod.Delete, query, cancellationToken).ConfigureAwait(false)).Dropped;

    private static ApiQuery QueryOf(DeadLetterQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var isNarrowed = query.Error is not null || query.Prefix is not null || query.OlderThan is not null;
        if (!isNarrowed && !query.IsAll)
        {
            throw new ArgumentException("The query is empty; DeadLetterQuery.All takes all dead letters.", nameof(query));
        }

        return new ApiQuery()
            .Add("all", isNarrowed ? null : "true")
            .Add("error", query.Error)
            .Add("prefix", query.Prefix)
            .Add("olderThan", query.OlderThan);
    }

    private Task<CountReply> SendAsync(HttpMethod method, IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return SendAsync(
            new ApiCall(method, _path)
            {
                Body = JsonSerializer.SerializeToUtf8Bytes(
                    new SelectionBody([.. keys.Select(ApiPath.CheckKey)]),
                    ApiJson.Default.SelectionBody
                ),
                ContentType = "application/json",
            },
            cancellationToken
        );
    }

    private Task<CountReply> SendAsync(HttpMethod method, DeadLetterQuery query, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(method, _path + QueryOf(query)), cancellationToken);

    private async Task<CountReply> SendAsync(ApiCall call, CancellationToken cancellationToken) =>
        (await _caller.SendAsync(call, cancellationToken).ConfigureAwait(false)).Read(ApiJson.Default.CountReply);
}
