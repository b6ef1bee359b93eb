using Remanso.Testing;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Tiers;

public sealed class CoarseTicksTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly CoarseTicks _ticks;
    private long _asked;

    public CoarseTicksTests() => _ticks = new CoarseTicks(_time, () => Micros(Interlocked.Increment(ref _asked)));

    public void Dispose() => _ticks.Dispose();

    [Fact]
    public void It_asks_once_a_tick_however_often_it_is_read()
    {
        for (var tick = 0; tick < 50; tick++)
        {
            var first = _ticks.Micros;
            Assert.Equal(first, _ticks.Micros);
            Assert.Equal(tick + 1, _asked);
            _time.Advance(CoarseTicks.Period);
        }
    }

    [Fact]
    public void It_rests_a_second_after_the_last_read()
    {
        Assert.Equal(0, _time.ArmedTimers);
        _ = _ticks.Micros;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _time.ArmedTimers);
        _time.Advance(CoarseTicks.Period);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public void The_first_read_after_a_rest_knows_how_long_it_was()
    {
        _ = _ticks.Micros;
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, _time.ArmedTimers);
        var before = _asked;
        Assert.Equal(Micros(before + 1), _ticks.Micros);
        Assert.Equal(1, _time.ArmedTimers);
        _time.Advance(CoarseTicks.Period);
        Assert.Equal(Micros(before + 2), _ticks.Micros);
    }

    [Fact]
    public void The_first_read_after_a_tick_knows_how_long_ago_that_was()
    {
        _ = _ticks.Micros;
        _time.Advance(CoarseTicks.Period);
        _asked = 41;
        Assert.Equal(Micros(42), _ticks.Micros);
    }

    [Fact]
    public void It_goes_on_while_it_is_read()
    {
        for (var second = 0; second < 10; second++)
        {
            _ = _ticks.Micros;
            _time.Advance(TimeSpan.FromSeconds(0.9));
            Assert.Equal(1, _time.ArmedTimers);
        }
    }

    private static long Micros(long asked) => asked * 1000;
}
