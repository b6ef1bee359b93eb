using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Stores;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Hosting;

/// <summary>By what a tier knows the store of each cache, and what is told where it can't.</summary>
public sealed class StoreNameTests
{
    private const string Default = "postgres://a/default";

    private readonly ScriptedJournal _journal = new();
    private readonly RecordingLog _log = new();

    [Fact]
    public async Task A_cache_on_the_default_store_is_known_by_its_name()
    {
        await StartAsync(static remanso => remanso.AddCache<string, string>("c"));

        Assert.Equal(new NotedStore(Default), _journal.Stores["c"]);
        Assert.Empty(Untold);
    }

    [Fact]
    public async Task A_cache_with_a_store_of_its_own_is_known_by_what_that_tells()
    {
        await StartAsync(static remanso =>
            remanso.AddCache<string, string>("c", static cache => cache.Store = static _ => new TellingStore("postgres://a/own"))
        );

        Assert.Equal(new NotedStore("postgres://a/own", Earlier: Default), _journal.Stores["c"]);
        Assert.Empty(Untold);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_store_that_tells_nothing_is_never_known_by_the_name_of_another_and_is_warned_of_once(bool hasDefault)
    {
        await StartAsync(
            static remanso =>
                remanso
                    .AddCache<string, string>("c", static cache => cache.Store = static _ => new FakeStore<string, string>())
                    .AddCache<string, int>("d", static cache => cache.Store = static _ => new FakeStore<string, int>()),
            hasDefault
        );

        Assert.All(["c", "d"], cache => Assert.Equal(new NotedStore("", Earlier: hasDefault ? Default : ""), _journal.Stores[cache]));
        Assert.All(["c", "d"], cache => Assert.Single(Untold, line => line.StartsWith($"Cache {cache}: ", StringComparison.Ordinal)));
        Assert.Equal(2, Untold.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public async Task A_store_that_does_not_know_its_name_is_one_that_tells_nothing(string? identity)
    {
        await StartAsync(remanso => remanso.AddCache<string, string>("c", cache => cache.Store = _ => new TellingStore(identity)));

        Assert.Equal("", _journal.Stores["c"].Name);
        Assert.Single(Untold);
    }

    [Fact]
    public async Task A_default_store_that_can_not_name_its_database_is_one_that_tells_nothing()
    {
        await StartAsync(
            static remanso => remanso.UseStore(static _ => new NamelessStores()).AddCache<string, string>("c"),
            hasDefault: false
        );

        Assert.Equal(new NotedStore("", Earlier: Default), _journal.Stores["c"]);
        Assert.Single(Untold);
    }

    [Fact]
    public async Task A_name_that_is_set_stands_for_what_is_told()
    {
        await StartAsync(static remanso => remanso.AddCache<string, string>("c", static cache =>
            {
                cache.Store = static _ => new FakeStore<string, string>();
                cache.Options.Tier.StoreIdentity = "mine";
            }));

        Assert.Equal("mine", _journal.Stores["c"].Name);
        Assert.Empty(Untold);
    }

    [Fact]
    public async Task A_cache_without_a_store_is_known_as_that()
    {
        await StartAsync(static remanso => remanso.AddCache<string, string>("c", static cache => cache.WithoutStore = true));

        Assert.Equal(new NotedStore("none"), _journal.Stores["c"]);
        Assert.Empty(Untold);
    }

    [Fact]
    public async Task What_ends_with_the_process_has_no_name_to_tell()
    {
        await StartAsync(
            static remanso =>
                remanso.AddCache<string, string>("c", static cache => cache.Store = static _ => new FakeStore<string, string>()),
            hasJournal: false
        );

        Assert.Empty(Untold);
    }

    [Fact]
    public async Task A_tier_that_is_shared_is_warned_of_as_well()
    {
        await StartAsync(
            static remanso =>
                remanso
                    .UseTier(static _ => new DecoratedTiers(new MemoryTierProvider(TimeProvider.System), static tier => new FaultyTier(tier)
                    {
                        IsLocal = false,
                    }))
                    .AddCache<string, string>("c", static cache => cache.Store = static _ => new FakeStore<string, string>()),
            hasJournal: false
        );

        Assert.Single(Untold);
    }

    private string[] Untold => [.. _log.Lines.Where(static line => line.Contains("its store tells no name", StringComparison.Ordinal))];

    private async Task StartAsync(Action<RemansoBuilder> declare, bool hasDefault = true, bool hasJournal = true)
    {
        await using var caches = await RemansoCaches.CreateAsync(
            remanso =>
            {
                remanso.Services.AddSingleton<ILoggerFactory>(_log);
                if (hasDefault)
                {
                    remanso.UseStore(static _ => new ScriptedStore { Description = Default });
                }

                if (hasJournal)
                {
                    remanso.UseJournal(_ => _journal);
                }

                declare(remanso);
            },
            TestContext.Current.CancellationToken
        );
    }

    private sealed class TellingStore(string? identity) : IBackingStore<string, string>, IStoreIdentity
    {
        private readonly FakeStore<string, string> _rows = new();

        public string? Identity => identity;

        public ValueTask InitializeAsync(CancellationToken cancellationToken) => _rows.InitializeAsync(cancellationToken);

        public ValueTask<IReadOnlyList<StoreRow<string, string>>> LoadAsync(
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken
        ) => _rows.LoadAsync(keys, cancellationToken);

        public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
            IReadOnlyList<StoreWrite<string, string>> batch,
            CancellationToken cancellationToken
        ) => _rows.SaveAsync(batch, cancellationToken);
    }

    private sealed class NamelessStores : IStoreProvider
    {
        private readonly ScriptedStore _store = new();

        public string Description => Default;

        public string? Identity => null;

        public IBackingStore<string, ReadOnlyMemory<byte>> Create(string cache) => _store;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
