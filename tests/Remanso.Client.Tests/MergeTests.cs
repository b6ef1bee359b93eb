using System.Text;
using Remanso.Client.Tests.Support;

namespace Remanso.Client.Tests;

/// <summary>What is decided where the value lies, and what is waited for afterwards.</summary>
public sealed class MergeTests
{
    [Fact]
    public async Task A_patch_changes_the_members_that_it_names_and_makes_what_is_absent()
    {
        await using var api = await ApiHost.StartAsync();
        await api.Cache.SetAsync("user", """{"name":"Ann","level":7,"old":true}"""u8.ToArray(), new() { ContentType = "application/json" });

        var patched = await api.Cache.PatchAsync(
            "user",
            """{"level":8,"old":null}"""u8.ToArray(),
            new() { Durability = WriteDurability.Stored }
        );
        var made = await api.Cache.PatchAsync(
            "new",
            """{"a":1}"""u8.ToArray(),
            new()
            {
                Lifetime = TimeSpan.FromHours(1),
                Tags = ["t"],
                IdempotencyKey = "1",
            }
        );

        Assert.Equal(
            (WriteDurability.Stored, """{"name":"Ann","level":8}"""),
            (patched.Durability, (await api.Cache.GetAsync("user")).GetText())
        );
        Assert.Equal(
            ("""{"a":1}""", made.Version),
            ((await api.Cache.GetAsync("new")) is var read ? (read.GetText(), read.Version) : default)
        );
        Assert.Equal(
            made,
            await api.Cache.PatchAsync(
                "new",
                """{"a":1}"""u8.ToArray(),
                new()
                {
                    Lifetime = TimeSpan.FromHours(1),
                    Tags = ["t"],
                    IdempotencyKey = "1",
                }
            )
        );
    }

    [Fact]
    public async Task Numbers_are_raised_and_lowered_and_arrays_appended_to()
    {
        await using var api = await ApiHost.StartAsync();

        Assert.Equal(7, (await api.Cache.MaxAsync("high", 7)).Value);
        Assert.Equal(7, (await api.Cache.MaxAsync("high", -3)).Value);
        Assert.Equal(7, (await api.Cache.MinAsync("low", 7)).Value);
        Assert.Equal(-3, (await api.Cache.MinAsync("low", -3)).Value);
        await api.Cache.AppendAsync("list", "1"u8.ToArray());
        await api.Cache.AppendAsync("list", """{"t":21.50}"""u8.ToArray());
        await api.Cache.AppendAsync("list", "\"é\""u8.ToArray(), cap: 2);
        Assert.Equal("""[{"t":21.50},"é"]""", (await api.Cache.GetAsync("list")).GetText());
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_by_the_server_and_what_is_no_JSON_is_not_sent()
    {
        await using var api = await ApiHost.StartAsync();
        await api.Cache.SetTextAsync("text", "no number");

        Assert.Equal(
            (409, "not-a-number"),
            (await Assert.ThrowsAsync<RemansoApiException>(() => api.Cache.MaxAsync("text", 1))) is var max
                ? (max.Status, max.Code)
                : default
        );
        Assert.Equal(
            "not-json",
            (await Assert.ThrowsAsync<RemansoApiException>(() => api.Cache.AppendAsync("text", "1"u8.ToArray()))).Code
        );
        Assert.Equal(
            "not-json",
            (await Assert.ThrowsAsync<RemansoApiException>(() => api.Cache.PatchAsync("text", "{}"u8.ToArray()))).Code
        );
        foreach (var wrong in new[] { "", "{", "1 2", "secret" })
        {
            var bytes = Encoding.UTF8.GetBytes(wrong);
            Assert.DoesNotContain(
                "secret",
                (await Assert.ThrowsAsync<ArgumentException>(() => api.Cache.PatchAsync("k", bytes))).Message,
                StringComparison.Ordinal
            );
            await Assert.ThrowsAsync<ArgumentException>(() => api.Cache.AppendAsync("k", bytes));
        }

        await Assert.ThrowsAsync<ArgumentException>(() => api.Cache.PatchAsync("k", "{}"u8.ToArray(), new() { ContentType = "a/b" }));
        await Assert.ThrowsAsync<ArgumentException>(() => api.Cache.MaxAsync("k", 1, new() { ContentType = "a/b" }));
        Assert.Equal(EntryOutcome.Absent, (await api.Cache.GetAsync("k")).Outcome);
    }

    [Fact]
    public async Task A_condition_holds_for_a_patch_as_for_a_write()
    {
        await using var api = await ApiHost.StartAsync();
        var first = await api.Cache.PatchAsync("k", """{"a":1}"""u8.ToArray());

        var conflict = await Assert.ThrowsAsync<RemansoVersionConflictException>(() =>
            api.Cache.PatchAsync("k", """{"a":2}"""u8.ToArray(), new() { IfVersion = first.Version - 1 })
        );
        Assert.Equal(first.Version, conflict.CurrentVersion);
        await api.Cache.PatchAsync("k", """{"a":2}"""u8.ToArray(), new() { IfVersion = first.Version });
    }

    [Fact]
    public async Task A_wait_ends_when_the_database_has_the_version_or_a_later_one()
    {
        await using var api = await ApiHost.StartAsync();
        var hold = new TaskCompletionSource();
        api.Store.BeforeSave = _ => hold.Task;
        var written = await api.Cache.SetTextAsync("k", "v");

        var late = await Assert.ThrowsAsync<RemansoApiException>(() =>
            api.Cache.WaitAsync("k", written.Version, timeout: TimeSpan.FromMilliseconds(20))
        );
        var waiting = api.Cache.WaitAsync("k", written.Version);
        hold.SetResult();

        Assert.Equal((504, "durability-not-reached", true), (late.Status, late.Code, late.IsAccepted));
        Assert.Equal(WriteDurability.Stored, (await waiting).Durability);
        Assert.Equal(WriteDurability.Accepted, (await api.Cache.WaitAsync("k", written.Version, WriteDurability.Accepted)).Durability);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => api.Cache.WaitAsync("k", 0));
    }
}
