using System.Net.Sockets;
using Remanso.Load.Http;
using Remanso.Load.Reporting;

namespace Remanso.Load.Driving;

/// <summary>One connection and what it asks for.</summary>
internal sealed class Worker : IDisposable
{
    private readonly HttpConnection _connection;
    private readonly RequestTemplate _get;
    private readonly RequestTemplate _set;
    private readonly KeySequence _keys;
    private readonly double _readRatio;
    private readonly Turn _turn = new();
    private int _position;
    private double _reads;

    public Worker(LoadOptions options, KeySequence keys, int number)
    {
        _connection = new HttpConnection(options.Url);
        _get = RequestTemplate.Get(options.Url, options.EffectiveGetPath, options.Key);
        _set = RequestTemplate.Set(options.Url, options.SetPath, options.ValueBytes, options.Key);
        _keys = keys;
        _position = keys.Start(number, options.Connections);
        _readRatio = options.Operation switch
        {
            Operation.Get => 1,
            Operation.Set => 0,
            _ => options.ReadRatio,
        };

        // Each at another point between two writes, or all connections would write at the same moment.
        _reads = (double)number / options.Connections;
    }

    public Task ConnectAsync() => _connection.ConnectAsync();

    /// <summary>Writes a key once.</summary>
    /// <exception cref="InvalidDataException">The server refused it.</exception>
    public async ValueTask WriteAsync(int key)
    {
        var response = await _connection.ExchangeAsync(_set.For(key));
        if (!response.IsSuccess)
        {
            throw new InvalidDataException($"The server answered a write with {response.Status}.");
        }
    }

    /// <summary>Sends at the given pace until it is over.</summary>
    public async Task RunAsync(IPace pace, Tally tally)
    {
        while (await pace.NextAsync(_turn) is var due && due != IPace.Over)
        {
            var key = _keys.Next(ref _position);
            var isRead = IsRead();
            try
            {
                var response = await _connection.ExchangeAsync((isRead ? _get : _set).For(key));
                var now = Clock.Now;
                tally.Answered(response, !isRead, now - due, now <= pace.End);
            }
            catch (Exception exception) when (exception is SocketException or InvalidDataException)
            {
                tally.Broke(exception);
                await _connection.ConnectAsync();
            }
        }
    }

    public void Dispose() => _connection.Dispose();

    // Spread evenly instead of drawn: exact, and cheaper than a random number.
    private bool IsRead()
    {
        _reads += _readRatio;
        if (_reads < 1)
        {
            return false;
        }

        _reads--;
        return true;
    }
}
