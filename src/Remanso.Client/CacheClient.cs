using System.Globalization;
using System.Text;
using System.Text.Json;
using Remanso.Client.Http;

namespace Remanso.Client;

/// <summary>One cache of a server. Keys are 1 to 1,024 bytes of UTF-8 without control characters. Safe for use by many threads.</summary>
/// <remarks>Every call fails with <see cref="RemansoApiException"/> where the server refuses it, with
/// <see cref="HttpRequestException"/> where it can't be reached, and with <see cref="TimeoutException"/> where it does
/// not answer in time (a write may be accepted then: repeat it with its idempotency key). Arguments that can't be sent
/// are an <see cref="ArgumentException"/>.
/// </remarks>
public sealed class CacheClient
{
    private const string JsonType = "application/json";

    private static readonly EntryWriteOptions _defaults = new();

    private readonly ApiCaller _caller;
    private readonly string _path;

    internal CacheClient(ApiCaller caller, string name)
    {
        _path = ApiPath.Cache(name);
        _caller = caller;
        Name = name;
        DeadLetters = new DeadLetterClient(caller, _path);
    }

    /// <summary>The cache's name.</summary>
    public string Name { get; }

    /// <summary>What the database refused for good.</summary>
    public DeadLetterClient DeadLetters { get; }

    /// <summary>Reads a key. An absent one is no error: see <see cref="EntryAnswer.Found"/>.</summary>
    public async Task<EntryAnswer> GetAsync(string key, EntryReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        var call = ReadRequest.Of(_path + "/entries/" + ApiPath.Segment(key), options);
        return ReadRequest.AnswerOf(await _caller.SendAsync(call, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Writes a key.</summary>
    /// <exception cref="RemansoVersionConflictException">The key has another version than the options ask for.</exception>
    public async Task<WriteAnswer> SetAsync(
        string key,
        ReadOnlyMemory<byte> value,
        EntryWriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        options ??= _defaults;
        return WriteRequest.AnswerOf(
            await SendAsync(
                    HttpMethod.Put,
                    "/entries/" + ApiPath.Segment(key) + WriteRequest.QueryOf(options),
                    options,
                    value,
                    options.ContentType,
                    cancellationToken
                )
                .ConfigureAwait(false)
        );
    }

    /// <summary>Writes a key as text; <see cref="EntryWriteOptions.ContentType"/> is <c>text/plain; charset=utf-8</c> unless set.</summary>
    /// <inheritdoc cref="SetAsync"/>
    public Task<WriteAnswer> SetTextAsync(
        string key,
        string value,
        EntryWriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(value);
        ApiPath.CheckText(value, nameof(value));
        options ??= _defaults;
        return SetAsync(
            key,
            Encoding.UTF8.GetBytes(value),
            options with
            {
                ContentType = options.ContentType ?? "text/plain; charset=utf-8",
            },
            cancellationToken
        );
    }

    /// <summary>Deletes a key. Deleting an absent key is a write, too.</summary>
    /// <inheritdoc cref="SetAsync"/>
    public async Task<WriteAnswer> DeleteAsync(string key, EntryWriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= _defaults;
        WriteRequest.Refuse(
            "a deletion",
            (options.IfAbsent, nameof(options.IfAbsent)),
            (options.Lifetime is not null, nameof(options.Lifetime)),
            (options.Ttl is not null, nameof(options.Ttl)),
            (options.Grace is not null, nameof(options.Grace)),
            (options.Tags.Count > 0, nameof(options.Tags)),
            (options.ContentType is not null, nameof(options.ContentType))
        );
        return WriteRequest.AnswerOf(
            await SendAsync(
                    HttpMethod.Delete,
                    "/entries/" + ApiPath.Segment(key) + WriteRequest.QueryOf(options),
                    options,
                    body: null,
                    type: null,
                    cancellationToken
                )
                .ConfigureAwait(false)
        );
    }

    /// <summary>Adds to a whole number of 64 bits in one step; an absent key counts as 0. Lifetime and tags are those
    /// of a counter that this call makes.</summary>
    /// <exception cref="RemansoApiException"><c>not-a-number</c> or <c>overflow</c>: what is there is no such number,
    /// or the sum has no room.</exception>
    public async Task<CounterAnswer> IncrementAsync(
        string key,
        long by = 1,
        EntryWriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        options ??= _defaults;
        WriteRequest.Refuse("an increment", (options.ContentType is not null, nameof(options.ContentType)));
        return WriteRequest.CounterOf(
            await SendAsync(
                    HttpMethod.Post,
                    "/entries/" + ApiPath.Segment(key) + "/increment" + WriteRequest.QueryOf(options),
                    options,
                    JsonSerializer.SerializeToUtf8Bytes(new IncrementBody(by), ApiJson.Default.IncrementBody),
                    JsonType,
                    cancellationToken
                )
                .ConfigureAwait(false)
        );
    }

    /// <summary>Raises a whole number of 64 bits to another where that is higher, in one step; an absent key becomes the number.</summary>
    /// <exception cref="RemansoApiException"><c>not-a-number</c>: what is there is no such number.</exception>
    public async Task<CounterAnswer> MaxAsync(
        string key,
        long value,
        EntryWriteOptions? options = null,
        CancellationToken cancellationToken = default
    ) => WriteRequest.CounterOf(await MergeAsync(key, MergeBody.Of("max", value), options, cancellationToken).ConfigureAwait(false));

    /// <summary>Lowers a whole number of 64 bits to another where that is lower, in one step; an absent key becomes the number.</summary>
    /// <exception cref="RemansoApiException"><c>not-a-number</c>: what is there is no such number.</exception>
    public async Task<CounterAnswer> MinAsync(
        string key,
        long value,
        EntryWriteOptions? options = null,
        CancellationToken cancellationToken = default
    ) => WriteRequest.CounterOf(await MergeAsync(key, MergeBody.Of("min", value), options, cancellationToken).ConfigureAwait(false));

    /// <summary>Puts an element behind the last one of a JSON array, in one step; an absent key becomes an array of it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="element">The element: JSON in UTF-8, at most 63 levels deep.</param>
    /// <param name="cap">How many elements stay, the last ones: 1 to 1,000,000; null for as many as the value may have bytes.</param>
    /// <param name="options">Lifetime, TTL, grace and tags are those of an array that this call makes.</param>
    /// <param name="cancellationToken">Gives up waiting; what was sent may be written.</param>
    /// <exception cref="RemansoApiException"><c>not-json</c> or <c>value-too-large</c>: what is there is no JSON array,
    /// or would be too large.</exception>
    public async Task<WriteAnswer> AppendAsync(
        string key,
        ReadOnlyMemory<byte> element,
        int? cap = null,
        EntryWriteOptions? options = null,
        CancellationToken cancellationToken = default
    ) => WriteRequest.AnswerOf(await MergeAsync(key, MergeBody.Of(element.Span, cap), options, cancellationToken).ConfigureAwait(false));

    /// <summary>Changes members of a JSON value by a merge patch (RFC 7396), in one step, so that concurrent patches
    /// all take effect: members that it names are replaced, removed where it says <c>null</c>, and added. An absent key
    /// counts as <c>{}</c>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="patch">The patch: JSON in UTF-8.</param>
    /// <param name="options">Lifetime, TTL, grace and tags are those of a value that this call makes.</param>
    /// <param name="cancellationToken">Gives up waiting; what was sent may be written.</param>
    /// <exception cref="RemansoApiException"><c>not-json</c> or <c>value-too-large</c>: what is there is no JSON, or
    /// would be too large.</exception>
    public async Task<WriteAnswer> PatchAsync(
        string key,
        ReadOnlyMemory<byte> patch,
        EntryWriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        options ??= _defaults;
        WriteRequest.Refuse("a patch", (options.ContentType is not null, nameof(options.ContentType)));
        MergeBody.ThrowUnlessJson(patch.Span, nameof(patch));
        return WriteRequest.AnswerOf(
            await SendAsync(
                    HttpMethod.Patch,
                    "/entries/" + ApiPath.Segment(key) + WriteRequest.QueryOf(options),
                    options,
                    patch,
                    "application/merge-patch+json",
                    cancellationToken
                )
                .ConfigureAwait(false)
        );
    }

    /// <summary>Waits until a write that was answered before is more durable than its answer said. A later version of
    /// the key counts as well.</summary>
    /// <param name="key">The key.</param>
    /// <param name="version">The version of the write's answer.</param>
    /// <param name="durability">What must be true when the call returns.</param>
    /// <param name="timeout">The longest wait of the server, 1 ms to 1 hour; the cache's own limit for the level unless
    /// set. All repetitions have to end within it. <see cref="RemansoClientOptions.Timeout"/> bounds the call as any other.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RemansoApiException"><c>durability-not-reached</c>: not in time, or never, see
    /// <see cref="RemansoApiException.IsAccepted"/>.</exception>
    public async Task<WriteAnswer> WaitAsync(
        string key,
        long version,
        WriteDurability durability = WriteDurability.Stored,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        var call = new ApiCall(HttpMethod.Post, PathFor(timeout))
        {
            IsRepeatable = true,
            Within = timeout is { } atMost ? (atMost, left => PathFor(left)) : null,
        };
        return WriteRequest.AnswerOf(await _caller.SendAsync(call, cancellationToken).ConfigureAwait(false));

        string PathFor(TimeSpan? left)
        {
            var query = new ApiQuery().Add("version", version).Add("durability", WriteRequest.NameOf(durability)).Add("timeout", left);
            return _path + "/entries/" + ApiPath.Segment(key) + "/wait" + query;
        }
    }

    /// <summary>Reads many keys, in calls of 10,000. Answers stand in the order of the keys; what is wrong with one is
    /// told beside it.</summary>
    public async Task<IReadOnlyList<BatchReadAnswer>> GetManyAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        List<BatchReadAnswer> answers = [];
        foreach (var part in keys.Select(ApiPath.CheckKey).Chunk(BatchCalls.Most))
        {
            var call = new ApiCall(HttpMethod.Post, _path + "/entries:batch-get")
            {
                Body = JsonSerializer.SerializeToUtf8Bytes(part, ApiJson.Default.IReadOnlyListString),
                ContentType = JsonType,
                IsRepeatable = true,
            };
            var response = await _caller.SendAsync(call, cancellationToken).ConfigureAwait(false);
            answers.AddRange(response.Read(ApiJson.Default.ListBatchReadReply).Select(BatchCalls.AnswerOf));
        }

        return answers;
    }

    /// <summary>Writes many entries, up to 10,000, each for itself: there is no transaction. Answers stand in the order
    /// of the entries.</summary>
    /// <param name="writes">The entries.</param>
    /// <param name="options">Durability, lifetime, TTL, grace and idempotency key of all of them; nothing else.</param>
    /// <param name="cancellationToken">Gives up waiting; what was sent may be written.</param>
    public async Task<IReadOnlyList<BatchWriteAnswer>> SetManyAsync(
        IReadOnlyCollection<BatchWrite> writes,
        EntryWriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(writes);
        options ??= _defaults;
        WriteRequest.Refuse(
            "a batch",
            (options.IfVersion is not null, nameof(options.IfVersion)),
            (options.IfAbsent, nameof(options.IfAbsent)),
            (options.IfPresent, nameof(options.IfPresent)),
            (options.Tags.Count > 0, nameof(options.Tags)),
            (options.ContentType is not null, nameof(options.ContentType))
        );
        var response = await SendAsync(
                HttpMethod.Post,
                "/entries:batch-set" + WriteRequest.QueryOf(options),
                options,
                BatchCalls.BodyOf(writes),
                JsonType,
                cancellationToken
            )
            .ConfigureAwait(false);
        return [.. response.Read(ApiJson.Default.ListBatchWriteReply).Select(BatchCalls.AnswerOf)];
    }

    /// <summary>Drops clean copies of keys on every node, so that they are loaded again. What is dirty stays. At most
    /// 10,000 keys.</summary>
    public Task InvalidateAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default) =>
        SelectAsync("/invalidate", KeysOf(keys), cancellationToken);

    /// <summary>Drops the copies of all entries that carry one of some tags, on every node. At most 1,000 tags.</summary>
    public Task InvalidateTagsAsync(IEnumerable<string> tags, CancellationToken cancellationToken = default) =>
        SelectAsync("/invalidate", TagsOf(tags), cancellationToken);

    /// <summary>Drops all clean copies of the cache.</summary>
    public Task InvalidateAllAsync(CancellationToken cancellationToken = default) =>
        SelectAsync("/invalidate", new SelectionBody(Keys: null, All: true), cancellationToken);

    /// <summary>Makes copies of keys stale: they are loaded again, and served where that fails. At most 10,000 keys.</summary>
    public Task ExpireAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default) =>
        SelectAsync("/expire", KeysOf(keys), cancellationToken);

    /// <summary>Makes the copies of all entries stale that carry one of some tags. At most 1,000 tags.</summary>
    public Task ExpireTagsAsync(IEnumerable<string> tags, CancellationToken cancellationToken = default) =>
        SelectAsync("/expire", TagsOf(tags), cancellationToken);

    /// <summary>Makes all copies of the cache stale.</summary>
    public Task ExpireAllAsync(CancellationToken cancellationToken = default) =>
        SelectAsync("/expire", new SelectionBody(Keys: null, All: true), cancellationToken);

    /// <summary>Stores everything that is dirty now; returns when that is done, or when the call takes longer than
    /// <see cref="RemansoClientOptions.Timeout"/>.</summary>
    public async Task<FlushAnswer> FlushAsync(CancellationToken cancellationToken = default)
    {
        var response = await _caller.SendAsync(new ApiCall(HttpMethod.Post, _path + "/flush"), cancellationToken).ConfigureAwait(false);
        var reply = response.Read(ApiJson.Default.FlushReply);
        Dictionary<string, string> failed = new(StringComparer.Ordinal);
        foreach (var (key, error) in reply.Failed ?? [])
        {
            failed[key] = error;
        }

        return new FlushAnswer(reply.Stored, failed)
        {
            Left = reply.Left,
            Reason = reply.Reason,
            DeadLetters = reply.DeadLetters,
        };
    }

    /// <summary>Loads what is not cached, call after call.</summary>
    /// <param name="keys">The keys, any number; they are taken as they are needed.</param>
    /// <param name="progress">Is told the sums after each call.</param>
    /// <param name="keysPerCall">How many keys one call asks for, 1 to 10,000.</param>
    /// <param name="cancellationToken">Ends it; what was loaded stays.</param>
    public async Task<PreloadAnswer> PreloadAsync(
        IEnumerable<string> keys,
        IProgress<PreloadAnswer>? progress = null,
        int keysPerCall = 500,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentOutOfRangeException.ThrowIfLessThan(keysPerCall, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keysPerCall, BatchCalls.Most);
        var sum = new PreloadAnswer(0, 0, 0, 0);
        foreach (var part in keys.Select(ApiPath.CheckKey).Chunk(keysPerCall))
        {
            var call = SelectionOf("/preload", new SelectionBody(part)) with { IsRepeatable = true };
            var response = await _caller.SendAsync(call, cancellationToken).ConfigureAwait(false);
            var done = response.Read(ApiJson.Default.PreloadAnswer);
            sum = new PreloadAnswer(sum.Keys + done.Keys, sum.Found + done.Found, sum.Loaded + done.Loaded, sum.Failed + done.Failed);
            progress?.Report(sum);
        }

        return sum;
    }

    /// <summary>Tells changes as they happen, whoever makes them, until the enumeration ends. Each is told at least
    /// once, those of a key with growing versions. Nothing is missed in silence: the first event is a
    /// <see cref="WatchEventKind.Gap"/> (read what you hold), and so is what comes after changes that can't be told.
    /// </summary>
    /// <remarks>A connection that breaks is made again, for as long as it takes, and goes on where it was: without a
    /// gap from the same process within a minute, else with one. Errors reach the caller where the first connection
    /// fails, or where the server refuses the watch. The disposal of the client ends it with
    /// <see cref="ObjectDisposedException"/>. What is returned may be enumerated more than once, each time from the
    /// beginning.</remarks>
    public IAsyncEnumerable<WatchEvent> WatchAsync(WatchQuery? query = null, CancellationToken cancellationToken = default)
    {
        query ??= new WatchQuery();
        if (query.Keys.Count > 0 && query.Prefix is not null)
        {
            throw new ArgumentException("Keys and Prefix can't both be set.", nameof(query));
        }

        if (query.Keys.Count > 1000)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"A watch takes at most 1000 keys, but there are {query.Keys.Count}."),
                nameof(query)
            );
        }

        var search = new ApiQuery()
            .Add("key", query.Keys.Select(ApiPath.CheckKey))
            .Add("prefix", query.Prefix)
            .Add("values", query.WithValues ? "true" : null);
        var path = _path + "/watch" + search;
        return path.Length <= ApiPath.Longest
            ? WatchStream.ReadAsync(_caller, path, query.After, cancellationToken)
            : throw new ArgumentException(
                $"The keys of a watch stand in the address, of which a server reads {ApiPath.Longest} bytes, and they make "
                    + $"{path.Length}: watch fewer or shorter keys at once, or a Prefix.",
                nameof(query)
            );
    }

    private static SelectionBody KeysOf(IEnumerable<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return new SelectionBody([.. keys.Select(ApiPath.CheckKey)]);
    }

    private static SelectionBody TagsOf(IEnumerable<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        string[] labels = [.. tags];
        foreach (var label in labels)
        {
            ApiPath.CheckText(label, nameof(tags));
        }

        return new SelectionBody(Keys: null, labels);
    }

    private Task<ApiResponse> MergeAsync(string key, byte[] body, EntryWriteOptions? options, CancellationToken cancellationToken)
    {
        options ??= _defaults;
        WriteRequest.Refuse("a merge", (options.ContentType is not null, nameof(options.ContentType)));
        return SendAsync(
            HttpMethod.Post,
            "/entries/" + ApiPath.Segment(key) + "/merge" + WriteRequest.QueryOf(options),
            options,
            body,
            JsonType,
            cancellationToken
        );
    }

    private async Task SelectAsync(string what, SelectionBody body, CancellationToken cancellationToken)
    {
        var response = await _caller.SendAsync(SelectionOf(what, body), cancellationToken).ConfigureAwait(false);
        if (response.Status != 204)
        {
            throw ApiErrors.NotOfTheApi(response.Status);
        }
    }

    private ApiCall SelectionOf(string what, SelectionBody body) =>
        new(HttpMethod.Post, _path + what)
        {
            Body = JsonSerializer.SerializeToUtf8Bytes(body, ApiJson.Default.SelectionBody),
            ContentType = JsonType,
        };

    private Task<ApiResponse> SendAsync(
        HttpMethod method,
        string path,
        EntryWriteOptions options,
        ReadOnlyMemory<byte>? body,
        string? type,
        CancellationToken cancellationToken
    )
    {
        var call = new ApiCall(method, _path + path)
        {
            Body = body,
            ContentType = type is null ? null : ApiFields.Visible(type, nameof(options.ContentType), longest: 255, withSpaces: true),
            Fields = WriteRequest.FieldsOf(options),
            IsRepeatable = options.IdempotencyKey is not null || options.MayRepeat,
        };
        return _caller.SendAsync(call, cancellationToken);
    }
}
