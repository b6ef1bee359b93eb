using System.Runtime.InteropServices;
using Remanso.Conformance.Servers;
using Xunit;

namespace Remanso.Conformance.Caches;

/// <summary>What goes in comes out, or is refused before it is accepted. A tier's tests have one subclass.</summary>
public abstract class ValueConformance : CacheSuite
{
    [Fact]
    public async Task Tuples_and_public_fields_come_back_wherever_they_are()
    {
        var cache = await StartAsync<int, Basket>();
        var basket = new Basket([("Alice", 7)], new Point { X = 1, Y = 2 }) { Note = "field" };

        await cache.SetAsync(1, basket, cancellationToken: Cancellation);
        var read = await cache.GetAsync(1, Cancellation);

        Assert.Equal(("Alice", 7), Assert.Single(read.Value!.Lines));
        Assert.Equal((1, 2, "field"), (read.Value.At.X, read.Value.At.Y, read.Value.Note));
    }

    [Fact]
    public async Task A_tuple_comes_back_and_its_row_holds_it()
    {
        var cache = await StartAsync<int, (string Name, int Age)>();

        await cache.SetAsync(1, ("Alice", 7), cancellationToken: Cancellation);
        await cache.Operations.FlushAsync(Cancellation);

        Assert.Equal(("Alice", 7), (await cache.GetAsync(1, Cancellation)).Value);
        Assert.Equal(("Alice", 7), (await cache.GetAsync(1, ReadFrom.Store, Cancellation)).Value);
    }

    [Fact]
    public async Task Text_that_would_come_back_as_another_is_refused()
    {
        var cache = await StartAsync<string, string>();

        await Assert.ThrowsAsync<InvalidValueException>(async () =>
            await cache.SetAsync("k", "half of \ud83d", cancellationToken: Cancellation)
        );

        Assert.False((await cache.GetAsync("k", Cancellation)).Found);
    }

    [Fact]
    public async Task A_value_of_a_derived_type_that_would_lose_members_is_refused()
    {
        var cache = await StartAsync<int, Animal>();

        var refusal = await Assert.ThrowsAsync<InvalidValueException>(async () =>
            await cache.SetAsync(1, new Dog { Name = "Rex", Tail = 3 }, cancellationToken: Cancellation)
        );
        await cache.SetAsync(1, new Animal { Name = "any" }, cancellationToken: Cancellation);

        Assert.Contains("tail", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("any", (await cache.GetAsync(1, Cancellation)).Value!.Name);
    }

    [Fact]
    public async Task Of_many_writes_what_is_wrong_with_one_is_its_own_error_and_the_others_are_written()
    {
        var cache = await StartAsync<string, Node>(static cache =>
            cache.Tags = static (key, _) => key == "tags" ? throw new InvalidOperationException("no tags") : []
        );
        var cyclic = new Node();
        cyclic.Next = cyclic;

        var outcomes = await cache.SetManyAsync(
            [
                new("a", new Node()),
                new("null", null!),
                new("cyclic", cyclic),
                new("tags", new Node()),
                new("", new Node()),
                new(null!, new Node()),
                new("b", new Node()),
            ],
            cancellationToken: Cancellation
        );

        Assert.Equal([true, false, false, false, false, false, true], outcomes.Select(static outcome => outcome.Error is null));
        Assert.IsType<ArgumentNullException>(outcomes[1].Error);
        Assert.IsType<InvalidValueException>(outcomes[2].Error);
        Assert.IsType<InvalidKeyException>(outcomes[5].Error);
        Assert.Equal(
            [true, false, true],
            (await cache.GetManyAsync(["a", "cyclic", "b"], Cancellation)).Values.Select(static read => read.Found)
        );
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () =>
            await cache.SetManyAsync([new("a", new Node())], new WriteOptions { Lifetime = TimeSpan.Zero }, Cancellation)
        );
    }

    [Fact]
    public async Task A_token_that_is_cancelled_already_writes_and_drops_nothing()
    {
        var cache = await StartAsync<string, string>(static cache => cache.Tags = static (_, _) => ["t"]);
        Store.Put("clean", "1", 1);
        Assert.True((await cache.GetAsync("clean", Cancellation)).Found);
        var over = new CancellationToken(canceled: true);

        Func<Task>[] calls =
        [
            async () => await cache.SetAsync("k", "1", cancellationToken: over),
            async () => await cache.SetManyAsync([new("k", "1")], cancellationToken: over),
            async () => await cache.RemoveAsync("clean", cancellationToken: over),
            async () => await cache.IncrementAsync("k", cancellationToken: over),
            async () => await cache.IncrementAsync("clean", cancellationToken: over),
            async () => await cache.UpdateAsync("k", static _ => "1", cancellationToken: over),
            async () => await cache.Operations.EditDeadLetterAsync("k", "1", cancellationToken: over),
            async () => await cache.InvalidateAsync(["clean"], over),
            async () => await cache.InvalidateAllAsync(over),
            async () => await cache.RemoveByTagAsync("t", over),
            async () => await cache.ExpireAsync(["clean"], over),
            async () => await cache.ExpireAllAsync(over),
            async () => await cache.ExpireByTagAsync("t", over),
            async () => await cache.Operations.ReplayDeadLettersAsync(["k"], over),
            async () => await cache.Operations.DropDeadLettersAsync(["k"], over),
        ];
        foreach (var call in calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(call);
        }

        Assert.False((await cache.GetAsync("k", Cancellation)).Found);
        Assert.Equal(
            ("1", ReadSource.Tier),
            await cache.GetAsync("clean", Cancellation) is var clean ? (clean.Value, clean.Source) : default
        );
    }

    [Fact]
    public async Task A_merge_of_which_no_value_of_the_cache_can_come_is_refused()
    {
        var documents = await StartAsync<string, Animal>();
        await documents.SetAsync("k", new Animal { Name = "a" }, cancellationToken: Cancellation);

        await Assert.ThrowsAsync<InvalidMergeException>(async () =>
            await documents.PatchAsync("k", "null", cancellationToken: Cancellation)
        );
        await Assert.ThrowsAsync<InvalidMergeException>(async () => await documents.PatchAsync("k", "7", cancellationToken: Cancellation));
        await Assert.ThrowsAsync<InvalidMergeException>(async () => await documents.AppendAsync("k", "7", cancellationToken: Cancellation));
        await Assert.ThrowsAsync<InvalidMergeException>(async () =>
            await documents.IncrementAsync("other", cancellationToken: Cancellation)
        );
        await Assert.ThrowsAsync<InvalidMergeException>(async () =>
            await documents.PatchAsync("k", """{"name":{"first":"b"}}""", cancellationToken: Cancellation)
        );
        await documents.PatchAsync("k", """{"name":"b"}""", cancellationToken: Cancellation);

        Assert.Equal("b", (await documents.GetAsync("k", Cancellation)).Value!.Name);
    }

    [Fact]
    public async Task A_patch_names_members_as_they_are_kept_or_is_refused()
    {
        var pets = await StartAsync<string, Pet>();
        await pets.SetAsync("k", new Pet { Name = "a", Legs = 4 }, cancellationToken: Cancellation);

        object[] refused = [new Dictionary<string, int> { ["Legs"] = 5 }, new Dictionary<string, string?> { ["NAME"] = null }];
        foreach (var patch in refused)
        {
            await Assert.ThrowsAsync<InvalidMergeException>(async () => await pets.PatchAsync("k", patch, cancellationToken: Cancellation));
        }

        var error = await Assert.ThrowsAsync<InvalidMergeException>(async () =>
            await pets.PatchAsync("k", """{"Legs":12}""", cancellationToken: Cancellation)
        );
        await pets.PatchAsync("k", new { Legs = 3 }, new WriteOptions { Durability = Durability.Stored }, Cancellation);

        Assert.Contains("$.Legs is kept as legs", error.Message, StringComparison.Ordinal);
        Assert.Equal(new Pet { Name = "a", Legs = 3 }, (await pets.GetAsync("k", Cancellation)).Value);
        Assert.Equal("""{"name":"a","legs":3}""", Store.Text("k"));
    }

    [Fact]
    public async Task A_number_stays_within_the_range_of_the_caches_type()
    {
        var numbers = await StartAsync<string, int>();
        await numbers.SetAsync("k", int.MaxValue - 1, cancellationToken: Cancellation);
        await numbers.IncrementAsync("k", cancellationToken: Cancellation);

        var full = await Assert.ThrowsAsync<CounterOverflowException>(async () =>
            await numbers.IncrementAsync("k", cancellationToken: Cancellation)
        );
        await Assert.ThrowsAsync<CounterOverflowException>(async () =>
            await numbers.IncrementAsync("absent", int.MinValue - 1L, cancellationToken: Cancellation)
        );
        await Assert.ThrowsAsync<CounterOverflowException>(async () =>
            await numbers.MinAsync("absent", 5_000_000_000, cancellationToken: Cancellation)
        );
        await Assert.ThrowsAsync<InvalidMergeException>(async () =>
            await numbers.MaxAsync("k", 5_000_000_000, cancellationToken: Cancellation)
        );
        await Assert.ThrowsAsync<InvalidMergeException>(async () =>
            await numbers.MinAsync("k", -5_000_000_000, cancellationToken: Cancellation)
        );
        var kept = await numbers.MinAsync("k", 5_000_000_000, cancellationToken: Cancellation);

        Assert.Contains("-2147483648 to 2147483647", full.Message, StringComparison.Ordinal);
        Assert.Equal(int.MaxValue, kept.Value);
        Assert.Equal(int.MaxValue, (await numbers.GetAsync("k", Cancellation)).Value);
        Assert.False((await numbers.GetAsync("absent", Cancellation)).Found);
        await numbers.Operations.FlushAsync(Cancellation);
        Assert.Equal($"{int.MaxValue}", Store.Text("k"));
    }

    [Fact]
    public async Task A_number_without_a_sign_gets_none()
    {
        var numbers = await StartAsync<string, uint>();
        await numbers.IncrementAsync("k", 3, cancellationToken: Cancellation);

        await Assert.ThrowsAsync<CounterOverflowException>(async () =>
            await numbers.IncrementAsync("k", -4, cancellationToken: Cancellation)
        );
        await Assert.ThrowsAsync<InvalidMergeException>(async () => await numbers.MinAsync("k", -1, cancellationToken: Cancellation));
        await numbers.IncrementAsync("k", uint.MaxValue - 3L, cancellationToken: Cancellation);
        await Assert.ThrowsAsync<CounterOverflowException>(async () => await numbers.IncrementAsync("k", cancellationToken: Cancellation));

        Assert.Equal(uint.MaxValue, (await numbers.GetAsync("k", Cancellation)).Value);
    }

    [Fact]
    public async Task A_patch_of_an_absent_key_must_make_a_whole_value_of_nothing()
    {
        var pets = await StartAsync<string, Pet>();
        var fresh = new WriteOptions { Condition = WriteCondition.Absent };

        await Assert.ThrowsAsync<InvalidMergeException>(async () =>
            await pets.PatchAsync("k", new { Legs = 3 }, cancellationToken: Cancellation)
        );
        await Assert.ThrowsAsync<InvalidMergeException>(async () => await pets.PatchAsync("k", new { Legs = 3 }, fresh, Cancellation));
        Assert.False((await pets.GetAsync("k", Cancellation)).Found);
        await pets.PatchAsync("k", new { Name = "a" }, fresh, Cancellation);
        await pets.PatchAsync("k", new { Legs = 3 }, cancellationToken: Cancellation);

        Assert.Equal(new Pet { Name = "a", Legs = 3 }, (await pets.GetAsync("k", Cancellation)).Value);
    }

    [Fact]
    public async Task Null_in_the_place_of_keys_is_named()
    {
        var cache = await StartAsync<string, string>();

        Func<Task>[] calls =
        [
            async () => await cache.GetManyAsync(null!, Cancellation),
            async () =>
                await cache.GetOrLoadManyAsync(
                    null!,
                    static (_, _) => ValueTask.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>()),
                    Cancellation
                ),
            async () => await cache.SetManyAsync(null!, cancellationToken: Cancellation),
            async () => await cache.InvalidateAsync(null!, Cancellation),
            async () => await cache.Operations.ReplayDeadLettersAsync((IReadOnlyCollection<string>)null!, Cancellation),
            async () => await cache.Operations.DropDeadLettersAsync((IReadOnlyCollection<string>)null!, Cancellation),
        ];
        foreach (var call in calls)
        {
            await Assert.ThrowsAsync<ArgumentNullException>(call);
        }

        await Assert.ThrowsAsync<InvalidKeyException>(async () => await cache.GetManyAsync(["a", null!], Cancellation));
        await Assert.ThrowsAsync<InvalidKeyException>(async () => await cache.GetAsync(null!, Cancellation));
        await Assert.ThrowsAsync<InvalidTagException>(async () => await cache.RemoveByTagAsync([null!], Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_row_of_version_0_is_read_as_that_and_a_condition_may_name_it(bool near)
    {
        var cache = await StartAsync<string, string>(cache => cache.Options.Near.Enabled = near);
        Store.Put("k", "foreign", 0);
        Store.Put("update", "foreign", 0);

        Assert.Equal(0, (await cache.GetAsync("k", Cancellation)).Version);
        await cache.InvalidateAsync(["k"], Cancellation);
        Assert.Equal((0L, true), await cache.GetAsync("k", Cancellation) is var read ? (read.Version, read.Found) : default);
        Assert.Equal(0, (await cache.GetAsync("k", Cancellation)).Version);

        await Assert.ThrowsAsync<VersionConflictException>(async () =>
            await cache.SetAsync("k", "lost", new WriteOptions { Condition = WriteCondition.Absent }, Cancellation)
        );
        await Assert.ThrowsAsync<VersionConflictException>(async () =>
            await cache.SetAsync("k", "lost", new WriteOptions { Condition = WriteCondition.IsVersion(1) }, Cancellation)
        );
        var receipt = await cache.SetAsync(
            "k",
            "ours",
            new WriteOptions { Condition = WriteCondition.IsVersion(0), Durability = Durability.Stored },
            Cancellation
        );
        Assert.Equal("foreign!", (await cache.UpdateAsync("update", static value => value + "!", cancellationToken: Cancellation)).Value);

        Assert.True(receipt.Version > 0);
        Assert.Equal("ours", Store.Text("k"));
    }

    [Fact]
    public async Task A_row_that_lost_its_version_behind_the_caches_back_takes_a_copys_place()
    {
        var cache = await StartAsync<string, string>(static cache =>
            (cache.Options.Ttl.Base, cache.Options.Ttl.Jitter) = (TimeSpan.FromMilliseconds(1), 0)
        );
        Store.Put("k", "known", 5);
        Assert.Equal(5, (await cache.GetAsync("k", Cancellation)).Version);
        Store.Put("k", "foreign", 0);

        await Until.TrueAsync(async () => (await cache.GetAsync("k", Cancellation)).Value == "foreign", "the foreign row is read");
        await cache.SetAsync("k", "ours", new WriteOptions { Condition = WriteCondition.Present }, Cancellation);
        Assert.Equal("ours", (await cache.GetAsync("k", Cancellation)).Value);
    }

    [StructLayout(LayoutKind.Auto)]
    public struct Point
    {
        public int X;

        public int Y;
    }

    public sealed record Basket(List<(string Name, int Count)> Lines, Point At)
    {
#pragma warning disable CA1051 // A public field is what these tests are about.
        public string? Note;
#pragma warning restore CA1051
    }

    public class Animal
    {
        public string? Name { get; init; }
    }

    public sealed record Pet
    {
        public required string Name { get; init; }

        public int Legs { get; init; }
    }

    public sealed class Dog : Animal
    {
        public int Tail { get; init; }
    }

    public sealed class Node
    {
        public Node? Next { get; set; }
    }
}
