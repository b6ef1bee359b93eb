using Remanso.Torture.Tests.Soak;

// The runtime calls it by this name, without a namespace, in every process whose DOTNET_STARTUP_HOOKS names this
// assembly: before the server's own Main.

/// <summary>Lets a server tell its heap while it is soaked.</summary>
internal static class StartupHook
{
    public static void Initialize() => Vitals.Publish();
}
