using Remanso.Docs.Tests.Support;

namespace Remanso.Docs.Tests.Explanation;

/// <summary>What the pages of <c>docs/explanation</c> list.</summary>
public sealed class ExplanationPageTests : ProgramFolder
{
    [Fact]
    public async Task A_write_is_read_and_its_copies_are_dropped()
    {
        var ada = new User("Ada");
        await using var caches = await RemansoCaches.CreateAsync(remanso =>
            remanso.UseSqlite("app.db").UseSqliteJournal("journal.db").AddCache<int, User>("users")
        );
        var users = caches.Get<int, User>("users");

        var receipt = await users.SetAsync(42, ada, new() { Durability = Durability.Stored });
        Assert.Equal(Durability.Stored, receipt.Durability);

        await users.SetAsync(42, ada);
        var user = await users.GetAsync(42);
        Assert.Equal(ada, user.Value);

        await users.InvalidateAsync([42]);
        await users.ExpireByTagAsync(["team:7"]);
        Assert.Equal(ada, (await users.GetAsync(42)).Value);
    }

    private sealed record User(string Name);
}
