using System.Reflection;
using Microsoft.Coyote;
using Microsoft.Coyote.Rewriting;
using Microsoft.Coyote.SystematicTesting;

namespace Remanso.Schedules.Engine;

// The engine's own command line calls the same method, but is a package for another version of the platform. The method is internal; a
// version that moves it fails here, at once.

/// <summary>Makes a copy of the program in which every task, lock and atomic operation of the product is the scheduler's to
/// order.</summary>
internal static class Rewriter
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private const BindingFlags Any = Members | BindingFlags.Static;

    private static readonly string[] _rewritten = ["Remanso.dll", "Remanso.Redis.dll", "Remanso.Testing.dll", "Remanso.Schedules.dll"];

    public static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.TopDirectoryOnly))
        {
            Directory.CreateDirectory(to);
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }

        var assembly = typeof(TestingEngine).Assembly;
        var type = assembly.GetType("Microsoft.Coyote.Rewriting.RewritingOptions", throwOnError: true)!;
        var options = type.GetMethod("Create", Any)!.Invoke(null, [])!;
        Set("AssembliesDirectory", to);
        Set("OutputDirectory", to);
        Set("AssemblyPaths", _rewritten.Select(name => Path.Combine(to, name)).ToHashSet(StringComparer.Ordinal));
        Set("IsRewritingConcurrentCollections", true);

        var run = typeof(RewritingEngine).GetMethods(Any).Single(static method => method is { Name: "Run", IsStatic: true });
        var configuration = Configuration.Create().WithTelemetryEnabled(false);
        var (log, profiler) = (run.GetParameters()[2].ParameterType, run.GetParameters()[3].ParameterType);
        run.Invoke(null, [options, configuration, New(log, configuration, false), New(profiler)]);

        void Set(string name, object value) => type.GetProperty(name, Any)!.SetValue(options, value);
    }

    private static object New(Type type, params object[] arguments) =>
        Activator.CreateInstance(type, Members, binder: null, arguments, culture: null)!;
}
