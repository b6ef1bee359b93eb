using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Remanso.Torture.Tests.Deployments;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Load;

/// <summary>Writers that count, and that write on conditions, each its own keys: what was told to be stored must be
/// under everything that comes later, by value and by version, in every answer and in the database.</summary>
/// <remarks>Accepted increments may be lost where the tier loses its tail. So a sum may fall, but never to what was
/// stored, and no condition on a version from before a stored one is ever met.</remarks>
internal sealed class MergeLoad(HttpClient client, Database database)
{
    private const int Writers = 6;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    private readonly Milestones _milestones = new();
    private readonly Held[] _counters = [.. Enumerable.Range(0, Writers).Select(static writer => new Held($"count-{writer}"))];
    private readonly Held[] _texts = [.. Enumerable.Range(0, Writers).Select(static writer => new Held($"text-{writer}"))];
    private volatile bool _isOver;
    private int _refusals;

    /// <summary>How many writes were told to be stored.</summary>
    public long Stored => _milestones.Count;

    /// <summary>How often the API refused or failed.</summary>
    public int Refusals => Volatile.Read(ref _refusals);

    /// <summary>Writes while all of this is done, one after the other, with stored writes before, between and behind;
    /// then looks at every key.</summary>
    public async Task RunAsync(params IReadOnlyList<Func<Task>> disturbances)
    {
        var writers = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer))));
        await Task.WhenAny(DisturbAsync(disturbances), writers).Unwrap();
        _isOver = true;
        await writers.WaitAsync(Scale.Patience, TimeProvider.System);
        await Patient.UntilAsync(
            async () =>
            {
                using var flushed = await client.PostAsync("/v1/caches/default/flush", content: null);
                return flushed.IsSuccessStatusCode;
            },
            "everything is flushed"
        );
        var rows = await database.ReadAsync();
        foreach (var held in _counters.Concat(_texts))
        {
            var (version, value) = await ReadAsync(held.Key);
            Assert.Equal((version, value), rows[held.Key]);
            held.Check(version, value);
        }

        Assert.Equal(0, await database.CountRegressionsAsync());
    }

    /// <summary>Waits until so many more writes were stored.</summary>
    public Task StoredMoreAsync(int count) =>
        _milestones.ReachedAsync(_milestones.Count + count).WaitAsync(Scale.Patience, TimeProvider.System);

    /// <summary>Adds to each counter without waiting for the store, which may be away.</summary>
    public async Task AcceptAsync()
    {
        foreach (var held in _counters)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1), TimeProvider.System);
            try
            {
                using var response = await client.PostAsJsonAsync(
                    $"{PathOf(held.Key)}/increment?durability=accepted",
                    new { by = 1 },
                    patience.Token
                );
            }
            catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException)
            {
                // Its row has to be loaded first.
            }
        }
    }

    private async Task DisturbAsync(IReadOnlyList<Func<Task>> disturbances)
    {
        await StoredMoreAsync(Writers);
        foreach (var disturb in disturbances)
        {
            await disturb();
            await StoredMoreAsync(Scale.IsFull ? 500 : 2 * Writers);
        }
    }

    private async Task WriteAsync(int writer)
    {
        var (counter, text) = (_counters[writer], _texts[writer]);
        for (var i = 0; !_isOver; i++)
        {
            try
            {
                await (
                    i % 4 == 0 ? CountAsync(counter, "accepted")
                    : i % 4 == 1 ? CountAsync(counter, "stored")
                    : i % 4 == 2 ? ReplaceAsync(text, i)
                    : IntrudeAsync(text)
                );
            }
            catch (HttpRequestException)
            {
                await RefusedAsync();
            }
        }
    }

    private async Task CountAsync(Held held, string durability)
    {
        using var response = await client.PostAsJsonAsync($"{PathOf(held.Key)}/increment?durability={durability}", new { by = 1 });
        if (!await IsDoneAsync(response))
        {
            return;
        }

        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var (version, value) = (answer.RootElement.GetProperty("version").GetInt64(), answer.RootElement.GetProperty("value").GetInt64());
        Assert.True(
            version > held.Version && value > held.Sum,
            $"{held.Key} was stored as {held.Sum} in version {held.Version}, and an increment gave {value} in version {version}."
        );
        if (durability == "stored")
        {
            await StoredAsync(held, version, value.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Writes over what it reads, if nobody else did.</summary>
    private async Task ReplaceAsync(Held held, int number)
    {
        var (version, value) = await ReadAsync(held.Key);
        held.Check(version, value);
        using var response = await PutAsync(held.Key, $"{number:D9}", version);
        if (response.StatusCode != HttpStatusCode.PreconditionFailed && await IsDoneAsync(response))
        {
            await StoredAsync(held, VersionOf(response), $"{number:D9}");
        }
    }

    /// <summary>Writes over a version that was replaced by a stored one, which must fail.</summary>
    private async Task IntrudeAsync(Held held)
    {
        if (held.Before == 0)
        {
            return;
        }

        using var response = await PutAsync(held.Key, "intruder", held.Before);
        Assert.False(
            response.IsSuccessStatusCode,
            $"{held.Key} was stored in version {held.Version}, and a condition on version {held.Before} was met."
        );
        if (response.StatusCode != HttpStatusCode.PreconditionFailed)
        {
            await IsDoneAsync(response);
        }
    }

    /// <summary>What was told to be stored is looked for at once, each time for some: a look costs a connection.</summary>
    private async Task StoredAsync(Held held, long version, string value)
    {
        if (_milestones.Count % 4 == 0)
        {
            var row = (await database.ReadAsync()).GetValueOrDefault(held.Key);
            Assert.True(row.Version >= version, $"{held.Key}: version {version} was stored, and the database has {row.Version}.");
            Assert.True(
                row.Version > version || row.Value == value,
                $"{held.Key}: {value} was stored in version {version}, and the database has {row.Value}."
            );
        }

        held.Stored(version, value);
        _milestones.Add(1);
    }

    private async Task<(long Version, string Value)> ReadAsync(string key)
    {
        using var response = await client.GetAsync(PathOf(key));
        return response.StatusCode == HttpStatusCode.NotFound
            ? (0, string.Empty)
            : (VersionOf(response.EnsureSuccessStatusCode()), await response.Content.ReadAsStringAsync());
    }

    private async Task<HttpResponseMessage> PutAsync(string key, string value, long version)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{PathOf(key)}?durability=stored")
        {
            Content = new StringContent(value),
        };
        request.Headers.Add(version == 0 ? "If-None-Match" : "If-Match", version == 0 ? "*" : $"\"{version}\"");
        return await client.SendAsync(request);
    }

    private async Task<bool> IsDoneAsync(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode)
        {
            return true;
        }

        Assert.True(
            response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout,
            $"A write was answered with {response.StatusCode}: {await response.Content.ReadAsStringAsync()}"
        );
        await RefusedAsync();
        return false;
    }

    private async Task RefusedAsync()
    {
        Interlocked.Increment(ref _refusals);
        await Task.Delay(_pause, TimeProvider.System);
    }

    private static string PathOf(string key) => $"/v1/caches/default/entries/{key}";

    private static long VersionOf(HttpResponseMessage response) =>
        long.Parse(response.Headers.ETag!.Tag.Trim('"'), CultureInfo.InvariantCulture);

    /// <summary>What was told to be stored of a key last.</summary>
    private sealed class Held(string key)
    {
        private string _value = string.Empty;

        public string Key => key;

        public long Version { get; private set; }

        /// <summary>The version that was stored before that.</summary>
        public long Before { get; private set; }

        public long Sum => _value.Length == 0 ? 0 : long.Parse(_value, CultureInfo.InvariantCulture);

        public void Stored(long version, string value) => (Before, Version, _value) = (Version, version, value);

        public void Check(long version, string value)
        {
            Assert.True(version >= Version, $"{key} was stored in version {Version}, and a read gave version {version}.");
            Assert.True(
                version > Version || value == _value,
                $"{key} was stored as {_value} in version {Version}, and a read gave {value}."
            );
        }
    }
}
