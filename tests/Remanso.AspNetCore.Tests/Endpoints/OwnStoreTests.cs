using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.AspNetCore.Tests.Support;
using Remanso.Stores;
using Remanso.Telemetry;

namespace Remanso.AspNetCore.Tests.Endpoints;

/// <summary>The API over a store of the application's own, which knows nothing of our exceptions.</summary>
public sealed class OwnStoreTests
{
    private const string Entries = "/v1/caches/own/entries/";

    [Fact]
    public async Task A_value_that_the_store_would_never_take_is_422_and_harms_no_other_of_a_batch()
    {
        await using var api = await StartAsync();

        var refused = await api.SendAsync("PUT", Entries + "k", "never");
        Assert.Equal((422, "invalid-value"), (refused.Status, refused.Problem));
        Assert.Contains("\"accepted\":false", refused.Body, StringComparison.Ordinal);
        var batch = await api.SendAsync(
            "POST",
            "/v1/caches/own/entries:batch-set",
            """[{"key":"a","value":"1"},{"key":"b","value":"never"}]"""
        );
        Assert.Equal(200, batch.Status);
        Assert.Contains("\"key\":\"a\",\"status\":202", batch.Body, StringComparison.Ordinal);
        Assert.Contains("\"key\":\"b\",\"status\":422", batch.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("io")]
    [InlineData("socket")]
    [InlineData("http")]
    [InlineData("wrapped")]
    public async Task A_store_that_is_out_of_reach_is_503(string key)
    {
        await using var api = await StartAsync();

        var answer = await api.SendAsync("GET", Entries + key);

        Assert.Equal((503, "store-unavailable", "1"), (answer.Status, answer.Problem, answer.Header("Retry-After")));
        Assert.DoesNotContain("secret-host", answer.Body, StringComparison.Ordinal);
        Assert.Equal(500, (await api.SendAsync("GET", Entries + "bug")).Status);
    }

    [Fact]
    public async Task The_log_of_a_fault_has_a_hash_for_the_key()
    {
        using var logs = new LogCollector();
        await using var api = await StartAsync(logs);

        Assert.Equal(500, (await api.SendAsync("GET", Entries + "bug")).Status);

        var record = Assert.Single(logs.Records, static record => record is { Category: "Remanso.Http", Event: 101 });
        Assert.StartsWith(
            $"GET /v1/caches/{{cache}}/entries/{{**key}} failed, key {new HashedKey("bug")}System.InvalidOperationException",
            record.Text,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("/bug", record.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_past_the_tier_whose_reply_was_lost_may_be_stored_and_says_so()
    {
        var store = new PickyStore();
        await using var api = await StartFullAsync(store);

        var lost = await api.SendAsync("PUT", Entries + "lost", "1");
        var unread = await api.SendAsync("PUT", Entries + "io", "1");
        var batch = await api.SendAsync("POST", "/v1/caches/own/entries:batch-set", """[{"key":"lost","value":"2"}]""");

        const string Said = "The write may be stored nevertheless.";
        Assert.Equal((503, "store-unavailable"), (lost.Status, lost.Problem));
        Assert.Contains(Said, lost.Body, StringComparison.Ordinal);
        Assert.Contains(Said, batch.Body, StringComparison.Ordinal);
        Assert.Equal((503, "store-unavailable"), (unread.Status, unread.Problem));
        Assert.DoesNotContain(Said, unread.Body, StringComparison.Ordinal);
        Assert.Equal(["lost", "lost"], store.Lost);
        store.IsAway = false;
    }

    [Fact]
    public async Task A_write_past_the_tier_that_was_not_tried_does_not_say_that_it_may_be_stored()
    {
        var store = new PickyStore();
        await using var api = await StartFullAsync(store);

        // One statement is refused as a whole, and the answer to its first half is lost.
        var batch = await api.SendAsync(
            "POST",
            "/v1/caches/own/entries:batch-set",
            """[{"key":"lost","value":"1"},{"key":"m","value":"1"},{"key":"n","value":"bad"},{"key":"o","value":"1"}]"""
        );

        var results = JsonDocument.Parse(batch.Body).RootElement.EnumerateArray().ToArray();
        Assert.Equal(
            [true, true, false, false],
            results.Select(static result => result.GetRawText().Contains("may be stored nevertheless", StringComparison.Ordinal))
        );
        Assert.All(results, static result => Assert.Equal(503, result.GetProperty("status").GetInt32()));
        store.IsAway = false;
    }

    private static async Task<MountedApi> StartFullAsync(PickyStore store)
    {
        var api = await MountedApi.StartAsync(
            static app => app.MapRemanso(),
            builder =>
                builder
                    .Services.AddRemanso()
                    .AddCache<string, ReadOnlyMemory<byte>>("own", cache =>
                    {
                        cache.Store = _ => store;
                        (cache.Options.Tier.MaxDirtyEntries, cache.Options.Tier.WhenFull) = (1, WhenFull.WriteThrough);
                    })
        );
        Assert.Equal(202, (await api.SendAsync("PUT", Entries + "first", "kept")).Status);
        return api;
    }

    private static Task<MountedApi> StartAsync(LogCollector? logs = null) =>
        MountedApi.StartAsync(
            static app => app.MapRemanso(),
            builder =>
            {
                if (logs is not null)
                {
                    builder.Logging.AddProvider(logs);
                }

                builder
                    .Services.AddRemanso()
                    .AddCache<string, ReadOnlyMemory<byte>>("own", static cache => cache.Store = static _ => new PickyStore());
            }
        );

    private sealed class PickyStore : IBackingStore<string, ReadOnlyMemory<byte>>
    {
        /// <summary>Whether flushes fail.</summary>
        public volatile bool IsAway = true;

        /// <summary>What was stored, and not confirmed.</summary>
        public List<string> Lost { get; } = [];

        public ValueTask InitializeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public string? WhyRefused(StoreWrite<string, ReadOnlyMemory<byte>> write) =>
            write.Value.Span.SequenceEqual("never"u8) ? "it has no room for it" : null;

        public ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken
        ) =>
            keys[0] switch
            {
                "io" => throw new IOException("secret-host hung up"),
                "socket" => throw new SocketException((int)SocketError.HostUnreachable),
                "http" => throw new HttpRequestException("secret-host refused"),
                "wrapped" => throw new InvalidOperationException("gave up", new TimeoutException("secret-host is slow")),
                "bug" => throw new InvalidOperationException("a bug"),
                _ => ValueTask.FromResult<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>>([]),
            };

        public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
            IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
            CancellationToken cancellationToken
        )
        {
            if (batch.Any(static write => write.Value.Span.SequenceEqual("bad"u8)))
            {
                throw new InvalidOperationException("too long");
            }

            if (batch[0].Key == "lost")
            {
                Lost.Add("lost");
                throw new IOException("secret-host hung up before it answered");
            }

            // A flush keeps what it has until the end of the test.
            return IsAway && batch[0].Value.Span.SequenceEqual("kept"u8)
                ? throw new IOException("secret-host is away")
                : ValueTask.FromResult<IReadOnlyList<SaveOutcome>>([.. batch.Select(static _ => SaveOutcome.Applied)]);
        }
    }
}
