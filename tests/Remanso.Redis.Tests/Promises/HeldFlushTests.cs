using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A worker with dirty entries on a Redis that refuses writes: nothing fails at an entry, and it is told all the same.</summary>
public sealed class HeldFlushTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_tells_once_that_it_can_t_flush_and_once_that_it_goes_on(bool isDisk)
    {
        await using var server = await RedisProcess.StartAsync();
        await using var worker = await HeldWorker.StartAsync(PatientOptions.Of(server.Address));
        await worker.BeginSaveAsync("k");
        await (isDisk ? server.FillDiskAsync() : server.CliAsync("CONFIG", "SET", "min-replicas-to-write", "1"));
        worker.EndSave();

        await Until.TrueAsync(() => worker.Lines("nothing can be flushed") == 1, "it tells that it can't flush");
        var cause = isDisk ? "MISCONF" : "NOREPLICAS";
        Assert.Contains(worker.Log.Lines, line => line.Contains(cause, StringComparison.Ordinal));
        var errors = worker.FlushErrors;
        await Until.TrueAsync(() => worker.FlushErrors > errors + 3, "it tries on, and counts it");
        Assert.Equal((1, 0), (worker.Lines("nothing can be flushed"), worker.Lines("the flush goes on")));
        Assert.Equal(0, worker.Lines("the tier can't be reached"));
        Assert.Equal(2, worker.Runtime.Problem!.Split(cause).Length);

        await server.CliAsync("CONFIG", "SET", "min-replicas-to-write", "0");
        await server.CliAsync("CONFIG", "SET", "save", "");
        await Until.TrueAsync(() => worker.Lines("the flush goes on") == 1, "it tells that it goes on");
        await worker.Cache.Operations.FlushAsync(Cancelled);
        Assert.Equal("v", worker.Store.Text("k"));
        Assert.True(
            worker.Lines("nothing can be flushed") == 1 && worker.Lines("the flush goes on") == 1,
            string.Join('\n', worker.Log.Lines)
        );
    }

    [Fact]
    public async Task What_could_not_be_settled_holds_nothing_once_it_is_gone()
    {
        await using var server = await RedisProcess.StartAsync();
        var options = PatientOptions.Of(server.Address);
        options.Timings.FailFast = true;
        await using var worker = await HeldWorker.StartAsync(options);
        await worker.BeginSaveAsync("k");
        server.Kill();
        worker.EndSave();
        await Until.TrueAsync(() => worker.Runtime.Tier.Held.Count > 0, "the flush is held");

        // It keeps nothing on disk.
        await server.StartAgainAsync();

        await Until.TrueAsync(() => worker.Runtime.Tier is { Held.Count: 0, Problem: null }, "nothing is held");
    }
}
