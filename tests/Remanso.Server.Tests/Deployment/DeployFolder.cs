using Microsoft.Extensions.Configuration;
using Remanso.Conformance.Support;
using Remanso.Server.Commands;
using Remanso.Server.Configuration;
using YamlDotNet.RepresentationModel;

namespace Remanso.Server.Tests.Deployment;

/// <summary>The files of the folder <c>deploy</c>, as operators get them.</summary>
internal static class DeployFolder
{
    public static string Root { get; } = Path.Combine(Repository.Root, "deploy");

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    /// <summary>The documents of all YAML files in a folder, each with the file's path from there.</summary>
    public static IEnumerable<(string File, YamlNode Document)> Yaml(string folder) =>
        from path in Directory.EnumerateFiles(Path.Combine(Root, folder), "*.yaml", SearchOption.AllDirectories)
        from document in Documents(path)
        select (Path.GetRelativePath(Path.Combine(Root, folder), path), document);

    /// <summary>A node by its path; null where there is none.</summary>
    public static YamlNode? Find(this YamlNode node, params string[] path) =>
        path.Aggregate((YamlNode?)node, static (at, name) =>
            at is YamlMappingNode map && map.Children.TryGetValue(name, out var child) ? child : null
        );

    /// <summary>The text of a node by its path; null where there is none.</summary>
    public static string? Text(this YamlNode node, params string[] path) => (node.Find(path) as YamlScalarNode)?.Value;

    /// <summary>The members of a list by its path; none where there is no list.</summary>
    public static IEnumerable<YamlNode> List(this YamlNode node, params string[] path) => node.Find(path) as YamlSequenceNode ?? [];

    /// <summary>Reads an environment as the server does at its start.</summary>
    /// <param name="environment">The variables; secrets are files in <paramref name="mounted"/>.</param>
    /// <param name="mounted">Where they say that the secrets lie.</param>
    /// <param name="folder">Where they lie here.</param>
    public static ServerSettings ReadSettings(IEnumerable<KeyValuePair<string, string>> environment, string mounted, TemporaryFolder folder)
    {
        File.WriteAllText(folder.File("tier"), "redis://remanso:word@redis:6379");
        File.WriteAllText(folder.File("store"), "postgres://remanso:word@postgres:5432/remanso");
        new KeysCommand(TextWriter.Null, TextWriter.Null, TimeProvider.System, folder.File("keys.json")).Run(
            "create",
            "app",
            "--scopes",
            "all"
        );
        var variables = (
            from one in environment
            let value = one.Value.Replace(mounted, folder.Path, StringComparison.Ordinal)
            select KeyValuePair.Create(one.Key.Replace("__", ":", StringComparison.Ordinal), (string?)value)
        ).ToArray();
        var secrets = SecretFiles.Read(new ConfigurationBuilder().AddInMemoryCollection(variables).Build());
        return ServerSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(variables).AddInMemoryCollection(secrets).Build());
    }

    /// <summary>How long a stop may take: for requests under way, and for the drain.</summary>
    public static TimeSpan StopOf(ServerSettings settings) =>
        settings.StopGrace + settings.Caches.Values.Max(static cache => cache.Flush.StopTimeout) + TimeSpan.FromSeconds(1);

    private static List<YamlNode> Documents(string path)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(path)));
        return [.. stream.Documents.Select(static document => document.RootNode)];
    }
}
