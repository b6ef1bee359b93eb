using Remanso.Entries;

namespace Remanso.Server.Tests.Support;

/// <summary>A cache that answers what a test tells it to: for the outcomes that an engine gives only in trouble.</summary>
internal sealed class ScriptedCache : ICache<string, Bytes>, ICacheOperations<string, Bytes>
{
    public string Name => "default";

    public ICacheOperations<string, Bytes> Operations => this;

    public Func<string, ReadFrom, ReadResult<Bytes>> Read { get; set; } = static (_, _) => default;

    public Func<ReadOptions, ReadResult<Bytes>> ReadWith { get; set; } = static _ => default;

    /// <summary>What a read or a write of many waits for.</summary>
    public Func<Task> BeforeMany { get; set; } = static () => Task.CompletedTask;

    public List<ReadOptions> Asked { get; } = [];

    public Func<string, Bytes, WriteOptions?, WriteReceipt> Write { get; set; } =
        static (_, _, _) => new WriteReceipt(7, Durability.Accepted);

    public Func<WriteReceipt, Durability, WriteReceipt> Wait { get; set; } = static (receipt, level) => receipt with { Durability = level };

    /// <summary>What a watch hears before it ends.</summary>
    public IReadOnlyList<CacheChange<string, Bytes>> Changes { get; set; } = [];

    public IReadOnlyList<DeadLetter> DeadLetters { get; set; } = [];

    public FlushReport Report { get; set; } = new(0, new Dictionary<string, string>(StringComparer.Ordinal));

    public List<string> Calls { get; } = [];

    /// <summary>What may throw instead of them.</summary>
    public Action BeforeStatistics { get; set; } = static () => { };

    public CacheStatistics Statistics { get; set; } =
        new(
            new ReadCounts(1, 2, 3, 4, 5),
            new FlightCounts(6, 7),
            new LoadCounts(8, 9, 21, 22, 23),
            10,
            11,
            new FlushCounts(12, 13, 14, 15, 16),
            new DirtySummary(17, 18, TimeSpan.FromMilliseconds(19.9), 20)
        )
        {
            TagsRemoved = 12,
        };

    public static ReadResult<Bytes> Found(
        string value,
        ReadSource source = ReadSource.Tier,
        ReadFlags flags = ReadFlags.None,
        string? type = "text/plain",
        EntryState state = default
    ) => Found(Encoding.UTF8.GetBytes(value), source, flags, type, state);

    public static ReadResult<Bytes> Found(byte[] value, ReadSource source, ReadFlags flags, string? type, EntryState state = default) =>
        new(
            new CacheEntry
            {
                Value = value,
                ContentType = type,
                Version = 42,
                State = state,
            },
            value,
            source,
            flags | ReadFlags.Found
        );

    public ValueTask<ReadResult<Bytes>> GetAsync(string key, CancellationToken cancellationToken = default) =>
        GetAsync(key, ReadFrom.TierThenStore, cancellationToken);

    public async ValueTask<ReadResult<Bytes>> GetAsync(string key, ReadOptions options, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        Asked.Add(options);
        return ReadWith(options);
    }

    public async ValueTask<ReadResult<Bytes>> GetAsync(string key, ReadFrom from, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        return Read(key, from);
    }

    public async ValueTask<IReadOnlyDictionary<string, ReadResult<Bytes>>> GetManyAsync(
        IReadOnlyCollection<string> keys,
        CancellationToken cancellationToken = default
    )
    {
        await Task.Yield();
        await BeforeMany();
        return keys.ToDictionary(static key => key, key => Read(key, ReadFrom.TierThenStore), StringComparer.Ordinal);
    }

    public ValueTask<ReadResult<Bytes>> GetOrLoadAsync(
        string key,
        Func<string, CancellationToken, ValueTask<Bytes>> loader,
        CancellationToken cancellationToken = default
    ) => throw new NotSupportedException();

    public ValueTask<ReadResult<Bytes>> GetOrLoadAsync(
        string key,
        Func<LoadContext<string, Bytes>, CancellationToken, ValueTask<Bytes>> loader,
        ReadOptions? options = null,
        CancellationToken cancellationToken = default
    ) => throw new NotSupportedException();

    public ValueTask<IReadOnlyDictionary<string, ReadResult<Bytes>>> GetOrLoadManyAsync(
        IReadOnlyCollection<string> keys,
        Func<IReadOnlyList<string>, CancellationToken, ValueTask<IReadOnlyDictionary<string, Bytes>>> loader,
        CancellationToken cancellationToken = default
    ) => throw new NotSupportedException();

    public async ValueTask<WriteReceipt> SetAsync(
        string key,
        Bytes value,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        await Task.Yield();
        return Write(key, value, options);
    }

    public async ValueTask<IReadOnlyList<WriteOutcome>> SetManyAsync(
        IReadOnlyList<KeyValuePair<string, Bytes>> entries,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        Calls.Add($"set-many {entries.Count} {options?.ContentType}");
        await BeforeMany();
        List<WriteOutcome> outcomes = [];
        foreach (var (key, value) in entries)
        {
            try
            {
                outcomes.Add(new WriteOutcome(Write(key, value, options), null));
            }
            catch (Exception exception)
            {
                outcomes.Add(new WriteOutcome(default, exception));
            }
        }

        return outcomes;
    }

    public ValueTask<WriteReceipt> RemoveAsync(string key, WriteOptions? options = null, CancellationToken cancellationToken = default) =>
        SetAsync(key, default, options, cancellationToken);

    public ValueTask<UpdateResult<Bytes>> UpdateAsync(
        string key,
        Func<Bytes, Bytes> update,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    ) => throw new NotSupportedException();

    public ValueTask<UpdateResult<Bytes>> UpdateAsync(
        string key,
        Func<ReadResult<Bytes>, CancellationToken, ValueTask<Update<Bytes>>> update,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    ) => throw new NotSupportedException();

    public ValueTask<MergeReceipt> MergeAsync(
        string key,
        Merge merge,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult(new MergeReceipt(merge.Number, Write(key, merge.Json, options)));

    public async ValueTask<WriteReceipt> WaitAsync(
        string key,
        WriteReceipt receipt,
        Durability level,
        TimeSpan? atMost = null,
        CancellationToken cancellationToken = default
    )
    {
        await Task.Yield();
        Calls.Add($"wait {key} {receipt.Version} {level} {atMost}");
        return Wait(receipt, level);
    }

    public ValueTask InvalidateAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default)
    {
        Calls.Add("invalidate " + string.Join(',', keys));
        return ValueTask.CompletedTask;
    }

    public ValueTask ExpireAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default)
    {
        Calls.Add("expire " + string.Join(',', keys));
        return ValueTask.CompletedTask;
    }

    public ValueTask InvalidateAllAsync(CancellationToken cancellationToken = default)
    {
        Calls.Add("invalidate all");
        return ValueTask.CompletedTask;
    }

    public ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) =>
        RemoveByTagAsync([tag], cancellationToken);

    public ValueTask RemoveByTagAsync(IReadOnlyCollection<string> tags, CancellationToken cancellationToken = default)
    {
        Calls.Add("remove tags " + string.Join(',', tags));
        return ValueTask.CompletedTask;
    }

    public ValueTask ExpireAllAsync(CancellationToken cancellationToken = default)
    {
        Calls.Add("expire all");
        return ValueTask.CompletedTask;
    }

    public ValueTask ExpireByTagAsync(string tag, CancellationToken cancellationToken = default) =>
        ExpireByTagAsync([tag], cancellationToken);

    public ValueTask ExpireByTagAsync(IReadOnlyCollection<string> tags, CancellationToken cancellationToken = default)
    {
        Calls.Add("expire tags " + string.Join(',', tags));
        return ValueTask.CompletedTask;
    }

    public ValueTask<FlushReport> FlushAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(Report);

    public ValueTask<IReadOnlyList<DeadLetter>> GetDeadLettersAsync(int max = 100, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<DeadLetter>>([.. DeadLetters.Take(max)]);

    public ValueTask<IReadOnlyList<DeadLetter>> GetDeadLettersAsync(
        DeadLetterFilter filter,
        int max = 100,
        CancellationToken cancellationToken = default
    ) => ValueTask.FromResult<IReadOnlyList<DeadLetter>>([.. DeadLetters.Where(letter => filter.Takes(letter, long.MaxValue)).Take(max)]);

    public ValueTask<int> ReplayDeadLettersAsync(DeadLetterFilter filter, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(DeadLetters.Count(letter => filter.Takes(letter, long.MaxValue)));

    public ValueTask<int> DropDeadLettersAsync(DeadLetterFilter filter, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(DeadLetters.Count(letter => filter.Takes(letter, long.MaxValue)));

    public ValueTask<int> ReplayDeadLettersAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(keys.Count);

    public async ValueTask<WriteReceipt?> EditDeadLetterAsync(
        string key,
        Bytes value,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    ) => DeadLetters.Any(letter => letter.Key == key) ? await SetAsync(key, value, options, cancellationToken) : null;

    public ValueTask<int> DropDeadLettersAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(keys.Count);

    public IAsyncEnumerable<CacheChange<string, Bytes>> WatchAsync(
        WatchOptions<string>? options = null,
        CancellationToken cancellationToken = default
    ) => Changes.ToAsyncEnumerable();

    public ValueTask<CacheStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default)
    {
        BeforeStatistics();
        return ValueTask.FromResult(Statistics);
    }
}
