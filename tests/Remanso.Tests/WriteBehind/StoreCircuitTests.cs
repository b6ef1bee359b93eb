using Remanso.WriteBehind;
using Xunit;

namespace Remanso.Tests.WriteBehind;

public sealed class StoreCircuitTests
{
    private const int Threshold = 3;

    [Fact]
    public void It_opens_after_as_many_failures_in_a_row_as_it_is_told()
    {
        var circuit = Fail(Fail(default));
        Assert.Equal(new StoreCircuit(CircuitState.Closed, 2), circuit);

        Assert.Equal(new StoreCircuit(CircuitState.Open, 3), Fail(circuit));
    }

    [Fact]
    public void A_success_in_between_begins_the_count_again()
    {
        var circuit = Fail(Fail(Take(Fail(Fail(default)))));

        Assert.Equal(new StoreCircuit(CircuitState.Closed, 2), circuit);
    }

    [Fact]
    public void A_pass_that_stored_something_and_failed_otherwise_is_a_success() =>
        Assert.Equal(default, Fail(Fail(default)).Begin().End(stored: true, failed: true, Threshold));

    [Fact]
    public void An_open_one_is_half_open_while_it_probes()
    {
        var open = Fail(Fail(Fail(default)));

        Assert.Equal(CircuitState.HalfOpen, open.Begin().State);
    }

    [Fact]
    public void A_probe_that_is_taken_closes_it_at_once() => Assert.Equal(default, Take(Fail(Fail(Fail(default)))));

    [Fact]
    public void A_probe_that_fails_opens_it_again() =>
        Assert.Equal(new StoreCircuit(CircuitState.Open, 4), Fail(Fail(Fail(Fail(default)))));

    [Fact]
    public void A_pass_that_says_nothing_of_the_store_changes_nothing()
    {
        var closed = Fail(Fail(default));
        var open = Fail(closed);

        Assert.Equal(closed, closed.Begin().End(stored: false, failed: false, Threshold));
        Assert.Equal(open, open.Begin().End(stored: false, failed: false, Threshold));
    }

    [Fact]
    public void A_threshold_of_zero_never_opens_it()
    {
        var circuit = default(StoreCircuit);
        for (var i = 0; i < 100; i++)
        {
            circuit = circuit.Begin().End(stored: false, failed: true, threshold: 0);
        }

        Assert.Equal(CircuitState.Closed, circuit.State);
    }

    private static StoreCircuit Fail(StoreCircuit circuit) => circuit.Begin().End(stored: false, failed: true, Threshold);

    private static StoreCircuit Take(StoreCircuit circuit) => circuit.Begin().End(stored: true, failed: false, Threshold);
}
