using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.Entries;
using Xunit;

namespace Remanso.Stores.Tests.Samples;

public sealed class FencedStoreTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remanso-fenced-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private FencedStore Store => new($"Data Source={Path.Combine(_folder.FullName, "app.db")};Pooling=False");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_worker_that_lost_its_lease_changes_nothing()
    {
        await Store.InitializeAsync(Cancellation);
        await Store.SaveAsync([Write("old holder", 5, token: 100)], Cancellation);
        await Store.SaveAsync([Write("new holder", 6, token: 200)], Cancellation);

        Assert.Equal(SaveOutcomeKind.Superseded, Assert.Single(await Store.SaveAsync([Write("zombie", 7, token: 100)], Cancellation)).Kind);
        Assert.Equal("new holder", Assert.Single(await Store.LoadAsync([1], Cancellation)).Value);
    }

    [Fact]
    public async Task A_cache_in_front_of_it_reads_what_it_wrote_also_after_a_restart()
    {
        for (var life = 1; life <= 2; life++)
        {
            var builder = Host.CreateEmptyApplicationBuilder(null);
            builder.Services.AddRemanso().AddCache<int, string>("profiles", cache => cache.Store = _ => Store);
            using var host = builder.Build();
            await host.StartAsync(Cancellation);
            var profiles = host.Services.GetRequiredService<ICache<int, string>>();

            if (life == 2)
            {
                Assert.Equal("Ann, life 1", (await profiles.GetAsync(1, Cancellation)).Value);
            }

            await profiles.SetAsync(1, "Ann", cancellationToken: Cancellation);
            await profiles.SetAsync(1, $"Ann, life {life}", cancellationToken: Cancellation);
            await profiles.RemoveAsync(2, cancellationToken: Cancellation);
            await host.StopAsync(Cancellation);
        }

        Assert.Equal(
            [(1, "Ann, life 2"), (2, null)],
            (await Store.LoadAsync([1, 2, 3], Cancellation)).Select(row => (row.Key, row.Value)).Order()
        );
    }

    private static StoreWrite<int, string> Write(string name, long version, long token) =>
        new()
        {
            Key = 1,
            Value = name,
            Version = version,
            FencingToken = token,
            ExpiresAt = CacheEntry.Never,
        };
}
