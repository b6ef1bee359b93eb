using Remanso.Conformance.Support;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.WriteBehind;

[Collection(ManualClockTests.Name)]
public sealed class UpdateTests
{
    [Fact]
    public async Task An_update_computes_from_what_the_store_has_and_its_version_is_newer()
    {
        await using var harness = await CacheHarness.StartAsync();
        var before = await harness.Cache.SetAsync("k", "a", new WriteOptions { Durability = Durability.Stored });
        await harness.Cache.InvalidateAsync(["k"]);

        var result = await harness.Cache.UpdateAsync("k", old => old + "b");

        Assert.Equal((UpdateKind.Set, "ab"), (result.Kind, result.Value));
        Assert.True(result.Receipt.Version > before.Version);
        Assert.Equal("ab", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task An_absent_key_is_null_and_is_created_once_however_many_try()
    {
        await using var harness = await CacheHarness.StartAsync(options => options.UpdateAttempts = 1000);
        var updates = Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(_ => Task.Run(async () => await harness.Cache.UpdateAsync("k", old => $"{(old is null ? 0 : int.Parse(old)) + 1}")))
        );

        await harness.AdvanceUntilAsync(() => updates.IsCompleted, "all updates are done");

        await updates;
        Assert.Equal("20", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_write_in_between_makes_the_function_run_again_on_the_newer_value()
    {
        await using var harness = await CacheHarness.StartAsync();
        await harness.Cache.SetAsync("k", "old");
        var seen = new List<string?>();

        var result = await harness.Cache.UpdateAsync("k", async (current, token) =>
        {
            seen.Add(current.Value);
            if (seen.Count == 1)
            {
                await harness.Cache.SetAsync("k", "newer", cancellationToken: token);
            }

            return Update<string>.Set(current.Value + "+");
        });

        Assert.Equal(["old", "newer"], seen);
        Assert.Equal("newer+", result.Value);
    }

    [Fact]
    public async Task A_key_that_others_write_all_the_time_ends_in_an_error_that_says_so()
    {
        await using var harness = await CacheHarness.StartAsync(options => options.UpdateAttempts = 3);
        var runs = 0;

        var update = harness
            .Cache.UpdateAsync("k", async (_, token) =>
            {
                await harness.Cache.SetAsync("k", $"other {++runs}", cancellationToken: token);
                return Update<string>.Set("mine");
            })
            .AsTask();
        await harness.AdvanceUntilAsync(() => update.IsCompleted, "the update gives up");

        var error = await Assert.ThrowsAsync<UpdateContentionException>(() => update);
        Assert.Equal(("k", 3, 3), (error.Key, error.Attempts, runs));
        Assert.Equal("other 3", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task An_update_may_delete_the_key_or_leave_it_as_it_is()
    {
        await using var harness = await CacheHarness.StartAsync();
        var written = await harness.Cache.SetAsync("k", "v");

        var kept = await harness.Cache.UpdateAsync("k", static (_, _) => new(Update<string>.Keep));
        Assert.Equal((UpdateKind.Keep, "v", written.Version), (kept.Kind, kept.Value, kept.Receipt.Version));

        var deleted = await harness.Cache.UpdateAsync("k", static (_, _) => new(Update<string>.Delete));
        Assert.Equal((UpdateKind.Delete, null), (deleted.Kind, deleted.Value));
        Assert.False((await harness.Cache.GetAsync("k")).Found);

        var again = await harness.Cache.UpdateAsync("k", static (_, _) => new(Update<string>.Delete));
        Assert.Equal((UpdateKind.Keep, 0L), (again.Kind, again.Receipt.Version));
    }

    [Fact]
    public async Task Nothing_is_held_while_the_function_runs()
    {
        await using var harness = await CacheHarness.StartAsync();
        await harness.Cache.SetAsync("k", "v");
        var gate = new Gate();

        var update = harness
            .Cache.UpdateAsync("k", async (current, token) =>
            {
                await gate.PassAsync(token);
                return Update<string>.Set(current.Value + "!");
            })
            .AsTask();
        await gate.ArrivedAsync();
        await harness.Cache.RemoveAsync("k");
        Assert.False((await harness.Cache.GetAsync("k")).Found);
        gate.Open();

        Assert.Equal("!", (await update).Value);
    }

    [Fact]
    public async Task A_condition_of_the_callers_own_and_an_error_of_the_function_are_the_callers_to_hear()
    {
        await using var harness = await CacheHarness.StartAsync();
        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await harness.Cache.UpdateAsync("k", static _ => "v", new WriteOptions { Condition = WriteCondition.Absent })
        );
        await Assert.ThrowsAsync<FormatException>(async () =>
            await harness.Cache.UpdateAsync("k", static _ => throw new FormatException())
        );
        Assert.False((await harness.Cache.GetAsync("k")).Found);
    }
}
