using Remanso.Fuzz.Engine;
using Remanso.Postgres;

namespace Remanso.Fuzz.Targets;

/// <summary>The address of a PostgreSQL.</summary>
internal static class PostgresAddressTarget
{
    public static FuzzTarget Target { get; } =
        new("postgres-address", Run)
        {
            Words =
            [
                "postgres://",
                "postgresql://",
                "user:hunter2@",
                "localhost",
                ":5432",
                "/db",
                "?sslmode=",
                "verify-full",
                "&prepare=false",
                "connect_timeout=",
                "99999999999",
                "%2F",
                "%",
                "[::1]",
                ",",
                "@",
                "Host=",
                ";Password=",
                "Port=",
                "Timeout=",
                "Keepalive=",
                "\0",
            ],
            MostBytes = 512,
        };

    private static void Run(byte[] input) => Addresses.Check(input, static text =>
        {
            var address = PostgresAddress.Parse(text);
            _ = (address.ConnectionString, address.RemoteHosts, address.IsEncrypted);
            return address.ToString();
        });
}
