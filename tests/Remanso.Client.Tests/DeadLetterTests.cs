using Microsoft.AspNetCore.Http;
using Remanso.Client.Tests.Support;
using Remanso.Stores;

namespace Remanso.Client.Tests;

public sealed class DeadLetterTests : IAsyncLifetime
{
    private ApiHost _api = null!;
    private bool _refuses = true;

    private DeadLetterClient Letters => _api.Cache.DeadLetters;

    public async ValueTask InitializeAsync()
    {
        _api = await ApiHost.StartAsync(static cache => cache.Flush.Interval = TimeSpan.FromSeconds(30));
        _api.Store.BeforeSave = batch =>
            _refuses && batch.Any(static write => write.Key.StartsWith("bad", StringComparison.Ordinal))
                ? throw new StoreException("value too long", isTransient: false) { BlamesRow = true }
                : Task.CompletedTask;

        // What a database takes beside them shows that it is the rows it refuses.
        foreach (var key in new[] { "a", "bad/1", "bad/10", "bad2" })
        {
            await _api.Cache.SetTextAsync(key, "long");
        }

        await _api.Cache.FlushAsync();
    }

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task They_are_listed_and_found()
    {
        var all = await Letters.ListAsync();
        Assert.Equal(["bad/1", "bad/10", "bad2"], all.Select(static letter => letter.Key).Order(StringComparer.Ordinal));
        Assert.Equal(2, (await Letters.ListAsync(new() { Prefix = "bad/", Error = "TOO LONG" })).Count);
        Assert.Single(await Letters.ListAsync(max: 1));
        Assert.Empty(await Letters.ListAsync(new() { OlderThan = TimeSpan.FromHours(1) }));

        var letter = (await Letters.FindAsync("bad/1"))!;
        Assert.Equal(("bad/1", 4, false, "text/plain; charset=utf-8"), (letter.Key, letter.Bytes, letter.Deleted, letter.ContentType));
        Assert.Contains("too long", letter.Error, StringComparison.Ordinal);
        Assert.Equal((await _api.Cache.GetAsync("bad/1")).Version, letter.Version);
        Assert.Null(await Letters.FindAsync("bad"));
    }

    [Fact]
    public async Task One_is_asked_for_by_its_key_and_not_looked_for_among_all_that_begin_with_it()
    {
        await using var api = await ScriptedApi.StartAsync(
            static (_, context) =>
            {
                context.Response.ContentType = "application/json";
                var keys = context.Request.Query["key"] is [{ } only]
                    ? [only]
                    : Enumerable.Range(0, 10_000).Select(static n => $"order:1{n}");
                var letters = keys.Select(static key =>
                    $$"""{"key":"{{key}}","version":5,"error":"e","at":"2025-11-21T20:40:00Z","bytes":3}"""
                );
                return context.Response.WriteAsync($$"""{"deadLetters":[{{string.Join(',', letters)}}]}""");
            }
        );
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = api.Address });

        Assert.Equal("order:1", (await client.Cache().DeadLetters.FindAsync("order:1"))?.Key);
    }

    [Fact]
    public async Task One_is_corrected_over_the_version_that_was_looked_at()
    {
        var letter = (await Letters.FindAsync("bad/1"))!;
        await Assert.ThrowsAsync<RemansoVersionConflictException>(() =>
            Letters.CorrectAsync("bad/1", "short"u8.ToArray(), new() { IfVersion = letter.Version - 1 })
        );
        _refuses = false;

        var corrected = await Letters.CorrectAsync(
            "bad/1",
            "short"u8.ToArray(),
            new() { IfVersion = letter.Version, Durability = WriteDurability.Stored }
        );

        Assert.Equal((WriteDurability.Stored, "short"), (corrected.Durability, _api.Store.Text("bad/1")));
        Assert.Equal("text/plain; charset=utf-8", (await _api.Cache.GetAsync("bad/1")).ContentType);
        Assert.Equal(
            "no-dead-letter",
            (await Assert.ThrowsAsync<RemansoApiException>(() => Letters.CorrectAsync("bad/1", "x"u8.ToArray()))).Code
        );
    }

    [Fact]
    public async Task They_are_replayed_and_dropped_by_key_and_by_query_and_never_all_by_omission()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Letters.DropAsync(new DeadLetterQuery()));
        await Assert.ThrowsAsync<ArgumentException>(() => Letters.ReplayAsync(new DeadLetterQuery()));
        Assert.Equal(1, await Letters.DropAsync(["bad/10", "other"]));
        Assert.Equal(0, await Letters.DropAsync(new DeadLetterQuery { Error = "deadlock" }));
        _refuses = false;
        Assert.Equal(1, await Letters.ReplayAsync(["bad2"]));
        Assert.Equal(1, await Letters.ReplayAsync(new DeadLetterQuery { Prefix = "bad" }));
        await _api.Cache.FlushAsync();

        Assert.Equal(("long", null, "long"), (_api.Store.Text("bad/1"), _api.Store.Text("bad/10"), _api.Store.Text("bad2")));
        Assert.Empty(await Letters.ListAsync());
        Assert.Equal(0, await Letters.DropAsync(DeadLetterQuery.All));
        Assert.Equal(0, await Letters.ReplayAsync(DeadLetterQuery.All));
    }
}
