using Remanso.Schedules.Engine;

namespace Remanso.Schedules.Scenarios;

/// <summary>What is explored.</summary>
internal static class AllScenarios
{
    public static IReadOnlyList<Scenario> List { get; } =
    [
        FlightScenario.Scenario,
        FlushScenario.Scenario,
        WriteScenario.Scenario,
        FillScenario.Scenario,
        TagScenario.Scenario,
        DeadLetterScenario.Scenario,
        NearScenario.Scenario,
        BatcherScenario.Scenario,
        BatcherLeaveScenario.Scenario,
        FlusherScenario.Scenario,
        WaiterScenario.Scenario,
        JournalScenario.Scenario,
        QueueScenario.Scenario,
        CommandScenario.Scenario,
        DeliveryScenario.Scenario,
    ];
}
