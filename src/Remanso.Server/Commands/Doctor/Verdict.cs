using System.Runtime.InteropServices;

namespace Remanso.Server.Commands.Doctor;

/// <summary>What a check says; a sentence for what was found, another for what mends it.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Verdict(FindingStatus Status, string Message, string? Fix = null)
{
    public static Verdict Ok(string message) => new(FindingStatus.Ok, message);

    public static Verdict Warning(string message, string fix) => new(FindingStatus.Warning, message, fix);

    public static Verdict Problem(string message, string? fix) => new(FindingStatus.Problem, message, fix);

    public static Verdict Unknown(string message, string? fix = null) => new(FindingStatus.Unknown, message, fix);
}
