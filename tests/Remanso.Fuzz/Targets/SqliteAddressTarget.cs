using Remanso.Fuzz.Engine;
using Remanso.Sqlite;

namespace Remanso.Fuzz.Targets;

/// <summary>The address of a SQLite file.</summary>
internal static class SqliteAddressTarget
{
    public static FuzzTarget Target { get; } =
        new("sqlite-address", Run)
        {
            Words =
            [
                "sqlite:",
                "//",
                "data/remanso.db",
                ":memory:",
                "Data Source=",
                ";Mode=",
                "Memory",
                ";Default Timeout=",
                "99999999999",
                ";Cache=Shared",
                ";Foreign Keys=",
                ";Pooling=",
                ";Password=",
                "\0",
                "..",
                "~",
                ";",
                "=",
                "\"",
            ],
            MostBytes = 512,
        };

    private static void Run(byte[] input) => Addresses.Check(input, static text =>
        {
            var address = SqliteAddress.Parse(text);
            _ = address.ToConnectionString();
            return address.ToString();
        });
}
