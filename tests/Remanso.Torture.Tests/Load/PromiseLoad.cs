using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Remanso.Torture.Tests.Deployments;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Load;

/// <summary>Writers that ask for every durability in turn, for one round: until the first call of each that fails.
/// What was stored is looked for in the database at once.</summary>
internal sealed class PromiseLoad(HttpClient client, Database database)
{
    private const int Writers = 8;
    private const int KeysEach = 40;

    private readonly Milestones _milestones = new();
    private volatile bool _isOver;

    /// <summary>Every key that is ever written.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [.. Enumerable.Range(0, Writers).SelectMany(static writer => Enumerable.Range(0, KeysEach).Select(key => NameOf(writer, key)))];

    /// <summary>Writes until what the writers need is killed in their midst.</summary>
    /// <param name="enough">After how many promises.</param>
    /// <param name="kill">Kills it.</param>
    /// <param name="startAgain">Starts it again, while the last calls still wait for it.</param>
    /// <returns>The promises, and when it was killed.</returns>
    public async Task<(IReadOnlyCollection<Promise> Promises, long Killed)> RunAsync(int enough, Action kill, Func<Task> startAgain)
    {
        _isOver = false;
        var promises = new ConcurrentBag<Promise>();
        var reached = _milestones.ReachedAsync(_milestones.Count + enough);
        var writers = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer, promises))));
        await await Task.WhenAny(reached, writers).WaitAsync(Scale.Patience, TimeProvider.System);
        Assert.True(reached.IsCompleted, "The writers ended by themselves.");
        var killed = TimeProvider.System.GetTimestamp();
        kill();
        _isOver = true;
        await startAgain();
        await writers.WaitAsync(Scale.Patience, TimeProvider.System);
        return (promises, killed);
    }

    /// <summary>The version that a reader gets of a key; 0 where it is absent.</summary>
    public async Task<long> ReadAsync(string key)
    {
        using var response = await client.GetAsync(PathOf(key));
        return response.StatusCode == HttpStatusCode.NotFound ? 0 : VersionOf(response.EnsureSuccessStatusCode());
    }

    private async Task WriteAsync(int writer, ConcurrentBag<Promise> promises)
    {
        for (var i = 0; !_isOver; i++)
        {
            var key = NameOf(writer, i % KeysEach);
            var level = (i % 10) switch
            {
                0 => Durability.Stored,
                < 5 => Durability.Logged,
                _ => Durability.Accepted,
            };
            Promise promise;
            try
            {
                using var body = new StringContent($"value {i}");
                using var response = await client.PutAsync($"{PathOf(key)}?durability={level.ToString().ToLowerInvariant()}", body);
                if (!response.IsSuccessStatusCode)
                {
                    Assert.True(
                        response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout,
                        $"A write was answered with {response.StatusCode}."
                    );
                    return;
                }

                promise = new Promise(key, VersionOf(response), level, TimeProvider.System.GetTimestamp());
            }
            catch (HttpRequestException)
            {
                return;
            }

            if (level == Durability.Stored)
            {
                var stored = await database.VersionOfAsync(key);
                Assert.True(stored >= promise.Version, $"{key}: version {promise.Version} was stored, and the database has {stored}.");
            }

            promises.Add(promise);
            _milestones.Add(1);
        }
    }

    private static string NameOf(int writer, int key) => $"w{writer}-{key}";

    private static string PathOf(string key) => $"/v1/caches/default/entries/{key}";

    private static long VersionOf(HttpResponseMessage response) =>
        long.Parse(response.Headers.ETag!.Tag.Trim('"'), CultureInfo.InvariantCulture);
}
