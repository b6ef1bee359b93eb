using System.Globalization;

namespace Remanso.Torture.Tests.Soak;

/// <summary>What a process is known by from outside, as Linux tells it; and its heap, which it tells itself.</summary>
/// <param name="Memory">Resident memory, MiB.</param>
/// <param name="Handles">Open handles.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Heap">The heap of the collector, MiB; null where it is not told.</param>
internal sealed record Vitals(double Memory, int Handles, int Threads, double? Heap)
{
    private const string Variable = "REMANSO_SOAK_VITALS";
    private const string Hooks = "DOTNET_STARTUP_HOOKS";
    private const double KiBPerMiB = 1024;
    private const double BytesPerMiB = 1 << 20;

    private static readonly TimeSpan _tellEvery = TimeSpan.FromSeconds(1);

    /// <summary>Has the processes that are started until the result is disposed tell their heap.</summary>
    public static IDisposable Ask()
    {
        var folder = Directory.CreateTempSubdirectory("remanso-soak-").FullName;
        Environment.SetEnvironmentVariable(Variable, folder);
        Environment.SetEnvironmentVariable(Hooks, typeof(Vitals).Assembly.Location);
        return new Asked(folder);
    }

    /// <summary>Tells the heap of this process from now on.</summary>
    public static void Publish()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } folder)
        {
            return;
        }

        // A thread of its own: what is measured is not to wait for the pool that is measured.
        new Thread(() =>
        {
            using var pause = new ManualResetEventSlim();
            while (Directory.Exists(folder))
            {
                var mebibytes = GC.GetTotalMemory(forceFullCollection: false) / BytesPerMiB;
                try
                {
                    File.WriteAllText(FileOf(folder, Environment.ProcessId), mebibytes.ToString("0.00", CultureInfo.InvariantCulture));
                }
                catch (IOException)
                {
                    // The soak has ended, or looks at the file right now.
                }

                pause.Wait(_tellEvery);
            }
        })
        {
            IsBackground = true,
            Name = "Remanso soak vitals",
        }.UnsafeStart();
    }

    /// <summary>Looks at a process; null where it is gone.</summary>
    public static Vitals? Of(int process)
    {
        try
        {
            var status = File.ReadAllLines($"/proc/{process}/status");
            return new Vitals(
                Number(status, "VmRSS:") / KiBPerMiB,
                Directory.GetFiles($"/proc/{process}/fd").Length,
                (int)Number(status, "Threads:"),
                HeapOf(process)
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static double? HeapOf(int process) =>
        Environment.GetEnvironmentVariable(Variable) is { } folder
        && FileOf(folder, process) is var file
        && File.Exists(file)
        && double.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var heap)
            ? heap
            : null;

    private static string FileOf(string folder, int process) => Path.Combine(folder, process.ToString(CultureInfo.InvariantCulture));

    private static double Number(string[] status, string name)
    {
        var line = status.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) ?? name + " 0";
        return double.Parse(line[name.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
    }

    private sealed class Asked(string folder) : IDisposable
    {
        public void Dispose()
        {
            Environment.SetEnvironmentVariable(Variable, null);
            Environment.SetEnvironmentVariable(Hooks, null);
            Directory.Delete(folder, recursive: true);
        }
    }
}
