using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Telemetry.Metrics;

/// <summary>Every metric moves by what it counts, and by nothing else.</summary>
[Collection(ManualClockTests.Name)]
public sealed class MetricTests
{
    private static readonly MetricCase[] _cases =
    [
        .. ReadMetrics.Cases,
        .. LoadMetrics.Cases,
        .. WriteMetrics.Cases,
        .. FlushMetrics.Cases,
        .. StateMetrics.Cases,
        .. JournalMetrics.Cases,
    ];

    public static TheoryData<string> Names => [.. _cases.Select(static one => one.Name)];

    /// <summary>What is tested.</summary>
    internal static IReadOnlyList<MetricCase> Cases => _cases;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_metric_moves_by_what_caused_it_and_no_other_series_of_it(string name)
    {
        var one = Assert.Single(_cases, one => one.Name == name);
        await using var run = new MetricRun();

        await one.CauseAsync(run);

        run.AssertMoved(one);
    }
}
