namespace Remanso.Torture.Tests.Deployments;

/// <summary>Looks now and then for how long the oldest dirty entry has been waiting, and keeps the longest.</summary>
internal sealed class LagProbe : IAsyncDisposable
{
    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(250);

    private readonly HttpClient _client;
    private readonly PeriodicTimer _timer = new(_lookEvery, TimeProvider.System);
    private readonly Task _looking;

    public LagProbe(HttpClient client)
    {
        _client = client;
        _looking = LookAsync();
    }

    public TimeSpan Longest { get; private set; }

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _looking;
    }

    private async Task LookAsync()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            try
            {
                var lag = (await Statistics.ReadAsync(_client)).Lag;
                Longest = lag > Longest ? lag : Longest;
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                // The tier is down; the lag of that time is seen afterwards.
            }
        }
    }
}
