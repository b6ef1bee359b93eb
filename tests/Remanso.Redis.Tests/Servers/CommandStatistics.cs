using System.Globalization;
using System.Text.RegularExpressions;

namespace Remanso.Redis.Tests.Servers;

/// <summary>What a server counts of its commands.</summary>
internal static class CommandStatistics
{
    /// <summary>How often each of the commands ran since the server started.</summary>
    public static async Task<int[]> CallsAsync(this RedisProcess server, params string[] commands)
    {
        var statistics = await server.CliAsync("INFO", "commandstats");
        return Array.ConvertAll(commands, command => CallsIn(statistics, command));
    }

    /// <summary>Waits until whoever watches the server has looked at it anew (<c>INFO</c>).</summary>
    public static async Task LookedAtAsync(this RedisProcess server)
    {
        // The first look that ends may have begun before.
        const int Looks = 2;
        var before = (await server.CallsAsync("info"))[0];
        var asked = 0;
        await Until.TrueAsync(
            async () =>
            {
                // What asks here is counted, too.
                asked++;
                return (await server.CallsAsync("info"))[0] - before - asked >= Looks;
            },
            "the server has been looked at"
        );
    }

    /// <summary>How often it ran, in what <c>INFO commandstats</c> says.</summary>
    public static int CallsIn(string statistics, string command)
    {
        var line = Regex.Match(statistics, $"cmdstat_{command}:calls=(\\d+)", RegexOptions.None, TimeSpan.FromSeconds(5));
        return line.Success ? int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }
}
