using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Remanso.AspNetCore.Http.Limits;
using Remanso.Testing;

namespace Remanso.AspNetCore.Tests.Http;

/// <summary>How long a request waits for room.</summary>
public sealed class RequestChargeTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task What_is_reserved_waits_once_for_both_of_its_rooms()
    {
        var (time, laterTime) = (new ManualTimeProvider(), new ManualTimeProvider());
        var limits = new TransferLimits(new ByteBudget(100, laterTime), TimeSpan.FromSeconds(30), time);
        var charge = ChargeOf(limits);
        Assert.True(await limits.Budget.TakeAsync(100, _patience, CancellationToken.None));
        Assert.True(await limits.Ahead.TakeAsync(50, _patience, CancellationToken.None));

        var reserving = charge.TryReserveAsync(10, _patience).AsTask();
        await time.WaitForTimersAsync(1);
        time.Advance(TimeSpan.FromSeconds(3));
        limits.Ahead.Return(50);
        // On a clock of its own, since the first wait's timer may be armed until its continuation has run.
        await laterTime.WaitForTimersAsync(1);
        laterTime.Advance(TimeSpan.FromSeconds(2));

        Assert.False(await reserving.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Equal((100, 0), (limits.Budget.Held, limits.Ahead.Held));
    }

    [Fact]
    public async Task Who_needs_no_room_stands_in_no_line()
    {
        var time = new ManualTimeProvider();
        var limits = new TransferLimits(new ByteBudget(100, time), TimeSpan.FromSeconds(30), time);
        Assert.True(await limits.Budget.TakeAsync(100, _patience, CancellationToken.None));
        var waiting = limits.Budget.TakeAsync(1, _patience, CancellationToken.None);

        Assert.True(await ChargeOf(limits).TryReserveAsync(0, _patience));

        Assert.False(waiting.IsCompleted);
        limits.Budget.Return(100);
        Assert.True(await waiting);
    }

    private static RequestCharge ChargeOf(TransferLimits limits) =>
        RequestCharge.Of(new DefaultHttpContext { RequestServices = new ServiceCollection().AddSingleton(limits).BuildServiceProvider() });
}
