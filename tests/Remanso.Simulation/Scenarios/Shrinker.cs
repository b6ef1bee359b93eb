namespace Remanso.Simulation.Scenarios;

// Whatever is left out changes the order of all that follows, so a smaller scenario is tried with some orders before it
// is given up.

/// <summary>Makes a scenario that breaks a promise smaller, as long as it still does.</summary>
/// <param name="breaks">Whether a scenario breaks one.</param>
internal sealed class Shrinker(Func<Scenario, Task<bool>> breaks)
{
    private const int Orders = 12;

    public async Task<Scenario> ShrinkAsync(Scenario scenario)
    {
        while (true)
        {
            var before = scenario;
            foreach (var smaller in SmallerOnes(scenario))
            {
                if (await WithSomeOrderAsync(smaller).ConfigureAwait(false) is { } found)
                {
                    scenario = found;
                    break;
                }
            }

            if (scenario == before)
            {
                return scenario;
            }
        }
    }

    private static IEnumerable<Scenario> SmallerOnes(Scenario scenario)
    {
        for (var i = 0; i < scenario.Faults.Count; i++)
        {
            yield return scenario with
            {
                Faults = Without(scenario.Faults, i, 1),
            };
        }

        for (var i = 0; i < scenario.Clients.Count; i++)
        {
            yield return scenario with
            {
                Clients = Without(scenario.Clients, i, 1),
            };
        }

        for (var size = 8; size > 0; size /= 2)
        {
            for (var i = 0; i < scenario.Clients.Count; i++)
            {
                for (var at = 0; at + size <= scenario.Clients[i].Steps.Count; at += size)
                {
                    yield return WithClient(scenario, i, scenario.Clients[i] with { Steps = Without(scenario.Clients[i].Steps, at, size) });
                }
            }
        }

        if (scenario.TierWeather != new Weather())
        {
            yield return scenario with
            {
                TierWeather = new(),
            };
        }

        if (scenario.StoreWeather != new Weather())
        {
            yield return scenario with
            {
                StoreWeather = new(),
            };
        }

        if (scenario.Partitions > 1)
        {
            yield return scenario with
            {
                Partitions = 1,
            };
        }
    }

    private async Task<Scenario?> WithSomeOrderAsync(Scenario scenario)
    {
        for (ulong order = 0; order < Orders; order++)
        {
            var tried = scenario with { Seed = scenario.Seed + (order << 40) };
            if (await breaks(tried).ConfigureAwait(false))
            {
                return tried;
            }
        }

        return null;
    }

    private static Scenario WithClient(Scenario scenario, int index, ClientPlan client) =>
        scenario with
        {
            Clients = [.. scenario.Clients.Select((other, at) => at == index ? client : other)],
        };

    private static TItem[] Without<TItem>(IReadOnlyList<TItem> items, int at, int count) => [.. items.Take(at), .. items.Skip(at + count)];
}
