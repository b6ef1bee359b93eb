using System.Text;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

public sealed class TierSignalsTests
{
    private static readonly IOException _cut = new("cut");

    private readonly TierSignals _signals = new();
    private readonly RecordingObserver _observer = new();

    public TierSignalsTests() => _signals.Observers.Add(_observer);

    [Fact]
    public void Signals_count_as_lost_from_the_first_channel_on_and_until_the_last_is_back()
    {
        _signals.OnLost(_cut);
        _signals.OnLost(_cut);
        Assert.Equal(["lost"], _observer.Heard);

        _signals.OnRestored();
        Assert.Equal(["lost", "missed"], _observer.Heard);

        _signals.OnRestored();
        Assert.Equal(["lost", "missed", "missed", "restored"], _observer.Heard);
    }

    [Fact]
    public void A_channel_that_is_refused_is_a_problem_that_is_told_once_until_all_signals_are_back()
    {
        var told = new List<string>();
        var signals = new TierSignals(told.Add);
        var refusal = new RedisServerException("NOPERM No permissions to access a channel");
        signals.OnLost(_cut);
        signals.OnLost(_cut);
        Assert.Null(signals.Problem);

        signals.OnRefused(RedisChannel.Sharded("one"), refusal);
        signals.OnRefused(RedisChannel.Sharded("two"), refusal);
        signals.OnRestored();
        Assert.Contains("one", signals.Problem, StringComparison.Ordinal);
        Assert.Equal(signals.Problem, Assert.Single(told));

        signals.OnRestored();
        Assert.Null(signals.Problem);
    }

    [Theory]
    [InlineData("User a has no permissions to run the 'ssubscribe' command", "No permissions to access a channel")]
    [InlineData(
        "this user has no permissions to run the 'ssubscribe' command",
        "this user has no permissions to access one of the channels used as arguments"
    )]
    [InlineData("User channel has no permissions to run the 'ssubscribe' command", "User a has no permissions to access the 'one' channel")]
    public void A_subscription_that_is_refused_is_a_warning_and_a_problem_once_the_channel_is_refused(string ofCommand, string ofChannel)
    {
        var told = new List<string>();
        var signals = new TierSignals(told.Add);
        signals.OnLost(_cut);

        signals.OnRefused(RedisChannel.Sharded("one"), new RedisServerException($"NOPERM {ofCommand}"));
        Assert.Equal((null, Assert.Single(told)), (signals.Problem, signals.Warning));

        signals.OnRefused(RedisChannel.Sharded("one"), new RedisServerException($"NOPERM {ofChannel}"));
        Assert.Equal((told[1], null), (signals.Problem, signals.Warning));

        signals.OnRestored();
        Assert.Equal((null, null), (signals.Problem, signals.Warning));
    }

    [Fact]
    public void A_second_loss_is_told_as_well()
    {
        _signals.OnLost(_cut);
        _signals.OnRestored();
        _signals.OnLost(_cut);

        Assert.Equal(["lost", "missed", "restored", "lost"], _observer.Heard);
    }

    [Fact]
    public void Many_changes_in_one_message_are_told_one_by_one()
    {
        var heard = new List<string>();
        _signals.Observers.Add(new Listener(heard));
        byte[] message = [(byte)'m', .. Change('c', 7, "å"), .. Change('r', 8, "gone"), .. Change('c', 9, "")];
        _signals.OnMessage(new RedisMessage("c", message));
        Assert.Equal(["å 7", "gone 8 removed", " 9"], heard);
    }

    private static byte[] Change(char kind, long version, string key)
    {
        var text = Encoding.UTF8.GetBytes(key);
        return [(byte)kind, .. BitConverter.GetBytes((double)version), .. BitConverter.GetBytes(text.Length), .. text];
    }

    private sealed class Listener(List<string> heard) : ITierObserver
    {
        public void OnChanged(string key, long version) => heard.Add($"{key} {version}");

        public void OnRemoved(string key, long version) => heard.Add($"{key} {version} removed");
    }
}
