using Remanso.Redis.Resp;
using Remanso.Server.Configuration;
using Remanso.Stores;

namespace Remanso.Server.Commands.Doctor;

/// <summary>Runs the checks, one after the other, each within its time; none can end the run.</summary>
internal static class Examination
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(
        IEnumerable<ICheck> checks,
        Patient patient,
        TimeSpan limit,
        CancellationToken cancellationToken
    )
    {
        List<Finding> findings = [];
        foreach (var check in checks.Where(check => check.IsFor(patient)))
        {
            var verdicts = await RunAsync(check, patient, limit, cancellationToken);
            findings.AddRange(verdicts.Select(verdict => new Finding(check.Category, check.Name, check.Link, verdict)));
        }

        return findings;
    }

    /// <summary>How the run ends.</summary>
    public static int ExitCodeOf(IReadOnlyList<Finding> findings) =>
        findings.Select(static finding => finding.Status).DefaultIfEmpty().Max() switch
        {
            FindingStatus.Problem => ExitCode.FoundProblems,
            FindingStatus.Unknown => ExitCode.CouldNotCheck,
            _ => ExitCode.Done,
        };

    private static async Task<IReadOnlyList<Verdict>> RunAsync(
        ICheck check,
        Patient patient,
        TimeSpan limit,
        CancellationToken cancellationToken
    )
    {
        using var time = new CancellationTokenSource(limit, patient.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        try
        {
            // On the pool: a driver may work on the thread that calls it.
            return await Task.Run(() => check.RunAsync(patient, either.Token), either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (time.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return
            [
                Verdict.Unknown(
                    FormattableString.Invariant($"no answer within {limit.TotalSeconds:0.###} s"),
                    "Look whether it hangs; --time-limit gives it longer."
                ),
            ];
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return [Verdict.Unknown(Describe(exception))];
        }
    }

    // Of what is not the product's own nobody knows what it quotes.
    private static string Describe(Exception exception) =>
        exception
            is RedisException
                or StoreException
                or TierUnavailableException
                or SettingException
                or CacheConfigurationException
                or IOException
                or UnauthorizedAccessException
                or InvalidOperationException { InnerException: null }
            ? exception.Message.ReplaceLineEndings(" ")
            : $"it failed with {exception.GetType().Name}";
}
