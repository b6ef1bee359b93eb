using System.Buffers;
using Microsoft.Extensions.Caching.Distributed;
using Xunit;

namespace Remanso.Conformance.Faces;

/// <summary>What the contracts <see cref="IDistributedCache"/> and <see cref="IBufferDistributedCache"/> promise of
/// values and keys.</summary>
public abstract class DistributedCacheConformance(FaceHarness harness) : IAsyncLifetime
{
    private static readonly DistributedCacheEntryOptions _plain = new();

    private IBufferDistributedCache _cache = null!;

    public async ValueTask InitializeAsync() =>
        _cache = (
            await harness.StartAsync(builder => builder.AsDistributedCache(options => options.Name = harness.CacheName))
        ).Get<IBufferDistributedCache>();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await harness.DisposeAsync();
    }

    [Fact]
    public async Task A_key_that_was_never_set_is_null()
    {
        Assert.Null(await _cache.GetAsync("k"));
        Assert.Null(_cache.Get("k"));
        var writer = new ArrayBufferWriter<byte>();
        Assert.False(await _cache.TryGetAsync("k", writer));
        Assert.False(_cache.TryGet("k", writer));
        Assert.Equal(0, writer.WrittenCount);
    }

    [Fact]
    public async Task What_is_set_can_be_got_by_every_way()
    {
        await _cache.SetAsync("k", [1, 2, 3], _plain);
        Assert.Equal<byte[]>([1, 2, 3], await _cache.GetAsync("k"));
        Assert.Equal<byte[]>([1, 2, 3], _cache.Get("k"));
        var writer = new ArrayBufferWriter<byte>();
        Assert.True(_cache.TryGet("k", writer));
        Assert.True(await _cache.TryGetAsync("k", writer));
        Assert.Equal([1, 2, 3, 1, 2, 3], writer.WrittenSpan.ToArray());
    }

    [Fact]
    public async Task The_synchronous_half_does_the_same()
    {
        _cache.Set("k", [1], _plain);
        Assert.Equal<byte[]>([1], await _cache.GetAsync("k"));
        _cache.Refresh("k");
        _cache.Set("k", new ReadOnlySequence<byte>([2, 3]), _plain);
        Assert.Equal<byte[]>([2, 3], _cache.Get("k"));
        _cache.Remove("k");
        Assert.Null(_cache.Get("k"));
    }

    [Fact]
    public async Task A_blocked_context_does_not_stop_the_synchronous_half()
    {
        // A user interface's context runs continuations on the thread that is blocked here.
        var context = new DeafContext();
        var read = await Task.Run(() =>
            {
                SynchronizationContext.SetSynchronizationContext(context);
                _cache.Set("k", [1], new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromMinutes(1) });
                return _cache.Get("k");
            })
            .WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal<byte[]>([1], read);
        Assert.Equal(0, context.Posts);
    }

    [Fact]
    public async Task A_sequence_of_several_segments_is_one_value()
    {
        await _cache.SetAsync("k", Segments.Of([1, 2], [3], [4, 5, 6]), _plain);
        Assert.Equal<byte[]>([1, 2, 3, 4, 5, 6], await _cache.GetAsync("k"));
    }

    [Fact]
    public async Task An_empty_value_is_a_value()
    {
        await _cache.SetAsync("k", [], _plain);
        Assert.Empty((await _cache.GetAsync("k"))!);
        Assert.True(await _cache.TryGetAsync("k", new ArrayBufferWriter<byte>()));
    }

    [Fact]
    public async Task Neither_the_array_given_nor_the_array_got_is_the_caches_own()
    {
        byte[] given = [1, 2, 3];
        await _cache.SetAsync("k", given, _plain);
        given[0] = 9;
        var got = await _cache.GetAsync("k");
        Assert.Equal<byte[]>([1, 2, 3], got);
        got![0] = 9;
        Assert.Equal<byte[]>([1, 2, 3], await _cache.GetAsync("k"));
    }

    [Fact]
    public async Task The_last_value_set_counts()
    {
        await _cache.SetAsync("k", [1], _plain);
        await _cache.SetAsync("k", [2], _plain);
        Assert.Equal<byte[]>([2], await _cache.GetAsync("k"));
    }

    [Fact]
    public async Task A_removed_key_is_gone_and_can_be_set_again()
    {
        await _cache.SetAsync("k", [1], _plain);
        await _cache.RemoveAsync("k");
        Assert.Null(await _cache.GetAsync("k"));
        await _cache.SetAsync("k", [2], _plain);
        Assert.Equal<byte[]>([2], await _cache.GetAsync("k"));
    }

    [Fact]
    public async Task What_is_not_there_can_be_removed_and_refreshed()
    {
        await _cache.RemoveAsync("k");
        await _cache.RefreshAsync("k");
        Assert.Null(await _cache.GetAsync("k"));
    }

    [Fact]
    public async Task Keys_are_told_apart_by_case_and_by_every_character()
    {
        string[] keys = ["k", "K", "k ", "ключ", "a/b?c#d", "{k}:e:k", "*"];
        foreach (var key in keys)
        {
            await _cache.SetAsync(key, System.Text.Encoding.UTF8.GetBytes(key), _plain);
        }

        foreach (var key in keys)
        {
            Assert.Equal(key, System.Text.Encoding.UTF8.GetString((await _cache.GetAsync(key))!));
        }
    }

    [Fact]
    public async Task A_value_of_a_few_megabytes_comes_back_as_it_was()
    {
        var large = new byte[5 << 20];
        new Random(1).NextBytes(large);
        await _cache.SetAsync("k", large, _plain);
        var got = await _cache.GetAsync("k");
        Assert.True(large.AsSpan().SequenceEqual(got));
    }

    [Fact]
    public async Task A_value_beyond_the_limit_is_refused_and_the_old_one_stays()
    {
        await _cache.SetAsync("k", [1], _plain);
        await Assert.ThrowsAsync<ValueTooLargeException>(() => _cache.SetAsync("k", new byte[(16 << 20) + 1], _plain));
        Assert.Equal<byte[]>([1], await _cache.GetAsync("k"));
    }

    [Fact]
    public async Task A_key_that_no_tier_can_keep_is_refused_with_its_reason()
    {
        foreach (var key in new[] { string.Empty, new string('x', 1025), "a\nb", "\ud800" })
        {
            await Assert.ThrowsAsync<InvalidKeyException>(() => _cache.SetAsync(key, [1], _plain));
            await Assert.ThrowsAsync<InvalidKeyException>(() => _cache.GetAsync(key));
            await Assert.ThrowsAsync<InvalidKeyException>(() => _cache.RefreshAsync(key));
            await Assert.ThrowsAsync<InvalidKeyException>(() => _cache.RemoveAsync(key));
            Assert.Throws<InvalidKeyException>(() => _cache.Set(key, [1], _plain));
        }

        var longest = new string('x', 1024);
        await _cache.SetAsync(longest, [1], _plain);
        Assert.Equal<byte[]>([1], await _cache.GetAsync(longest));
    }

    [Fact]
    public async Task Missing_arguments_are_named()
    {
        await NamesAsync("key", () => _cache.GetAsync(null!));
        await NamesAsync("key", () => _cache.SetAsync(null!, [1], _plain));
        await NamesAsync("value", () => _cache.SetAsync("k", null!, _plain));
        await NamesAsync("options", () => _cache.SetAsync("k", [1], null!));
        await NamesAsync("key", () => _cache.SetAsync(null!, new ReadOnlySequence<byte>([1]), _plain).AsTask());
        await NamesAsync("options", () => _cache.SetAsync("k", new ReadOnlySequence<byte>([1]), null!).AsTask());
        await NamesAsync("key", () => _cache.RefreshAsync(null!));
        await NamesAsync("key", () => _cache.RemoveAsync(null!));
        await NamesAsync("key", () => _cache.TryGetAsync(null!, new ArrayBufferWriter<byte>()).AsTask());
        await NamesAsync("destination", () => _cache.TryGetAsync("k", null!).AsTask());
        Assert.Throws<ArgumentNullException>("key", () => _cache.Get(null!));
        Assert.Throws<ArgumentNullException>("value", () => _cache.Set("k", null!, _plain));
        Assert.Throws<ArgumentNullException>("options", () => _cache.Set("k", [1], null!));
        Assert.Throws<ArgumentNullException>("key", () => _cache.Refresh(null!));
        Assert.Throws<ArgumentNullException>("key", () => _cache.Remove(null!));

        static Task NamesAsync(string name, Func<Task> call) => Assert.ThrowsAsync<ArgumentNullException>(name, call);
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        await _cache.SetAsync("k", [1], _plain);
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _cache.GetAsync("k", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _cache.SetAsync("k", [2], _plain, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _cache.RefreshAsync("k", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _cache.RemoveAsync("k", cancelled));
        Assert.Equal<byte[]>([1], await _cache.GetAsync("k"));
    }

    [Fact]
    public async Task Many_callers_at_once_each_get_a_whole_value()
    {
        byte[][] values = [.. Enumerable.Range(1, 16).Select(static i => Enumerable.Repeat((byte)i, 1000).ToArray())];
        await Task.WhenAll(
            Enumerable
                .Range(0, 200)
                .Select(async i =>
                {
                    await _cache.SetAsync($"k{i % 5}", values[i % 16], _plain);
                    var got = await _cache.GetAsync($"k{i % 5}");
                    Assert.Contains(values, value => value.AsSpan().SequenceEqual(got));
                })
        );
    }

    private sealed class DeafContext : SynchronizationContext
    {
        public int Posts { get; private set; }

        public override void Post(SendOrPostCallback d, object? state) => Posts++;
    }
}
