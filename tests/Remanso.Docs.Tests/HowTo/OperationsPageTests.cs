using Microsoft.EntityFrameworkCore;
using Remanso.Docs.Tests.Support;

namespace Remanso.Docs.Tests.HowTo;

/// <summary>What <c>docs/how-to/operations.md</c> lists of C#.</summary>
public sealed class OperationsPageTests : ProgramFolder
{
    [Fact]
    public async Task A_cache_is_warmed_up_with_the_keys_of_a_query()
    {
        await using var caches = await RemansoCaches.CreateAsync(remanso => remanso.UseSqlite("app.db").AddCache<int, string>("users"));
        await caches.Get<int, string>("users").SetAsync(2, "Bob", new() { Durability = Durability.Stored });
        await using var context = new Shop();
        await context.Database.EnsureCreatedAsync(TestContext.Current.CancellationToken);
        context.Users.AddRange(
            new User { Id = 1, IsActive = false },
            new User { Id = 2, IsActive = true },
            new User { Id = 3, IsActive = true }
        );
        await context.SaveChangesAsync(TestContext.Current.CancellationToken);
        PreloadProgress last = default;

        await WarmUpAsync(context, caches.Get<int, string>("users"), new Told(told => last = told));

        Assert.Equal(2, last.Keys);
    }

    private static async Task WarmUpAsync(Shop context, ICache<int, string> cache, IProgress<PreloadProgress> progress)
    {
        var active = context.Users.Where(user => user.IsActive).Select(user => user.Id).AsAsyncEnumerable();
        await cache.PreloadAsync(active, progress);
    }

    private sealed class Told(Action<PreloadProgress> told) : IProgress<PreloadProgress>
    {
        public void Report(PreloadProgress value) => told(value);
    }

    private sealed class Shop : DbContext
    {
        public DbSet<User> Users => Set<User>();

        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseSqlite("Data Source=shop.db");
    }

    private sealed class User
    {
        public int Id { get; set; }

        public bool IsActive { get; set; }
    }
}
