using System.Globalization;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>Which processes use a cache, as they say themselves.</summary>
public abstract class TierProcessConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Fact]
    public async Task Who_registered_is_listed_with_what_it_said_last()
    {
        var tier = await StartAsync();
        Assert.Empty(await tier.ListProcessesAsync(Cancelled));
        await tier.RegisterAsync("b", "before", Ages, Cancelled);
        await tier.RegisterAsync("a", "{\"role\":\"Größe 4 % \\u0000\"}", Ages, Cancelled);
        await tier.RegisterAsync("b", "after all", Ages, Cancelled);

        var known = await tier.ListProcessesAsync(Cancelled);

        Assert.Equal([("a", "{\"role\":\"Größe 4 % \\u0000\"}"), ("b", "after all")], known.Select(static one => (one.Process, one.Card)));
        Assert.All(known, static one => Assert.InRange(one.Silence, TimeSpan.Zero, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task Silence_grows_until_it_is_said_again()
    {
        var tier = await StartAsync();
        await tier.RegisterAsync("dead", "x", Ages, Cancelled);
        await tier.RegisterAsync("alive", "x", Ages, Cancelled);
        await OutlastMomentAsync();
        await tier.RegisterAsync("alive", "x", Ages, Cancelled);

        var known = (await tier.ListProcessesAsync(Cancelled)).ToDictionary(static one => one.Process, static one => one.Silence);

        Assert.True(known["dead"] >= Moment, $"{known["dead"]}");
        Assert.True(known["alive"] <= known["dead"] - Moment, $"{known["alive"]}");
    }

    [Fact]
    public async Task Who_is_silent_too_long_is_forgotten_and_may_come_back()
    {
        var tier = await StartAsync();
        await tier.RegisterAsync("dead", "x", Moment, Cancelled);
        await tier.RegisterAsync("alive", "x", Ages, Cancelled);
        await OutlastMomentAsync();
        Assert.Equal(["alive"], (await tier.ListProcessesAsync(Cancelled)).Select(static one => one.Process));

        await tier.RegisterAsync("dead", "y", Ages, Cancelled);
        Assert.Equal(["alive", "dead"], (await tier.ListProcessesAsync(Cancelled)).Select(static one => one.Process));
    }

    [Fact]
    public async Task Who_takes_its_leave_is_gone_and_the_others_stay()
    {
        var tier = await StartAsync();
        await tier.RegisterAsync("a", "x", Ages, Cancelled);
        await tier.RegisterAsync("aa", "x", Ages, Cancelled);
        await tier.UnregisterAsync("a", Cancelled);
        await tier.UnregisterAsync("never was", Cancelled);

        Assert.Equal(["aa"], (await tier.ListProcessesAsync(Cancelled)).Select(static one => one.Process));
    }

    [Fact]
    public async Task So_many_are_remembered_and_no_more()
    {
        var tier = await StartAsync();
        for (var i = 0; i < RegisteredProcess.Most + 3; i++)
        {
            await tier.RegisterAsync(i.ToString("0000", CultureInfo.InvariantCulture), "x", Ages, Cancelled);
        }

        var known = await tier.ListProcessesAsync(Cancelled);

        Assert.Equal(RegisteredProcess.Most, known.Count);
        Assert.Equal(("0003", "0258"), (known[0].Process, known[^1].Process));
    }
}
