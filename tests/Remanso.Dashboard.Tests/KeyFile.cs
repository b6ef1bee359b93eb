using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;

namespace Remanso.Dashboard.Tests;

/// <summary>A file with one key.</summary>
internal static class KeyFile
{
    public static (string Path, string Text) Make(string folder, string scopes)
    {
        var file = new RemansoKeyFile(Path.Combine(folder, "keys.json"), TimeProvider.System);
        return (file.Path, file.Create("dashboard", new RemansoGrant(RemansoScopeNames.Parse(scopes), ["*"])).Text);
    }
}
