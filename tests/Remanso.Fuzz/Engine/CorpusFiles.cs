using System.Security.Cryptography;
using Remanso.Conformance.Support;

namespace Remanso.Fuzz.Engine;

/// <summary>The inputs that are kept in git: a folder for each target, a file for each input.</summary>
internal static class CorpusFiles
{
    /// <summary>The folder of all.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "tests", "Remanso.Fuzz", "Corpus");

    /// <summary>The folder of a target's inputs.</summary>
    public static string FolderOf(FuzzTarget target) => Path.Combine(Folder, target.Name);

    /// <summary>The files of a target, in an order that is the same everywhere.</summary>
    public static string[] Of(FuzzTarget target) =>
        Directory.Exists(FolderOf(target)) ? [.. Directory.EnumerateFiles(FolderOf(target)).Order(StringComparer.Ordinal)] : [];

    /// <summary>The inputs of a target.</summary>
    public static byte[][] Read(FuzzTarget target) => [.. Of(target).Select(File.ReadAllBytes)];

    /// <summary>Writes an input under the name of its content.</summary>
    public static string Write(string folder, string kind, byte[] input)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{kind}-{Convert.ToHexStringLower(SHA256.HashData(input))[..12]}");
        File.WriteAllBytes(path, input);
        return path;
    }
}
