using System.Diagnostics.CodeAnalysis;

namespace Remanso.Entries;

/// <summary>Writes objects as the JSON merge patches that fit the values of a cache.</summary>
internal interface IPatchWriter
{
    /// <summary>Why it can't be called in an application that was trimmed or compiled ahead of time.</summary>
    const string Reflects = "The patch is written by reflection on its type. In a trimmed or native application give the patch as JSON.";

    /// <exception cref="InvalidMergeException">It has a member that the values have not, or of another type.</exception>
    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    ReadOnlyMemory<byte> WritePatch(object patch);
}
