using Remanso.Docs.Tests.Support;

namespace Remanso.Docs.Tests.Reference;

/// <summary>What <c>docs/reference/events.md</c> lists.</summary>
public sealed class EventsPageTests : ProgramFolder
{
    [Fact]
    public async Task An_observer_hears_of_a_read()
    {
        await using var caches = await RemansoCaches.CreateAsync(remanso => remanso.UseSqlite("app.db").AddCache<int, User>("users"));
        using var observation = caches.Registry.Observe(
            what => Console.WriteLine($"{what.Cache}: {what.Kind} {what.Key} {what.Source} {what.Error}"),
            CacheEventKinds.Hit | CacheEventKinds.Miss | CacheEventKinds.Flushed | CacheEventKinds.DeadLettered
        );
        await caches.Get<int, User>("users").GetAsync(42);
    }

    private sealed record User(string Name);
}
