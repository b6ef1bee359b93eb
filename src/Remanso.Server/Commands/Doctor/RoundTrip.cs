namespace Remanso.Server.Commands.Doctor;

/// <summary>How long a round trip may take.</summary>
internal static class RoundTrip
{
    public static Verdict Judge(string where, TimeSpan shortest, TimeSpan most)
    {
        var message = FormattableString.Invariant($"{shortest.TotalMilliseconds:0.0} ms to {where}");
        return shortest > most
            ? Verdict.Warning(message, "Run the server nearer to it; look for a busy machine or a slow network between.")
            : Verdict.Ok(message);
    }
}
