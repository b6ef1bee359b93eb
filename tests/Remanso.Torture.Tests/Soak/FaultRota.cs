using Remanso.Conformance.Servers;
using Remanso.Torture.Tests.Deployments;

namespace Remanso.Torture.Tests.Soak;

/// <summary>What is done to the servers, one after the other and over again, with a rest between two.</summary>
internal sealed class FaultRota(
    Deployment deployment,
    ServerProcess embedded,
    RedisProcess redis,
    PostgresServer postgres,
    SoakOptions options
)
{
    // Of Redis and PostgreSQL: longer than the patience of a call, shorter than that of an increment's name.
    private static readonly TimeSpan _outage = TimeSpan.FromSeconds(4);

    // Past the lease of a worker, which is 2 s here.
    private static readonly TimeSpan _sleep = TimeSpan.FromSeconds(5);

    private readonly List<(TimeSpan At, string What)> _done = [];

    /// <summary>What was done, and when since the beginning.</summary>
    public IReadOnlyList<(TimeSpan At, string What)> Done => _done;

    /// <summary>Worker 1 is killed and starts again; the others are never ended, and so are judged.</summary>
    private IReadOnlyList<(string What, Func<Task> Do)> Faults =>
        [
            ("worker 1 is killed", () => KillAsync(deployment.Workers[0])),
            ("worker 2 is stopped past its lease", () => SleepAsync(deployment.Workers[1].Freeze, deployment.Workers[1].Thaw)),
            ("Redis is killed", KillRedisAsync),
            ("PostgreSQL is down", DownAsync),
            ("Redis hangs", () => SleepAsync(redis.Freeze, redis.Thaw)),
            ("the API is stopped for a while", () => SleepAsync(deployment.Api.Freeze, deployment.Api.Thaw)),
            ("PostgreSQL crashes", CrashAsync),
            ("the embedded server is stopped for a while", () => SleepAsync(embedded.Freeze, embedded.Thaw)),
        ];

    /// <summary>Does them until cancelled; the last one to its end.</summary>
    public async Task RunAsync(long began, CancellationToken over)
    {
        // Each some times in a long soak, each once in a short one, and the rest at the end belongs to none.
        var rest = TimeSpan.FromSeconds(Math.Clamp(options.Length.TotalSeconds / 20, 1, 60));
        for (var turn = 0; ; turn++)
        {
            await Task.Delay(rest, TimeProvider.System, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (over.IsCancellationRequested)
            {
                return;
            }

            var (what, act) = Faults[turn % Faults.Count];
            _done.Add((TimeProvider.System.GetElapsedTime(began), what));
            await act();
        }
    }

    private static async Task KillAsync(ServerProcess server)
    {
        server.Kill();
        await Task.Delay(_outage, TimeProvider.System);
        await server.StartAgainAsync();
    }

    private static async Task SleepAsync(Action freeze, Action thaw)
    {
        freeze();
        try
        {
            await Task.Delay(_sleep, TimeProvider.System);
        }
        finally
        {
            thaw();
        }
    }

    private async Task KillRedisAsync()
    {
        redis.Kill();
        await Task.Delay(_outage, TimeProvider.System);
        await redis.StartAgainAsync();
    }

    private async Task DownAsync()
    {
        await postgres.StopAsync();
        await Task.Delay(_outage, TimeProvider.System);
        await postgres.StartAsync();
    }

    private async Task CrashAsync()
    {
        await postgres.KillAsync();
        await postgres.StartAsync();
    }
}
