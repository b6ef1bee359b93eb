using Microsoft.Extensions.DependencyInjection;
using Remanso.AspNetCore.Endpoints;
using Remanso.AspNetCore.Http.Limits;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Tests.Support;
using Remanso.Testing;

namespace Remanso.AspNetCore.Tests.Endpoints;

/// <summary>A watch whose client is there, and from some moment on reads nothing more.</summary>
public sealed class WatchBeatTests
{
    private static readonly TimeSpan _beat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task A_client_that_takes_no_beat_is_cut_off_and_its_watch_ends()
    {
        var time = new ManualTimeProvider();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddRemanso().WithoutStore().AddCache<string, ReadOnlyMemory<byte>>("prices");
        services.AddSingleton(new TransferLimits(new ByteBudget(1 << 20, time), _timeout, time));
        await using var provider = services.BuildServiceProvider();
        Assert.True(provider.GetRequiredService<ICacheRegistry>().TryGet<string, ReadOnlyMemory<byte>>("prices", out var prices));
        var cache = new CacheContext(prices, maxValueBytes: 1 << 10);
        var answer = new UnreadAnswer(provider) { IsRead = true };
        answer.Context.Request.Method = "GET";
        answer.Context.Features.Set(RemansoAccess.Everything);

        var watch = WatchEndpoint.InvokeAsync(answer.Context, cache);
        await time.WaitForTimersAsync(1);
        Assert.EndsWith("{\"gap\":\"begun\"}\n\n", answer.Text, StringComparison.Ordinal);

        // Nothing changes: the client is asked for a sign of life, takes one, and then none.
        time.Advance(_beat);
        await time.WaitForTimersAsync(1);
        Assert.EndsWith("}\n\n:\n\n", answer.Text, StringComparison.Ordinal);
        answer.IsRead = false;
        time.Advance(_beat);
        await time.WaitForTimersAsync(1);
        time.Advance(_timeout - _moment);
        Assert.False(watch.IsCompleted || answer.IsAborted);
        time.Advance(_moment);

        await watch.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.True(answer.IsAborted);
        Assert.Equal(0, time.ArmedTimers);
    }
}
