using Remanso.Conformance.Servers;
using Remanso.Torture.Tests.Deployments;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Soak;

/// <summary>Mixed load and one fault after the other, for half a minute in every run and for hours by <c>eng/soak.sh</c>:
/// nothing grows, and in the end nothing acknowledged is missing.</summary>
public sealed class SoakTests(PostgresServer postgres)
{
    // Lifetimes, names of increments and deleted rows are over soon, so that what keeps them too long is seen.
    private static readonly string[] _settings =
    [
        "--Remanso:Caches:default:Ttl:Base=10s",
        $"--Remanso:Caches:default:Tier:IdempotencyRetention={SoakOptions.Current.Retention.TotalSeconds:0}s",
        "--Remanso:Caches:default:Purge:Retention=60s",
        "--Remanso:Caches:default:Purge:Interval=5s",
    ];

    [Fact]
    public async Task Under_load_and_faults_nothing_grows_and_nothing_acknowledged_is_missing()
    {
        var options = SoakOptions.Current;
        using var asked = Vitals.Ask();
        await using var redis = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var deployment = await Deployment.StartAsync(postgres, redis, settings: _settings);
        var database = await Database.CreateAsync(postgres);
        await using var embedded = await ServerProcess.StartAsync("embedded", ["--tier", "memory:", "--store", database.Url, .. _settings]);
        await database.RecordVersionsAsync();
        using var shared = new SoakLoad(deployment.Api.Port);
        using var alone = new SoakLoad(embedded.Port);
        await Task.WhenAll(shared.PrepareAsync(), alone.PrepareAsync());
        using var over = new CancellationTokenSource();
        var began = TimeProvider.System.GetTimestamp();
        var rota = new FaultRota(deployment, embedded, redis, postgres, options);
        var sampler = new Sampler(deployment, embedded, database, redis);
        var history = new VersionHistory(deployment.Database, database);
        List<string> truths = [];
        try
        {
            var loading = Task.WhenAll(shared.RunAsync(), alone.RunAsync());
            var watching = Task.WhenAll(
                rota.RunAsync(began, over.Token),
                sampler.RunAsync(began, options.Every, [shared, alone], over.Token),
                history.RunAsync(over.Token)
            );
            await Task.WhenAny(Task.Delay(options.Length, TimeProvider.System), loading, watching);
            await over.CancelAsync();
            await watching.WaitAsync(Scale.Patience, TimeProvider.System);
            shared.End();
            alone.End();
            await loading.WaitAsync(Scale.Patience, TimeProvider.System);

            await deployment.DrainAsync();
            await Patient.UntilAsync(
                async () => await Statistics.ReadAsync(embedded.Client) is { DirtyEntries: 0, DeadLetters: 0 },
                "nothing is dirty in the embedded server"
            );
            truths.Add(await CheckAsync("on Redis", deployment.Database, shared));
            truths.Add(await CheckAsync("embedded", database, alone));
            truths.Add($"{await history.EndAsync():#,0} versions were stored, and none was below the one before.");
            truths.Add($"{rota.Done.Count} faults; {shared.Refusals + alone.Refusals:#,0} calls were refused, or got no answer in time.");
        }
        catch (Exception exception)
        {
            truths.Add($"Failed: {exception.Message}");
            TestContext.Current.TestOutputHelper?.WriteLine($"{deployment.Logs()}\n{embedded.Log()}");
            throw;
        }
        finally
        {
            var report = new SoakReport(options, sampler.Series, rota.Done, truths);
            await report.WriteAsync();
            Tell([.. truths, .. report.Growth]);
        }

        Assert.True(rota.Done.Count > 0, "Nothing was done to the servers.");
        var growth = new SoakReport(options, sampler.Series, rota.Done, truths).Growth;
        Assert.True(!options.IsJudged || growth.Count == 0, string.Join('\n', growth));
    }

    private static async Task<string> CheckAsync(string name, Database database, SoakLoad load)
    {
        var audit = await Audit.RunAsync(database, load.Ledger);
        load.Counters.Check(await database.ReadAsync());
        var acknowledged = FormattableString.Invariant(
            $"{load.Writes:#,0} writes acknowledged, {load.Counters.Acknowledged:#,0} of them increments"
        );
        return FormattableString.Invariant(
            $"{name}: {acknowledged}; all are in the database ({audit.Rows:#,0} rows), each increment once."
        );
    }

    private static void Tell(IReadOnlyList<string> lines)
    {
        foreach (var line in lines)
        {
            TestContext.Current.SendDiagnosticMessage(line);
            TestContext.Current.TestOutputHelper?.WriteLine(line);
        }
    }
}
