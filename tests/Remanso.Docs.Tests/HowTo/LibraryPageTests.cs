namespace Remanso.Docs.Tests.HowTo;

/// <summary>What <c>docs/how-to/library.md</c> lists.</summary>
public sealed class LibraryPageTests : ProgramFolder
{
    private static readonly CancellationTokenSource _never = new();

    [Fact]
    public async Task Three_lines_make_use_and_end_a_cache()
    {
        await using var caches = await RemansoCaches.CreateAsync(remanso => remanso.UseSqlite("app.db").AddCache<int, User>("users"));
        var users = caches.Get<int, User>("users");
        await users.SetAsync(42, new User("Alice", 7));
        Assert.Equal(new User("Alice", 7), (await users.GetAsync(42)).Value);
    }

    [Fact]
    public async Task The_listings_run()
    {
        await using var caches = await RemansoCaches.CreateAsync(remanso =>
            remanso
                .UseSqlite("app.db")
                .AddCache<int, User>("users")
                .AddCache<string, long>("views")
                .AddCache<string, string[]>("recent")
                .AddCache<string, decimal>("quotes", cache =>
                {
                    cache.WithoutStore = true;
                    cache.UseLoader((services, load, stop) => AskTheBankAsync(load.Key, stop));
                })
        );
        var users = caches.Get<int, User>("users");
        await users.SetAsync(42, new User("Alice", 7));
        await ReadAsync(users);
        await WriteAsync(users);
        Assert.Equal(new User("Bob", 9), (await users.GetAsync(42)).Value);
        await CompareAsync(users);
        Assert.Equal(new User("Bob", 11), (await users.GetAsync(42)).Value);
        await MergeAsync(users, caches.Get<string, long>("views"), caches.Get<string, string[]>("recent"));
        Assert.Equal(new User("Bob", 12), (await users.GetAsync(42)).Value);
        Assert.Equal(["page:1"], (await caches.Get<string, string[]>("recent").GetAsync("alice")).Value!);
        await LoadAsync(caches.Get<string, decimal>("quotes"));
        Assert.Equal(3m, (await caches.Get<string, decimal>("quotes").GetAsync("USD")).Value);
        await TagAsync(users);
        await WriteManyAsync(users);
        await DropAsync(users);
        await OperateAsync(users);
        await WatchAsync(users);
        Observe(caches, []);
    }

    private static async Task ReadAsync(ICache<int, User> users)
    {
        var read = await users.GetAsync(42);
        var many = await users.GetManyAsync([41, 42, 43]);
        Console.WriteLine($"{read.Value} {read.Version} {many.Count}");
    }

    private static async Task WriteAsync(ICache<int, User> users)
    {
        var written = await users.SetAsync(42, new User("Bob", 8));
        await users.WaitAsync(42, written, Durability.Stored);
        await users.SetAsync(42, new User("Bob", 9), new WriteOptions { Durability = Durability.Stored });
        await users.RemoveAsync(41);
    }

    private static async Task WriteManyAsync(ICache<int, User> users)
    {
        var outcomes = await users.SetManyAsync([new(1, new User("Carol", 1)), new(2, new User("Dave", 2))]);
        foreach (var outcome in outcomes)
        {
            Console.WriteLine(outcome.Error?.Message ?? $"version {outcome.Receipt.Version}");
        }

        Assert.Equal(2, outcomes.Count);
    }

    private static async Task CompareAsync(ICache<int, User> users)
    {
        var before = await users.GetAsync(42);
        var unchanged = WriteCondition.IsVersion(before.Version);
        await users.SetAsync(42, before.Value! with { Level = 10 }, new WriteOptions { Condition = unchanged });
        await users.UpdateAsync(42, user => user! with { Level = user.Level + 1 });
    }

    private static async Task DropAsync(ICache<int, User> users)
    {
        await users.InvalidateAsync([42]);
        await users.ExpireAsync([42]);
    }

    private static async Task OperateAsync(ICache<int, User> users)
    {
        await users.Operations.FlushAsync();
        var refused = await users.Operations.GetDeadLettersAsync();
        Assert.Empty(refused);
    }

    private static async Task MergeAsync(ICache<int, User> users, ICache<string, long> views, ICache<string, string[]> recent)
    {
        await views.IncrementAsync("page:1");
        await views.MaxAsync("best", 17);
        await users.PatchAsync(42, """{"level":12}""");
        await recent.AppendAsync("alice", "\"page:1\"", cap: 50);
    }

    private static async Task LoadAsync(ICache<string, decimal> quotes)
    {
        var quote = await quotes.GetOrLoadAsync("EUR", async (currency, stop) => await AskTheBankAsync(currency, stop));
        Assert.Equal(3m, quote.Value);
        var rate = await quotes.GetOrLoadAsync("CHF", async (LoadContext<string, decimal> load, CancellationToken stop) =>
        {
            load.Ttl = TimeSpan.FromMinutes(1);
            return await AskTheBankAsync(load.Key, stop);
        });
        Assert.Equal(3m, rate.Value);
    }

    private static async Task TagAsync(ICache<int, User> users)
    {
        await users.SetAsync(42, new User("Bob", 9), new WriteOptions { Tags = ["team:red"] });
        await users.RemoveByTagAsync("team:red");
        await users.ExpireByTagAsync("team:red");
    }

    private static async Task WatchAsync(ICache<int, User> users)
    {
        var stop = _never;
        var progress = await users.PreloadAsync([1, 2, 3]);
        await foreach (var change in users.WatchAsync(new() { Keys = [42] }, stop.Token))
        {
            Console.WriteLine($"{change.Kind} {change.Key} {change.Version} {change.Gap}");
            break;
        }

        Assert.Equal(3, progress.Keys);
    }

    private static void Observe(RemansoCaches caches, List<string> log)
    {
        using var observation = caches.Registry.Observe(
            what => log.Add($"{what.Kind} {what.Key}"),
            CacheEventKinds.Miss | CacheEventKinds.Flushed
        );
    }

    private static ValueTask<decimal> AskTheBankAsync(string currency, CancellationToken stop) =>
        ValueTask.FromResult((decimal)currency.Length);
}
