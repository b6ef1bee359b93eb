namespace Remanso.Server.Tests.Hosting;

/// <summary>What a start says to wrong tiers, stores, journals and roles.</summary>
public sealed class ConnectionSettingsStartTests
{
    [Theory]
    [InlineData("--ConnectionStrings:Sore=x", "ConnectionStrings:Sore is not a known setting")]
    [InlineData("--role=boss", "Remanso:Role must be all, api or worker, but is boss")]
    [InlineData("--role=api", "Remanso:Role api needs a tier that workers can reach")]
    [InlineData("--role=worker", "Remanso:Role worker needs the tier of those that serve")]
    [InlineData("--tier=redis+unix://:secret@run/redis.sock", "ConnectionStrings:Tier: The Redis address has no whole path")]
    [InlineData("--tier=redis+unix:///run/redis.sock?name=x", "ConnectionStrings:Tier: The query of a Redis address with a Unix socket")]
    [InlineData("--tier=disk", "ConnectionStrings:Tier must begin with memory:, redis://, rediss://, redis+sentinel:// or redis+unix://")]
    [InlineData("--tier=redis://:secret@localhost:99999", "ConnectionStrings:Tier: The port behind the host localhost")]
    [InlineData(
        "--tier=redis://:secret@localhost/first",
        "ConnectionStrings:Tier: The database behind the / of the Redis address is not a number"
    )]
    [InlineData("--tier=rediss://secret@localhost", "ConnectionStrings:Tier: The Redis address names a user without a password")]
    [InlineData(
        "--tier=valkey://:secret@h",
        "ConnectionStrings:Tier must begin with memory:, redis://, rediss://, redis+sentinel:// or redis+unix://, but is …@h"
    )]
    [InlineData(
        "--Remanso:Redis:PasswordFile=/nowhere",
        "Remanso:Redis:PasswordFile is set, but ConnectionStrings:Tier does not choose Redis"
    )]
    [InlineData("--Remanso:Redis:Pasword=secret", "Remanso:Redis:Pasword is not a known setting; there are User, UserFile, PasswordFile")]
    [InlineData(
        "--Remanso:Redis:PasswordFile=/nowhere",
        "Remanso:Redis:PasswordFile: The Redis setting PasswordFile names /nowhere, which can't be read",
        "--tier=redis://localhost"
    )]
    [InlineData(
        "--Remanso:Redis:PasswordFile=/nowhere",
        "Remanso:Redis:PasswordFile: The Redis setting PasswordFile stands beside a password",
        "--tier=redis://:secret@localhost"
    )]
    [InlineData(
        "--Remanso:Redis:User=app",
        "Remanso:Redis:User is set, and ConnectionStrings:Tier names a user; set one of them",
        "--tier=redis://u:secret@localhost"
    )]
    [InlineData(
        "--Remanso:Redis:User=app",
        "Remanso:Redis:User: The Redis setting User is given without a password",
        "--tier=redis://localhost"
    )]
    [InlineData(
        "--Remanso:Redis:ClientKeyFile=/nowhere",
        "Remanso:Redis has a setting of TLS, which needs rediss:// in ConnectionStrings:Tier",
        "--tier=redis://localhost"
    )]
    [InlineData(
        "--Remanso:Redis:SentinelPasswordFile=/nowhere",
        "Remanso:Redis has a setting of sentinels, which needs redis+sentinel:// in ConnectionStrings:Tier",
        "--tier=redis://localhost"
    )]
    [InlineData(
        "--Remanso:Redis:SentinelPasswordFile=/nowhere",
        "Remanso:Redis:SentinelPasswordFile: The Redis setting SentinelPasswordFile names /nowhere, which can't be read",
        "--tier=redis+sentinel://localhost/pool"
    )]
    [InlineData(
        "--Remanso:Redis:SentinelUser=app",
        "Remanso:Redis:SentinelUser: The Redis setting SentinelUser of the sentinels is given without a password",
        "--tier=redis+sentinel://localhost/pool"
    )]
    [InlineData(
        "--Remanso:Redis:CertificateAuthorityFile=/nowhere",
        "Remanso:Redis:CertificateAuthorityFile: The Redis setting CertificateAuthorityFile names /nowhere, which can't be read",
        "--tier=rediss://localhost"
    )]
    [InlineData(
        "--Remanso:Store:PasswordFile=/nowhere",
        "Remanso:Store:PasswordFile is set, but ConnectionStrings:Store is a file of SQLite"
    )]
    [InlineData(
        "--Remanso:Store:PasswordFile=/nowhere",
        "Remanso:Store:PasswordFile: The password file /nowhere can't be read",
        "--store=postgres://u@h/db"
    )]
    [InlineData(
        "--Remanso:Store:PasswordFile=/dev/null",
        "Remanso:Store:PasswordFile: The password file /dev/null has not one line",
        "--store=postgres://u@h/db"
    )]
    [InlineData("--store=oracle://u:secret@h", "ConnectionStrings:Store must begin with sqlite:, postgres:// or mysql://, but is")]
    [InlineData("--Remanso:MySql:Drive=x", "Remanso:MySql:Drive is not a known setting; there is Driver")]
    [InlineData("--store=sqlite:", "ConnectionStrings:Store")]
    [InlineData("--Remanso:ListenForChanges=often", "Remanso:ListenForChanges must be true or false, but is often")]
    [InlineData("--Remanso:ListenForChanges=true", "Remanso:ListenForChanges needs a store that tells of changes: postgres://")]
    [InlineData("--journal=postgres://u:secret@h", "ConnectionStrings:Journal must begin with sqlite:, but is …@h")]
    [InlineData("--journal=sqlite::memory:", "ConnectionStrings:Journal: The journal needs a file")]
    [InlineData("--journal=sqlite:/", "ConnectionStrings:Journal: The journal / is a directory")]
    [InlineData(
        "--journal=sqlite:/proc/remanso/journal.db",
        "ConnectionStrings:Journal: The journal /proc/remanso/journal.db can't be written"
    )]
    [InlineData("--journal=sqlite:data/remanso.db", "ConnectionStrings:Journal: The journal sqlite:")]
    [InlineData(
        "--store=Host=db;Username=u;Password=secret",
        "ConnectionStrings:Store must begin with sqlite:, postgres:// or mysql://, but is one of another form"
    )]
    [InlineData(
        "--store=Server=db;User ID=u;Pwd=secret@home",
        "ConnectionStrings:Store must begin with sqlite:, postgres:// or mysql://, but is one of another form"
    )]
    [InlineData("--store=sqlite:Data Source=x.db;Password=secret;Colour=red", "ConnectionStrings:Store")]
    [InlineData("--store=postgres:Host=db;Password=secret;Colour=red", "ConnectionStrings:Store")]
    [InlineData("--store=postgres://u@h/db?password=secret&colour=red", "ConnectionStrings:Store")]
    [InlineData(
        "--store=oracle://u@h?password=secret",
        "ConnectionStrings:Store must begin with sqlite:, postgres:// or mysql://, but is …@h"
    )]
    [InlineData(
        "--tier=cache:6379,password=secret",
        "ConnectionStrings:Tier must begin with memory:, redis://, rediss://, redis+sentinel:// or redis+unix://, "
            + "but is one of another form"
    )]
    [InlineData("--tier=redis://cache:6379,password=secret", "ConnectionStrings:Tier: The Redis address has name=value pairs")]
    [InlineData("--tier=redis://cache:6379,password=secret:1", "ConnectionStrings:Tier: The Redis address has name=value pairs")]
    [InlineData(
        "--journal=Data Source=j.db;Password=secret",
        "ConnectionStrings:Journal must begin with sqlite:, but is one of another form"
    )]
    [InlineData(
        "Host=db;Password=secret",
        "an argument of another form (it is not shown here, for it may hold a password) is not a switch"
    )]
    public Task A_wrong_setting_stops_the_start_with_one_line_that_names_it(string argument, string expected, params string[] others) =>
        WrongStart.IsToldAsync(argument, expected, others);

    [Fact]
    [Trait("needs", "managed")]
    public Task Without_a_MySQL_driver_the_start_stops_and_says_which_are_looked_for() =>
        WrongStart.IsToldAsync(
            "--store=mysql://u:secret@h/db",
            "Remanso:MySql:Driver: There is no MySQL driver: put MySqlConnector.dll (of the package MySqlConnector) or MySql.Data.dll"
        );
}
