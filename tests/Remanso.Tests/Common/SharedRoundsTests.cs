using Remanso.Common;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Tests.Common;

/// <summary>A round may have looked already when somebody comes: it is none of his.</summary>
public sealed class SharedRoundsTests
{
    [Fact]
    public async Task Who_asks_during_a_round_shares_the_next_one_with_all_who_do()
    {
        var gate = new Gate();
        var began = 0;
        var rounds = new SharedRounds<string, int>(async _ =>
        {
            var number = ++began;
            await gate.PassAsync(TestContext.Current.CancellationToken);
            return number;
        });
        var first = rounds.JoinAsync("first");
        await gate.ArrivedAsync();
        var (second, third) = (rounds.JoinAsync("second"), rounds.JoinAsync("third"));
        Assert.Equal(1, began);

        gate.Open();

        var numbers = await Task.WhenAll(first, second, third);
        Assert.Equal([1, 2, 2], numbers);
    }
}
