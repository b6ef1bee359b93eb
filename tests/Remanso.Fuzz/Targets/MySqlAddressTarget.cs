using Remanso.Fuzz.Engine;
using Remanso.MySql;

namespace Remanso.Fuzz.Targets;

/// <summary>The address of a MySQL or MariaDB.</summary>
internal static class MySqlAddressTarget
{
    public static FuzzTarget Target { get; } =
        new("mysql-address", Run)
        {
            Words =
            [
                "mysql://",
                "mariadb://",
                "mysql:",
                "user:hunter2@",
                "localhost",
                ":3306",
                "/db",
                "?ssl-mode=",
                "VerifyFull",
                "%2F",
                "%",
                "[::1]",
                ",",
                "@",
                "Server=",
                ";Password=",
                "Port=",
                "Data Source=",
                "Host=\"",
                "''",
                "\0",
            ],
            MostBytes = 512,
        };

    private static void Run(byte[] input) => Addresses.Check(input, static text =>
        {
            var address = MySqlAddress.Parse(text);
            _ = (address.Settings, address.RemoteHosts, address.IsEncrypted);
            return address.ToString();
        });
}
