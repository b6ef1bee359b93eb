using System.Reflection;

namespace Remanso.Architecture.Tests;

/// <summary>The solution as these tests see it: its assemblies, and its sources around <c>Remanso.slnx</c>.</summary>
internal static class House
{
    private const string Solution = "Remanso.slnx";

    /// <summary>Every assembly of the solution that lies beside this one: all of the product, and the tests.</summary>
    public static IReadOnlyList<Assembly> Assemblies { get; } =
    [
        .. Directory
            .EnumerateFiles(AppContext.BaseDirectory, "Remanso*.dll")
            .Select(Path.GetFileNameWithoutExtension)
            .Order(StringComparer.Ordinal)
            .Select(static name => Assembly.Load(name!)),
    ];

    /// <summary>The assemblies under <c>src</c>.</summary>
    public static IReadOnlyList<Assembly> Product { get; } =
    [.. Assemblies.Where(static assembly => Directory.Exists(Path.Combine(Root, "src", Name(assembly))))];

    /// <summary>The assemblies under <c>tests</c>.</summary>
    public static IReadOnlyList<Assembly> Tests { get; } =
    [.. Assemblies.Where(static assembly => Directory.Exists(Path.Combine(Root, "tests", Name(assembly))))];

    /// <summary>The folder of the solution.</summary>
    public static string Root => field ??= FindRoot();

    /// <summary>The solution file.</summary>
    public static string SolutionFile => Path.Combine(Root, Solution);

    /// <summary>The C# sources under some of the solution's folders.</summary>
    public static IReadOnlyList<SourceFile> Sources(params IEnumerable<string> folders) =>
        [.. Files("cs", folders).Select(static path => new SourceFile(path))];

    /// <summary>The files of one kind under some of the solution's folders, relative to its root, without what the build made.</summary>
    public static IEnumerable<string> Files(string extension, params IEnumerable<string> folders) =>
        from folder in folders
        let path = Path.Combine(Root, folder)
        where Directory.Exists(path)
        from file in Directory.EnumerateFiles(path, "*." + extension, SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(Root, file).Replace('\\', '/')
        where !relative.Split('/').Any(static part => part is "bin" or "obj")
        orderby relative
        select relative;

    public static string Name(Assembly assembly) => assembly.GetName().Name!;

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Solution)))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"There is no {Solution} in or above {AppContext.BaseDirectory}.");
    }
}
