namespace Remanso.Server.Commands.Doctor;

/// <summary>How far another clock may be from this machine's.</summary>
internal static class Skew
{
    private static readonly TimeSpan _small = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _large = TimeSpan.FromMinutes(1);

    /// <summary>Judges by how much a clock is ahead.</summary>
    public static Verdict Judge(string whose, TimeSpan ahead)
    {
        var message = FormattableString.Invariant(
            $"the clock of {whose} is {Math.Abs(ahead.TotalSeconds):0.0} s {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} this machine's"
        );
        const string Fix = "Let NTP keep the clocks of all machines.";
        return ahead.Duration() switch
        {
            var by when by > _large => Verdict.Problem(message, Fix),
            var by when by > _small => Verdict.Warning(message, Fix),
            _ => Verdict.Ok($"the clock of {whose} agrees with this machine's"),
        };
    }
}
