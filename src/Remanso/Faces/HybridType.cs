using System.ComponentModel;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Remanso.Faces;

/// <summary>What the hybrid face must know of a type of values.</summary>
/// <typeparam name="T">The type.</typeparam>
internal static class HybridType<T>
{
    /// <summary>Whether all callers may have the one instance: strings, values without references, and what says that
    /// it never changes (<see cref="ImmutableObjectAttribute"/> on a type that nobody can derive from).</summary>
    public static readonly bool IsShared = Decide(typeof(T));

    /// <summary>Stands for the type in what is kept, so that bytes of one type are not read as another. Of the name
    /// without its assembly, which changes with every release.</summary>
    public static readonly uint Mark = MarkOf(typeof(T).ToString());

    private static bool Decide(Type type) =>
        type == typeof(string)
        || !RuntimeHelpers.IsReferenceOrContainsReferences<T>()
        || (
            (Nullable.GetUnderlyingType(type) ?? type) is { IsSealed: true } closed
            && closed.GetCustomAttribute<ImmutableObjectAttribute>(inherit: false) is { Immutable: true }
        );

    // FNV-1a: the same in every process and version, which string.GetHashCode is not.
    private static uint MarkOf(string name)
    {
        var hash = 2166136261;
        foreach (var character in name)
        {
            hash = (hash ^ character) * 16777619;
        }

        return hash;
    }
}
