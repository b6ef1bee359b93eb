using Microsoft.Extensions.DependencyInjection;
using Remanso.Stores;
using Remanso.Testing;
using Xunit;

namespace Remanso.Tests.Stores;

/// <summary>Who made a store of the application's own ends it.</summary>
public sealed class StoreEndTests
{
    private readonly CancellationToken _token = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_store_of_the_services_is_disposed_of_once_and_after_the_last_flush(bool isMadeEarly)
    {
        var services = new ServiceCollection();
        services.AddSingleton<EndingStore>();
        services
            .AddRemanso()
            .AddCache<string, string>("one", static cache => cache.Store = static services => services.GetRequiredService<EndingStore>())
            .AddCache<string, string>("two", static cache => cache.Store = static services => services.GetRequiredService<EndingStore>());
        EndingStore store;
        await using (var provider = services.BuildServiceProvider())
        {
            var early = isMadeEarly ? provider.GetRequiredService<EndingStore>() : null;
            await provider.GetRequiredKeyedService<ICache<string, string>>("one").SetAsync("a", "1", cancellationToken: _token);
            await provider.GetRequiredKeyedService<ICache<string, string>>("two").SetAsync("b", "2", cancellationToken: _token);
            store = provider.GetRequiredService<EndingStore>();
            Assert.Equal(isMadeEarly ? store : null, early);
        }

        Assert.Equal((1, 2), (store.Ends, store.SavedBeforeItsEnd));
    }

    [Fact]
    public async Task A_store_that_the_caller_made_is_his_to_end()
    {
        var store = new EndingStore();
        for (var start = 1; start <= 2; start++)
        {
            await using var caches = await RemansoCaches.CreateAsync(
                remanso => remanso.AddCache<string, string>("one", cache => cache.Store = _ => store),
                _token
            );
            await caches.Get<string, string>("one").SetAsync("a", $"{start}", cancellationToken: _token);
        }

        Assert.Equal((0, 2), (store.Ends, store.SavedBeforeItsEnd));
    }

    private sealed class EndingStore : IBackingStore<string, string>, IAsyncDisposable, IDisposable
    {
        private readonly FakeStore<string, string> _rows = new();
        private int _ends;
        private int _saved;

        public int Ends => Volatile.Read(ref _ends);

        public int SavedBeforeItsEnd => Volatile.Read(ref _saved);

        public ValueTask InitializeAsync(CancellationToken cancellationToken) => _rows.InitializeAsync(cancellationToken);

        public ValueTask<IReadOnlyList<StoreRow<string, string>>> LoadAsync(
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken
        ) => _rows.LoadAsync(keys, cancellationToken);

        public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
            IReadOnlyList<StoreWrite<string, string>> batch,
            CancellationToken cancellationToken
        )
        {
            if (Ends == 0)
            {
                Interlocked.Add(ref _saved, batch.Count);
            }

            return _rows.SaveAsync(batch, cancellationToken);
        }

        public void Dispose() => Interlocked.Increment(ref _ends);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
