using Remanso.Fuzz.Engine;

namespace Remanso.Fuzz.Targets;

/// <summary>The address of a Redis, checked as the tier checks it.</summary>
internal static class RedisAddressTarget
{
    public static FuzzTarget Target { get; } =
        new("redis-address", Run)
        {
            Words =
            [
                "redis://",
                "rediss://",
                "redis+sentinel://",
                "/pool",
                "&sentinelPassword=hunter2",
                "addresses=contact",
                "user:hunter2@",
                "localhost",
                ":6379",
                "/0",
                "?prefix=",
                "%2F",
                "%",
                "[::1]",
                ",",
                "@",
                "#",
                "password=",
            ],
            MostBytes = 512,
        };

    private static void Run(byte[] input) => Addresses.Check(input, static text =>
        {
            var options = RedisOptions.Parse(text);
            try
            {
                options.Validate();
            }
            catch (ArgumentException)
            {
                // Names the setting.
            }

            return options.ToString();
        });
}
