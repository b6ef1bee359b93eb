using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;

namespace Remanso.Dashboard.Tests;

/// <summary>A file with one key, in a folder of its own.</summary>
internal sealed class KeyFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remanso-keys-");

    public KeyFile(string scopes)
    {
        var file = new RemansoKeyFile(System.IO.Path.Combine(_folder.FullName, "keys.json"), TimeProvider.System);
        Path = file.Path;
        Text = file.Create("dashboard", new RemansoGrant(RemansoScopeNames.Parse(scopes), ["*"])).Text;
    }

    public string Path { get; }

    /// <summary>The key.</summary>
    public string Text { get; }

    public void Dispose() => _folder.Delete(recursive: true);
}
