using SharpFuzz;

namespace Remanso.Fuzz.Engine;

/// <summary>Makes a copy of the program in which the product counts its branches.</summary>
internal static class Instrumentation
{
    /// <summary>Copies a folder and instruments the product's assemblies in the copy.</summary>
    /// <returns>How many were instrumented.</returns>
    public static int Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }

        string[] product =
        [
            .. Directory
                .EnumerateFiles(to, "Remanso*.dll")
                .Where(static path => Path.GetFileNameWithoutExtension(path) is not ("Remanso.Fuzz" or "Remanso.Conformance")),
        ];
        foreach (var assembly in product)
        {
            Fuzzer.Instrument(assembly, static _ => true, Options.Value);
        }

        return product.Length;
    }
}
