using Remanso.Torture.Tests.Deployments;
using Remanso.Torture.Tests.Load;
using Remanso.Torture.Tests.Reporting;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Scenarios;

/// <summary>What most scenarios have in common: a load, something done to the servers meanwhile, the drain, the audit.</summary>
internal sealed class Scenario(Deployment deployment) : IDisposable
{
    /// <summary>The writers.</summary>
    public WriteLoad Load { get; } = new(deployment.Api.Port, Scale.Current);

    /// <summary>Writes at full speed; then everything acknowledged must come to the database.</summary>
    /// <param name="name">What the report calls it.</param>
    /// <param name="what">What is done to the servers, for the report.</param>
    /// <param name="disturbances">It, at equal distances of acknowledged writes.</param>
    public async Task RunAsync(string name, string what, params IReadOnlyList<Func<Task>> disturbances)
    {
        try
        {
            await using var lag = new LagProbe(deployment.Api.Client);
            var duration = await Load.RunAsync(disturbances);
            await deployment.DrainAsync();
            var audit = await Audit.RunAsync(deployment.Database, Load.Ledger);
            var figures = Figures.Of(Load, duration, audit, what, lag);
            TestContext.Current.SendDiagnosticMessage($"{name}: {figures}");
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {figures}");
            await TortureReport.WriteAsync(name, figures);
        }
        catch
        {
            TestContext.Current.TestOutputHelper?.WriteLine(deployment.Logs());
            throw;
        }
    }

    /// <summary>The same, one round after the other.</summary>
    public static Func<Task>[] Rounds(params Func<Task>[] round) =>
        [.. Enumerable.Repeat(round, Scale.Current.Rounds).SelectMany(static steps => steps)];

    public void Dispose() => Load.Dispose();
}
