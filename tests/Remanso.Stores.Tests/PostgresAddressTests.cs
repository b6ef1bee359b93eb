using Npgsql;
using Remanso.Postgres;
using Xunit;

namespace Remanso.Stores.Tests;

public sealed class PostgresAddressTests
{
    [Fact]
    public void A_url_is_decoded_part_by_part()
    {
        var settings = Read(
            "postgresql://us%40er:p%2Fa%3Ass%25@db.example:6432/my%20db?sslmode=verify-full&application_name=app&Maximum%20Pool%20Size=7"
        );

        Assert.Equal("db.example", settings.Host);
        Assert.Equal(6432, settings.Port);
        Assert.Equal("us@er", settings.Username);
        Assert.Equal("p/a:ss%", settings.Password);
        Assert.Equal("my db", settings.Database);
        Assert.Equal(SslMode.VerifyFull, settings.SslMode);
        Assert.Equal("app", settings.ApplicationName);
        Assert.Equal(7, settings.MaxPoolSize);
    }

    [Fact]
    public void A_url_may_leave_out_what_has_a_default()
    {
        var settings = Read("postgres://localhost");

        Assert.Equal("localhost", settings.Host);
        Assert.Equal(5432, settings.Port);
        Assert.Equal("Remanso", settings.ApplicationName);
        Assert.Null(settings.Username);
    }

    [Theory]
    [InlineData("postgres://u:p@[::1]:6432/db", "::1", 6432)]
    [InlineData("postgres://u:p@[::1]/db", "::1", 5432)]
    [InlineData("postgres://u:p@%2Fvar%2Frun%2Fpostgresql/db", "/var/run/postgresql", 5432)]
    [InlineData("postgres://u:p@a:1,b:2/db", "a:1,b:2", 5432)]
    [InlineData("postgres://u:p@[::1]:1,[::2]:2/db", "[::1]:1,[::2]:2", 5432)]
    [InlineData("postgres://u:p@ss@host/db", "host", 5432)]
    [InlineData("Host=here;Port=6432;Username=u;Password=p", "here", 6432)]
    public void Hosts_come_in_many_forms(string text, string host, int port)
    {
        var settings = Read(text);

        Assert.Equal(host, settings.Host);
        Assert.Equal(port, settings.Port);
    }

    [Theory]
    [InlineData("postgres://u:sesame@host:port/db")]
    [InlineData("postgres://u:sesame@host:99999/db")]
    [InlineData("postgres://u:sesame@/db")]
    [InlineData("postgres://u:ses/ame@host/db")]
    [InlineData("postgres://u:ses?ame@host/db")]
    [InlineData("postgres://u:sesame@host/db?sslmode=sometimes")]
    [InlineData("postgres://u:sesame@host/db?nonsense=1")]
    [InlineData("Host=h;Password=sesame;Nonsense=1")]
    [InlineData("Host=h;Password=sesame;Port=sesame")]
    [InlineData("sesame")]
    [InlineData("")]
    public void What_cannot_be_read_is_refused_without_repeating_the_password(string text)
    {
        var exception = Assert.Throws<FormatException>(() => PostgresAddress.Parse(text));

        Assert.DoesNotContain("sesame", exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("ame@host", exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("postgres://u:sesame@host:6432/db", "postgres://host:6432/db")]
    [InlineData("postgres://u:sesame@a:1,b:2/db", "postgres://a:1,b:2/db")]
    public void For_people_the_address_has_no_password(string text, string description) =>
        Assert.Equal(description, PostgresAddress.Parse(text).ToString());

    private static NpgsqlConnectionStringBuilder Read(string text) => new(PostgresAddress.Parse(text).ConnectionString);
}
