using Remanso.Simulation.History;
using Xunit;

namespace Remanso.Simulation.Tests;

/// <summary>The checker lets no history pass that has no order, and none fail that has one.</summary>
public sealed class CheckerTests
{
    [Fact]
    public void Calls_one_after_the_other_are_in_order() =>
        Accepts(
            Set("a", 1, 2, 10),
            Read("a", 3, 4, 10),
            Set("b", 5, 6, 11),
            Read("b", 7, 8, 11),
            Remove(9, 10, 12),
            Read(null, 11, 12, 12)
        );

    [Fact]
    public void A_read_that_overlaps_a_write_may_see_either() =>
        Accepts(Set("a", 1, 2, 10), Set("b", 5, 9, 11), Read("a", 6, 7, 10), Read("b", 6, 8, 11));

    [Fact]
    public void A_read_after_a_write_sees_it() => Rejects(Set("a", 1, 2, 10), Set("b", 3, 4, 11), Read("a", 5, 6, 10));

    [Fact]
    public void Reads_never_go_back() => Rejects(Set("a", 1, 2, 10), Set("b", 3, 20, 11), Read("b", 5, 6, 11), Read("a", 7, 8, 10));

    [Fact]
    public void Nothing_is_read_before_it_is_written() => Rejects(Read("a", 1, 2, 10), Set("a", 3, 4, 10));

    [Fact]
    public void Nothing_is_read_that_nobody_wrote() => Rejects(Set("a", 1, 2, 10), Read("x", 3, 4, 11));

    [Fact]
    public void A_value_comes_with_its_own_version() => Rejects(Set("a", 1, 2, 10), Set("b", 3, 4, 11), Read("b", 5, 6, 10));

    [Fact]
    public void Versions_grow_in_the_order_of_the_writes() => Rejects(Set("a", 1, 2, 11), Set("b", 3, 4, 10));

    [Fact]
    public void A_write_nobody_answered_may_have_happened_late_or_never()
    {
        Accepts(Set("a", 1, 2, 10), Unknown(CallKind.Set, "b", 3), Read("a", 4, 5, 10), Read("b", 6, 7, 12));
        Accepts(Set("a", 1, 2, 10), Unknown(CallKind.Set, "b", 3), Read("a", 4, 5, 10), Read("a", 6, 7, 10));
    }

    [Fact]
    public void A_write_nobody_answered_happens_once() =>
        Rejects(Set("a", 1, 2, 10), Unknown(CallKind.Set, "b", 3), Read("b", 4, 5, 11), Set("c", 6, 7, 12), Read("b", 8, 9, 13));

    [Fact]
    public void What_was_refused_did_not_happen() =>
        Rejects(new Call(0, 0, "v0", CallKind.Set, "a") { Start = 1, Outcome = CallOutcome.Refused }, Read("a", 3, 4, 10));

    [Fact]
    public void Of_two_writes_over_the_same_version_one_fails() =>
        Rejects(Set("a", 1, 2, 10), SetIf("b", 10, 3, 5, 11), SetIf("c", 10, 4, 6, 12));

    [Fact]
    public void A_conflict_tells_that_the_version_is_another()
    {
        Accepts(Set("a", 1, 2, 10), Conflict(9, 3, 4));
        Rejects(Set("a", 1, 2, 10), Conflict(10, 3, 4));
    }

    [Fact]
    public void Each_increment_counts_once()
    {
        Accepts(Add("1", "1", 1, 5, 10), Add("2", "3", 2, 6, 11), Read("3", 7, 8, 11));
        Rejects(Add("1", "1", 1, 5, 10), Add("2", "2", 2, 6, 11), Read("2", 7, 8, 11));
        Rejects(Add("1", "1", 1, 2, 10), Read("2", 3, 4, 10));
    }

    [Fact]
    public void Each_element_is_appended_once() => Rejects(Append("1", 1, 2, 10), Append("2", 3, 4, 11), Read("[1,2,2]", 5, 6, 11));

    [Fact]
    public void An_update_sees_what_it_writes_over() => Rejects(Update("x", "x", 1, 4, 10), Update("y", "y", 2, 5, 11));

    [Fact]
    public void A_loss_leaves_what_is_left()
    {
        Accepts(Set("a", 1, 2, 10), Set("b", 3, 4, 11), Loss("a", 10, 5, 6), Read("a", 7, 8, 10));
        Rejects(Set("a", 1, 2, 10), Set("b", 3, 4, 11), Loss("a", 10, 5, 6), Read("b", 7, 8, 11));
    }

    private static void Accepts(params Call[] calls) => Assert.Null(LinearizabilityChecker.Check(calls));

    private static void Rejects(params Call[] calls) => Assert.NotNull(LinearizabilityChecker.Check(calls));

    private static Call Read(string? value, long start, long end, long version) => Of(CallKind.Read, null, start, end, version, value);

    private static Call Set(string value, long start, long end, long version) => Of(CallKind.Set, value, start, end, version);

    private static Call Remove(long start, long end, long version) => Of(CallKind.Remove, null, start, end, version);

    private static Call Append(string element, long start, long end, long version) => Of(CallKind.Append, element, start, end, version);

    private static Call Add(string by, string left, long start, long end, long version) => Of(CallKind.Add, by, start, end, version, left);

    private static Call Update(string more, string left, long start, long end, long version) =>
        Of(CallKind.Update, more, start, end, version, left);

    private static Call Loss(string value, long version, long start, long end) => Of(CallKind.Loss, null, start, end, version, value);

    private static Call Unknown(CallKind kind, string argument, long start) => new(0, 0, "v0", kind, argument) { Start = start };

    private static Call SetIf(string value, long expected, long start, long end, long version) =>
        new(0, 0, "v0", CallKind.SetIf, value)
        {
            Expected = expected,
            Start = start,
            End = end,
            Version = version,
            Outcome = CallOutcome.Done,
        };

    private static Call Conflict(long expected, long start, long end) =>
        new(0, 0, "v0", CallKind.SetIf, "x")
        {
            Expected = expected,
            Start = start,
            End = end,
            Outcome = CallOutcome.Conflict,
        };

    private static Call Of(CallKind kind, string? argument, long start, long end, long version, string? value = null) =>
        new(0, 0, "v0", kind, argument)
        {
            Start = start,
            End = end,
            Version = version,
            Value = value,
            Outcome = CallOutcome.Done,
        };
}
