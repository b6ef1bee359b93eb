namespace Remanso.Architecture.Tests.Mutants;

/// <summary>A file of <c>spec/mutants</c>: one rule of the product, and an edit that breaks it.</summary>
/// <param name="Name">The file's name, without its ending.</param>
/// <param name="Header">What stands before the texts, by its word.</param>
/// <param name="Old">The text of the product.</param>
/// <param name="New">What is put in its place; may be empty.</param>
internal sealed record Mutant(string Name, IReadOnlyDictionary<string, string> Header, string Old, string New)
{
    /// <summary>Where they lie, relative to the root of the solution.</summary>
    public const string Folder = "spec/mutants";

    private const string OldBegins = "\n--- old\n";
    private const string NewBegins = "\n--- new\n";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Mutant> All { get; } = [.. House.Files("mutant", Folder).Select(Read)];

    /// <summary>The rule that it breaks: a row of the page of rules, or one of the protocol.</summary>
    public string Rule => this["rule"];

    /// <summary>The file that is edited.</summary>
    public string File => this["file"];

    /// <summary>The test project that is to catch it.</summary>
    public string Tests => this["tests"];

    /// <summary>The classes of that project that are run.</summary>
    public IReadOnlyList<string> Classes => this["classes"].Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What a header's word says; empty where it is not there.</summary>
    public string this[string word] => Header.TryGetValue(word, out var text) ? text : string.Empty;

    /// <summary>How often the old text stands in its file.</summary>
    public int Occurrences
    {
        get
        {
            var path = Path.Combine(House.Root, File);
            return System.IO.File.Exists(path) ? System.IO.File.ReadAllText(path).Split(Old).Length - 1 : 0;
        }
    }

    private static Mutant Read(string path)
    {
        var text = System.IO.File.ReadAllText(Path.Combine(House.Root, path));
        var oldBegins = text.IndexOf(OldBegins, StringComparison.Ordinal);
        var newBegins = text.IndexOf(NewBegins, StringComparison.Ordinal);
        if (oldBegins < 0 || newBegins < oldBegins + OldBegins.Length)
        {
            throw new InvalidOperationException($"{path} has no old and new text.");
        }

        var header = text[..oldBegins]
            .Split('\n')
            .Select(static line => line.Split(": ", 2))
            .ToDictionary(static line => line[0], static line => line.ElementAtOrDefault(1) ?? string.Empty, StringComparer.Ordinal);
        var replacement = text[(newBegins + NewBegins.Length)..];
        return new Mutant(
            Path.GetFileNameWithoutExtension(path),
            header,
            text[(oldBegins + OldBegins.Length)..newBegins],
            replacement.EndsWith('\n') ? replacement[..^1] : replacement
        );
    }
}
