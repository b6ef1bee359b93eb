using System.Text.RegularExpressions;

namespace Remanso.Architecture.Tests;

/// <summary>A C# source file, read as text: the format check guarantees the layout that these patterns rely on.</summary>
internal sealed partial class SourceFile(string path)
{
    /// <summary>The path from the solution's root, with slashes.</summary>
    public string Path { get; } = path;

    public string Text { get; } = File.ReadAllText(System.IO.Path.Combine(House.Root, path));

    public int Lines => Text.AsSpan().Count('\n');

    /// <summary>The namespace, or null where the file declares none.</summary>
    public string? Namespace => NamespacePattern.Match(Text) is { Success: true } match ? match.Groups["name"].Value : null;

    /// <summary>The namespace that the file's folder stands for.</summary>
    public string FolderNamespace => string.Join('.', Path.Split('/')[1..^1]);

    /// <summary>The public types at the file's top level, once for all arities of a name; delegates are left out.</summary>
    public IReadOnlyList<string> PublicTypes =>
        [
            .. TypePattern
                .Matches(Text)
                .Where(static match => match.Groups["access"].Value == "public")
                .Select(static match => match.Groups["name"].Value)
                .Distinct(),
        ];

    public bool DeclaresTypes => TypePattern.IsMatch(Text);

    public bool IsPartial => PartialPattern.IsMatch(Text);

    /// <summary>Whether a source generator of the platform writes the other part.</summary>
    public bool IsGeneratedInPart => GeneratorPattern.IsMatch(Text);

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex NamespacePattern { get; }

    [GeneratedRegex(
        @"^(?<access>public|internal|file)( (static|sealed|abstract|readonly|ref|partial|unsafe|record))* (class|struct|interface|enum|record) (?<name>\w+)",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture
    )]
    private static partial Regex TypePattern { get; }

    [GeneratedRegex(@"^\s*[\w ]*\bpartial (class|struct|record|interface) ", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex PartialPattern { get; }

    [GeneratedRegex(
        @"^\s*\[(LoggerMessage|GeneratedRegex|JsonSerializable|LibraryImport)\b",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture
    )]
    private static partial Regex GeneratorPattern { get; }
}
