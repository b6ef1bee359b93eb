using System.Text;
using Remanso.Redis.Resp;

namespace Remanso.Redis.Scripts;

// Every key that a script touches is among its KEYS. In a cluster that is moving a slot, a script that composed names
// itself could find half of a partition's keys on one server and take the other half for absent; declared, Redis
// answers TRYAGAIN instead.
//
// Those without allow-oom may be refused where memory is short, but only at their first change.

/// <summary>Loads the Lua scripts that lie beside this file.</summary>
internal static class ScriptText
{
    private static readonly string _layout = Read("layout");

    /// <summary>Stands before the lines that only caches which keep every version run: elsewhere they are comments and
    /// cost nothing.</summary>
    private const string Every = "--every ";

    /// <summary>The script made of these files, as the other method's, with the lines of caches that keep every version.</summary>
    public static RedisScript LoadEvery(params ReadOnlySpan<string> files) =>
        Make(static text => text.Replace(Every, string.Empty, StringComparison.Ordinal), files);

    /// <summary>The script made of these files, one behind the other, with what all know of the layouts in front, and
    /// the flags that one of them has.</summary>
    public static RedisScript Load(params ReadOnlySpan<string> files) => Make(static text => text, files);

    /// <summary>The script of one file that needs nothing of the others.</summary>
    public static RedisScript LoadAlone(string file) => new(Read(file));

    private static RedisScript Make(Func<string, string> edit, ReadOnlySpan<string> files)
    {
        var flags = string.Empty;
        var text = new StringBuilder(_layout);
        foreach (var file in files)
        {
            var script = edit(Read(file));
            var start = script.StartsWith("#!", StringComparison.Ordinal) ? script.IndexOf('\n', StringComparison.Ordinal) + 1 : 0;
            flags = start > 0 ? script[..start] : flags;
            text.Append(script, start, script.Length - start);
        }

        // Redis wants its flags in the first line.
        return new RedisScript(text.Insert(0, flags).ToString());
    }

    private static string Read(string file)
    {
        using var stream = typeof(ScriptText).Assembly.GetManifestResourceStream($"Remanso.Redis.Scripts.{file}.lua")
            ?? throw new InvalidOperationException($"The script {file}.lua is not embedded.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
