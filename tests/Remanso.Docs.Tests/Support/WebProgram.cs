using System.Diagnostics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Remanso.Docs.Tests.Support;

/// <summary> Runs a listing that is the whole program of a web application, and ends it. Such a listing hands its host
/// to nobody: it is heard of as the platform's own tools hear of it, by the event <c>HostBuilt</c> of the listener
/// <c>Microsoft.Extensions.Hosting</c>.
/// </summary>
internal static class WebProgram
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    /// <summary>Runs it on a free port.</summary>
    /// <param name="main">The listing.</param>
    /// <param name="use">Calls the application, with its services.</param>
    public static async Task RunAsync(Action<string[]> main, Func<HttpClient, IServiceProvider, Task> use)
    {
        var built = new TaskCompletionSource<IHost>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = DiagnosticListener.AllListeners.Subscribe(new Listeners(built));
        var program = Task.Run(() => main(["--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default", "Warning"]));
        await await Task.WhenAny(built.Task, program).WaitAsync(_patience, TimeProvider.System);
        var host = await built.Task.WaitAsync(_patience, TimeProvider.System);
        var life = host.Services.GetRequiredService<IHostApplicationLifetime>();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = life.ApplicationStarted.Register(started.SetResult);
        await await Task.WhenAny(started.Task, program).WaitAsync(_patience, TimeProvider.System);
        var address = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        using (var client = new HttpClient { BaseAddress = new Uri(address) })
        {
            await use(client, host.Services);
        }

        life.StopApplication();
        await program.WaitAsync(_patience, TimeProvider.System);
    }

    private sealed class Listeners(TaskCompletionSource<IHost> built) : IObserver<DiagnosticListener>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.Extensions.Hosting")
            {
                value.Subscribe(new Events(built));
            }
        }

        public void OnCompleted() { }

        public void OnError(Exception error) { }
    }

    private sealed class Events(TaskCompletionSource<IHost> built) : IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value is { Key: "HostBuilt", Value: IHost host })
            {
                built.TrySetResult(host);
            }
        }

        public void OnCompleted() { }

        public void OnError(Exception error) { }
    }
}
