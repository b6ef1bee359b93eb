using System.Text;
using Remanso.Load.Driving;

namespace Remanso.Load.Reporting;

/// <summary>What a burst gave.</summary>
/// <param name="Readers">How many reads.</param>
/// <param name="Statuses">How often each status code.</param>
/// <param name="CacheStatuses">How often each value of <c>Cache-Status</c>.</param>
/// <param name="Collapsed">How many joined another's load.</param>
/// <param name="SendSpreadMs">From the first request sent to the last.</param>
/// <param name="TotalMs">From the first request sent to the last answer.</param>
/// <param name="StoreQueries">Queries that reached the store; null where the server keeps no counts.</param>
internal sealed record BurstReport(
    int Readers,
    SortedDictionary<int, int> Statuses,
    SortedDictionary<string, int> CacheStatuses,
    int Collapsed,
    double SendSpreadMs,
    double TotalMs,
    long? StoreQueries
)
{
    public static BurstReport Of(IReadOnlyList<BurstAnswer> answers, ServerCounts? counts)
    {
        var first = answers.Min(static answer => answer.Sent);
        return new BurstReport(
            answers.Count,
            new(answers.CountBy(static answer => answer.Status).ToDictionary()),
            new(answers.CountBy(static answer => answer.CacheStatus ?? "(none)").ToDictionary(), StringComparer.Ordinal),
            answers.Count(static answer => answer.CacheStatus?.Contains("collapsed", StringComparison.Ordinal) == true),
            (answers.Max(static answer => answer.Sent) - first) / 1e6,
            (answers.Max(static answer => answer.Answered) - first) / 1e6,
            counts?.Queries
        );
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(Units.Say($"readers        {Readers}, sent within {SendSpreadMs:0.000} ms, answered within {TotalMs:0.000} ms"));
        foreach (var (status, count) in Statuses)
        {
            text.AppendLine(Units.Say($"status {status}     {count}"));
        }

        foreach (var (value, count) in CacheStatuses)
        {
            text.AppendLine(Units.Say($"Cache-Status   {count} × {value}"));
        }

        text.AppendLine(Units.Say($"collapsed      {Collapsed}"));
        text.Append(Units.Say($"store queries  {StoreQueries?.ToString(Units.Culture) ?? "unknown: the server keeps no counts"}"));
        return text.ToString();
    }
}
