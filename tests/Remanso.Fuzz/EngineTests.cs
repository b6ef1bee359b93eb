using System.Text;
using Remanso.Fuzz.Engine;
using Xunit;

namespace Remanso.Fuzz;

/// <summary>The fuzzer finds what it should, and does the same each time.</summary>
public sealed class EngineTests
{
    private static readonly FuzzTarget _planted = new("planted", Trusting) { Words = ["LEN"] };

    [Fact]
    public void A_length_that_is_trusted_is_found_and_made_short()
    {
        var mutator = new Mutator(_planted, seed: 1);
        var finding = Enumerable
            .Range(0, 100_000)
            .Select(_ => Execution.Run(_planted, mutator.Next(["LEN"u8.ToArray()])))
            .First(static found => found is not null);
        Assert.IsType<IndexOutOfRangeException>(finding!.Error);
        var shortest = Minimizer.Shorten(finding.Input, static input => Execution.Run(_planted, input) is not null);
        Assert.Equal("LEN", Encoding.ASCII.GetString(shortest[..3]));
        Assert.Equal(4, shortest.Length);
    }

    [Fact]
    public void Memory_that_an_input_only_announces_is_found()
    {
        var target = new FuzzTarget("greedy", static input => GC.KeepAlive(new byte[input.Length == 0 ? 1 : 32 << 20]));
        Assert.Null(Execution.Run(target, []));
        Assert.IsType<WrongAnswerException>(Execution.Run(target, [1])!.Error);
    }

    [Fact]
    public void The_same_seed_makes_the_same_inputs()
    {
        byte[][] corpus = ["first"u8.ToArray(), "second"u8.ToArray()];
        var (one, other) = (new Mutator(_planted, seed: 7), new Mutator(_planted, seed: 7));
        for (var number = 0; number < 1000; number++)
        {
            Assert.Equal(one.Next(corpus), other.Next(corpus));
        }
    }

    [Fact]
    public void Findings_of_one_cause_are_one()
    {
        var (one, other) = (Execution.Run(_planted, [.. "LEN"u8, 200])!, Execution.Run(_planted, [.. "LEN"u8, 100])!);
        Assert.Equal(one.Cause, other.Cause);
    }

    // As a parser goes wrong: by a word, a number behind it that is trusted, and bytes that are not there.
    private static void Trusting(byte[] input)
    {
        if (input is [(byte)'L', (byte)'E', (byte)'N', var length, ..] && length > input.Length)
        {
            _ = input[length];
        }
    }
}
