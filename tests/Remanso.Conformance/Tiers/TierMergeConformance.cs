using System.Globalization;
using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>Writes that merge: what all kinds have in common. Additions have a suite of their own.</summary>
public abstract class TierMergeConformance(TierHarness harness) : CacheTierConformance(harness)
{
    private static readonly string _fingerprint = new('1', 32);

    public static TheoryData<string, string> Kinds =>
        new()
        {
            { "max", "7" },
            { "min", "-7" },
            { "append", "[3,7]" },
            { "patch", """{"a":3,"b":7}""" },
        };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_not_there_has_to_be_loaded_and_is_then_merged(string kind, string merged)
    {
        var tier = await StartAsync();
        Assert.Equal(TierWriteOutcome.NotResident, (await MergeAsync(tier, Of(kind))).Outcome);
        await tier.AssertMissAsync("k");

        await tier.FillAsync("k", Loaded(kind), 7);
        var result = await MergeAsync(tier, Of(kind));

        var entry = await tier.HitAsync("k");
        Assert.Equal((TierWriteOutcome.Accepted, result.Version, EntryState.Dirty), (result.Outcome, entry.Version, entry.State));
        Assert.Equal(merged, entry.Text());
        Assert.Equal(Number(kind, merged), result.Number);
        Assert.Equal(merged, Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync())).Entry.Text());
    }

    [Theory]
    [InlineData("max", "7")]
    [InlineData("min", "-7")]
    [InlineData("append", "[7]")]
    [InlineData("patch", """{"b":7}""")]
    public async Task A_deleted_key_gets_what_the_merge_makes_of_nothing(string kind, string made)
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "5");
        await tier.DeleteAsync("k");
        Assert.Equal(Number(kind, made), (await MergeAsync(tier, Of(kind))).Number);
        Assert.Equal((made, false), ((await tier.HitAsync("k")).Text(), (await tier.HitAsync("k")).IsTombstone));
    }

    [Theory]
    [InlineData("max", "3", "7")]
    [InlineData("min", "-7", "-7")]
    [InlineData("append", "[3]", "[3,7]")]
    [InlineData("patch", """{"b":3}""", """{"b":7}""")]
    public async Task Without_a_store_what_is_not_there_is_absent_and_what_is_merged_is_clean(string kind, string first, string second)
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Merge = Of(kind, 3),
                CleanTtl = Ages,
            }
        );
        Assert.Equal((first.Replace("-7", "-3"), EntryState.None), ((await tier.HitAsync("k")).Text(), (await tier.HitAsync("k")).State));
        await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Merge = Of(kind),
                CleanTtl = Ages,
            }
        );
        Assert.Equal(second, (await tier.HitAsync("k")).Text());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_has_a_value_keeps_type_tags_and_lifetime(string kind, string merged)
    {
        var tier = await StartAsync();
        var ends = tier.Now + 3_600_000_000;
        await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Value = TierSteps.Bytes(Loaded(kind)),
                ContentType = "text/first",
                Tags = ["a", "b"],
                ExpiresAt = ends,
            }
        );
        await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Merge = Of(kind),
                ContentType = "text/second",
                Tags = ["c"],
                ExpiresAt = ends + 1,
            }
        );
        var entry = await tier.HitAsync("k");
        Assert.Equal((merged, "text/first", ends), (entry.Text(), entry.ContentType, entry.ExpiresAt));
        Assert.Equal(["a", "b"], entry.Tags);

        await tier.DeleteAsync("k");
        await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Merge = Of(kind),
                ContentType = "text/second",
                Tags = ["c"],
                ExpiresAt = ends + 1,
            }
        );
        entry = await tier.HitAsync("k");
        Assert.Equal(("text/second", ends + 1, "c"), (entry.ContentType, entry.ExpiresAt, Assert.Single(entry.Tags!)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_merge_during_a_flush_stays_dirty(string kind, string merged)
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", Loaded(kind));
        var leases = await tier.AcquireAllAsync();
        var taken = Assert.Single(await tier.TakeAsync(leases));
        await MergeAsync(tier, Of(kind));
        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(taken.Stored()));
        Assert.Equal(merged, Assert.Single(await tier.TakeAsync(leases)).Entry.Text());
    }

    [Theory]
    [InlineData("add", "5")]
    [InlineData("max", "9")]
    [InlineData("max", "007")]
    [InlineData("min", "-9")]
    [InlineData("min", "-0000007")]
    [InlineData("patch", """{"b":7}""")]
    public async Task What_changes_nothing_writes_nothing_and_returns_the_version_that_is_there(string kind, string text)
    {
        var tier = await StartAsync();
        await tier.FillAsync("k", text, 7);
        var result = await MergeAsync(tier, kind == "add" ? Merge.Add(0) : Of(kind));
        var entry = await tier.HitAsync("k");
        Assert.Equal(
            (TierWriteOutcome.Accepted, 7L, Number(kind, text), true),
            (result.Outcome, result.Version, result.Number, result.Kept)
        );
        Assert.Equal((text, 7L, EntryState.None), (entry.Text(), entry.Version, entry.State));
        Assert.Equal(0, (await tier.DirtyAsync()).Entries);
    }

    [Fact]
    public async Task What_changed_nothing_is_known_again_with_the_answer_of_then()
    {
        var tier = await StartAsync();
        await tier.FillAsync("k", "9", 7);
        var max = new TierWrite
        {
            Key = "k",
            Merge = Merge.Max(8),
            Identity = new WriteIdentity("id", _fingerprint),
        };
        var first = await tier.TryWriteAsync(max);
        await tier.WriteAsync("k", "1");
        Assert.Equal((7L, 9L, true), (first.Version, first.Number, first.Kept));
        var again = await tier.TryWriteAsync(max);
        Assert.Equal((TierWriteOutcome.Accepted, 7L, 9L), (again.Outcome, again.Version, again.Number));
        Assert.Equal("1", (await tier.HitAsync("k")).Text());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_repeated_merge_has_one_effect_and_the_same_answer(string kind, string merged)
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", Loaded(kind));
        var merge = new TierWrite
        {
            Key = "k",
            Merge = Of(kind),
            Identity = new WriteIdentity("id", _fingerprint),
        };
        var first = await tier.TryWriteAsync(merge);
        Assert.Equal(first with { IsKnown = true }, await tier.TryWriteAsync(merge));
        Assert.Equal(merged, (await tier.HitAsync("k")).Text());
        await tier.WriteAsync("k", Loaded(kind));
        Assert.Equal(first with { IsKnown = true }, await tier.TryWriteAsync(merge));
        Assert.Equal(Loaded(kind), (await tier.HitAsync("k")).Text());
        Assert.Equal(
            TierWriteOutcome.IdentityReused,
            (await tier.TryWriteAsync(merge with { Identity = new WriteIdentity("id", new('2', 32)) })).Outcome
        );
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_condition_is_checked_in_the_same_step(string kind, string merged)
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", Loaded(kind));
        var merge = new TierWrite
        {
            Key = "k",
            Merge = Of(kind),
            Condition = WriteCondition.IsVersion(version - 1),
        };
        var refused = await tier.TryWriteAsync(merge);
        Assert.Equal((TierWriteOutcome.ConditionFailed, version), (refused.Outcome, refused.Version));
        Assert.Equal(
            TierWriteOutcome.ConditionFailed,
            (await tier.TryWriteAsync(merge with { Condition = WriteCondition.Absent })).Outcome
        );
        Assert.Equal(
            TierWriteOutcome.Accepted,
            (await tier.TryWriteAsync(merge with { Condition = WriteCondition.IsVersion(version) })).Outcome
        );
        Assert.Equal(merged, (await tier.HitAsync("k")).Text());
        await tier.DeleteAsync("k");
        Assert.Equal(
            TierWriteOutcome.ConditionFailed,
            (await tier.TryWriteAsync(merge with { Condition = WriteCondition.Present })).Outcome
        );
    }

    [Theory]
    [InlineData("max", "x", TierWriteOutcome.NotANumber)]
    [InlineData("min", "", TierWriteOutcome.NotANumber)]
    [InlineData("max", "9223372036854775808", TierWriteOutcome.NotANumber)]
    [InlineData("append", "", TierWriteOutcome.NotJson)]
    [InlineData("append", "{}", TierWriteOutcome.NotJson)]
    [InlineData("append", "[1,]", TierWriteOutcome.NotJson)]
    [InlineData("append", "[1]]", TierWriteOutcome.NotJson)]
    [InlineData("append", "[1", TierWriteOutcome.NotJson)]
    [InlineData("append", "[1 2]", TierWriteOutcome.NotJson)]
    [InlineData("append", "[01]", TierWriteOutcome.NotJson)]
    [InlineData("append", "[\"\n\"]", TierWriteOutcome.NotJson)]
    [InlineData("patch", "", TierWriteOutcome.NotJson)]
    [InlineData("patch", "Alice", TierWriteOutcome.NotJson)]
    [InlineData("patch", "{\"a\":1,}", TierWriteOutcome.NotJson)]
    [InlineData("patch", "{\"a\" 1}", TierWriteOutcome.NotJson)]
    [InlineData("patch", "{\"b\":01}", TierWriteOutcome.NotJson)]
    [InlineData("patch", "{\"\\x\":1}", TierWriteOutcome.NotJson)]
    [InlineData("patch", "nul", TierWriteOutcome.NotJson)]
    public async Task A_value_that_can_not_be_merged_is_refused_and_stays(string kind, string text, object outcome)
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", text);
        var result = await MergeAsync(tier, Of(kind));
        Assert.Equal(((TierWriteOutcome)outcome, version), (result.Outcome, result.Version));
        Assert.Equal((text, version), ((await tier.HitAsync("k")).Text(), (await tier.HitAsync("k")).Version));
    }

    [Fact]
    public async Task A_value_that_would_grow_too_large_is_refused_and_stays()
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", "[1,2]");
        var append = new TierWrite
        {
            Key = "k",
            Merge = Merge.Append("3"),
            MaxBytes = 7,
        };
        Assert.Equal(TierWriteOutcome.Accepted, (await tier.TryWriteAsync(append)).Outcome);
        var result = await tier.TryWriteAsync(append);
        Assert.Equal((TierWriteOutcome.TooLarge, 9L), (result.Outcome, result.Number));
        Assert.Equal("[1,2,3]", (await tier.HitAsync("k")).Text());
        Assert.True(result.Version > version);
        Assert.Equal(TierWriteOutcome.Accepted, (await tier.TryWriteAsync(append with { Merge = Merge.Append("4", 3) })).Outcome);
        Assert.Equal("[2,3,4]", (await tier.HitAsync("k")).Text());
    }

    [Theory]
    [InlineData("append")]
    [InlineData("patch")]
    public async Task JSON_that_is_too_large_already_is_not_even_read(string kind)
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", new string('x', 30));
        var result = await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Merge = Of(kind),
                MaxBytes = 29,
            }
        );
        Assert.Equal((TierWriteOutcome.TooLarge, 30L), (result.Outcome, result.Number));
        await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Merge = Of(kind),
                MaxBytes = 30,
            }
        );
        Assert.Equal(new string('x', 30), (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task What_no_flush_could_make_room_for_is_too_large()
    {
        var tier = await StartAsync(static options => options.MaxDirtyBytes = 200);
        await tier.WriteAsync("k", "[]");
        Assert.Equal(TierWriteOutcome.TooLarge, (await MergeAsync(tier, Merge.Append($"\"{new string('x', 300)}\""))).Outcome);
        Assert.Equal("[]", (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task A_merge_that_grows_past_the_limits_finds_the_tier_full()
    {
        var tier = await StartAsync(static options =>
        {
            options.MaxDirtyBytes = 300;
            options.Partitions = 1;
        });
        await tier.WriteAsync("k", "[]");
        await tier.WriteAsync("other", new string('x', 200));
        Assert.Equal(TierWriteOutcome.Full, (await MergeAsync(tier, Merge.Append($"\"{new string('x', 100)}\""))).Outcome);
        await tier.FlushAsync();
        Assert.Equal(TierWriteOutcome.Accepted, (await MergeAsync(tier, Merge.Append($"\"{new string('x', 100)}\""))).Outcome);
    }

    [Theory]
    [InlineData("-9223372036854775808", 9223372036854775807)]
    [InlineData("9007199254740992", 9007199254740993)]
    [InlineData("-9007199254740993", -9007199254740992)]
    [InlineData("9999999999", 10000000000)]
    [InlineData("-1", 0)]
    [InlineData("-10000000001", -10000000000)]
    public async Task Numbers_of_64_bits_are_compared_exactly(string lower, long higher)
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", lower);
        var least = long.Parse(lower, CultureInfo.InvariantCulture);
        Assert.Equal(least, (await MergeAsync(tier, Merge.Min(higher))).Number);
        Assert.Equal(higher, (await MergeAsync(tier, Merge.Max(higher))).Number);
        Assert.Equal(higher, (await MergeAsync(tier, Merge.Max(least))).Number);
        Assert.Equal(least, (await MergeAsync(tier, Merge.Min(least))).Number);
        Assert.Equal(lower, (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task Concurrent_merges_of_eight_writers_all_take_effect()
    {
        const int Writers = 8;
        const int Rounds = 50;
        var tier = await StartAsync();
        await tier.WriteAsync("max", "-1");
        await tier.WriteAsync("min", "1000000");
        await tier.WriteAsync("list", "[]");
        await tier.WriteAsync("object", "{}");
        using var barrier = new Barrier(Writers);
        await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(writer =>
                    Task.Factory.StartNew(
                            () =>
                            {
                                barrier.SignalAndWait(Cancelled);
                                return RunAsync(writer);
                            },
                            Cancelled,
                            TaskCreationOptions.LongRunning,
                            TaskScheduler.Default
                        )
                        .Unwrap()
                )
        );

        Assert.Equal($"{(Writers * Rounds) - 1}", (await tier.HitAsync("max")).Text());
        Assert.Equal("0", (await tier.HitAsync("min")).Text());
        var list = Parse((await tier.HitAsync("list")).Text(), '[', ']');
        Assert.Equal(Enumerable.Range(0, Writers * Rounds).Select(Text), list.OrderBy(int.Parse));
        for (var writer = 0; writer < Writers; writer++)
        {
            // Each writer's own appends are in its order.
            var own = list.Select(int.Parse).Where(number => number % Writers == writer).ToArray();
            Assert.Equal(own.Order(), own);
        }

        var members = Parse((await tier.HitAsync("object")).Text(), '{', '}');
        Assert.Equal(Enumerable.Range(0, Writers).Select(writer => $"\"w{writer}\":{Rounds - 1}"), members.Order());

        async Task RunAsync(int writer)
        {
            for (var round = 0; round < Rounds; round++)
            {
                var number = (round * Writers) + writer;
                await MustAsync("max", Merge.Max(number));
                await MustAsync("min", Merge.Min(number));
                await MustAsync("list", Merge.Append(Text(number)));
                await MustAsync("object", Merge.Patch($$"""{"w{{writer}}":{{round}}}"""));
            }
        }

        async Task MustAsync(string key, Merge merge) =>
            Assert.Equal(TierWriteOutcome.Accepted, (await tier.TryWriteAsync(new TierWrite { Key = key, Merge = merge })).Outcome);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string[] Parse(string json, char open, char close) => json.Trim(open, close).Split(',');

    private static long Number(string kind, string text) =>
        kind is "append" or "patch" ? text.Length : long.Parse(text, CultureInfo.InvariantCulture);

    private static string Loaded(string kind) =>
        kind switch
        {
            "append" => "[3]",
            "patch" => """{ "a" : 3 , "b" : null }""",
            _ => "3",
        };

    private static Merge Of(string kind, int number = 7) =>
        kind switch
        {
            "max" => Merge.Max(number),
            "min" => Merge.Min(-number),
            "append" => Merge.Append(Text(number)),
            _ => Merge.Patch($$"""{"b":{{number}}}"""),
        };

    private static ValueTask<TierWriteResult> MergeAsync(ICacheTier tier, Merge merge) =>
        tier.TryWriteAsync(new TierWrite { Key = "k", Merge = merge });
}
