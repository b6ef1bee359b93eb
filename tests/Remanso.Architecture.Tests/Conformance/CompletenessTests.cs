using Xunit;

namespace Remanso.Architecture.Tests.Conformance;

public sealed class CompletenessTests
{
    [Fact]
    public void A_suite_that_constructs_the_implementation_covers_it() => Assert.Empty(Missing(typeof(Direct)));

    [Fact]
    public void A_suite_whose_test_bed_constructs_the_implementation_later_covers_it() => Assert.Empty(Missing(typeof(ThroughABed)));

    [Fact]
    public void A_suite_whose_bed_is_a_type_argument_covers_what_the_bed_constructs() =>
        Assert.Empty(Missing(typeof(ThroughATypeArgument)));

    [Fact]
    public void An_implementation_without_a_subclass_of_the_suite_is_told() =>
        Assert.Equal([$"{typeof(Implementation).FullName}: no subclass of Suite`1 constructs it"], Missing());

    [Fact]
    public void A_subclass_that_constructs_something_else_covers_nothing() => Assert.Single(Missing(typeof(OfSomethingElse)));

    [Fact]
    public void A_class_that_constructs_the_implementation_outside_the_suite_covers_nothing() => Assert.Single(Missing(typeof(Bed)));

    [Fact]
    public void A_contract_without_any_suite_is_told() =>
        Assert.Equal(
            [$"{typeof(Implementation).FullName}: there is no suite for it"],
            Completeness.Missing([typeof(Implementation)], [], [], IsHelper)
        );

    private static string[] Missing(params Type[] tests) =>
        [.. Completeness.Missing([typeof(Implementation)], [typeof(Suite<>)], tests, IsHelper)];

    private static bool IsHelper(Type type) => type == typeof(Bed);

    private sealed class Implementation
    {
        public override string ToString() => nameof(Implementation);
    }

    private sealed class Bed
    {
        public static async Task<object> OpenAsync()
        {
            await Task.Yield();
            return new Implementation();
        }
    }

    private abstract class Suite<TBed>
    {
        public abstract Task<object> CreateAsync();
    }

    private sealed class Direct : Suite<object>
    {
        public override Task<object> CreateAsync() => Task.FromResult<object>(new Implementation());
    }

    private sealed class ThroughABed : Suite<object>
    {
        public override Task<object> CreateAsync() => Bed.OpenAsync();
    }

    private sealed class ThroughATypeArgument : Suite<Bed>
    {
        public override Task<object> CreateAsync() => throw new NotSupportedException();
    }

    private sealed class OfSomethingElse : Suite<object>
    {
        public override Task<object> CreateAsync() => Task.FromResult<object>(new List<int>());
    }
}
