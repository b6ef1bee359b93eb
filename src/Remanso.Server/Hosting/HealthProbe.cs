using Remanso.Server.Commands;
using Remanso.Server.Configuration;

namespace Remanso.Server.Hosting;

/// <summary>Asks a server whether it lives: the health check of an image that has neither shell nor curl.</summary>
internal static class HealthProbe
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);

    /// <returns>0 where the server at this address lives, otherwise 1.</returns>
    public static async Task<int> AskAsync(string address, TextWriter errors)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https"))
        {
            errors.WriteLine($"remanso: --health must be an address such as http://localhost:8000, but is {ShownAddress.Of(address)}");
            return 1;
        }

        // The environment's proxy is for what lies elsewhere.
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var client = new HttpClient(handler) { Timeout = _patience };
        try
        {
            using var answer = await client.GetAsync(new Uri(server, "/health/live"));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            errors.WriteLine($"remanso: {server} does not answer: {Causes.Of(exception)}");
            return 1;
        }
    }
}
