using System.Runtime.InteropServices;

namespace Remanso.Simulation.World;

/// <summary>What a call is, for the trace.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CallName(string Verb, string? Detail = null)
{
    public static implicit operator CallName(string verb) => new(verb);

    public override string ToString() => Detail is null ? Verb : $"{Verb} {Detail}";
}
