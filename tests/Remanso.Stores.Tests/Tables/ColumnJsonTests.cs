using System.Text;
using System.Text.Json;
using Remanso.Sql.Tables;
using Xunit;

namespace Remanso.Stores.Tests.Tables;

/// <summary>Values of columns as others write them in JSON.</summary>
public sealed class ColumnJsonTests
{
    private static readonly DateTime _noon = new(2026, 5, 1, 12, 0, 0, DateTimeKind.Utc);

    [Theory]
    [InlineData("2026-05-01T12:00:00Z", 0)]
    [InlineData("2026-05-01T12:00:00.000Z", 0)]
    [InlineData("2026-05-01T12:00:00.25Z", 250)]
    [InlineData("2026-05-01T12:00:00.2500000Z", 250)]
    public void Times_need_no_seven_digits(string text, int milliseconds)
    {
        var at = _noon.AddMilliseconds(milliseconds);

        Assert.Equal(at, Read(text, ColumnKind.Timestamp));
        Assert.Equal(DateTimeKind.Utc, ((DateTime)Read(text, ColumnKind.Timestamp)!).Kind);
        Assert.Equal(new DateTimeOffset(at), Read(text, ColumnKind.Moment));
    }

    [Fact]
    public void A_moment_keeps_its_offset_and_a_time_without_one_is_of_no_zone()
    {
        Assert.Equal(
            new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.FromHours(-3)),
            Assert.IsType<DateTimeOffset>(Read("2026-05-01T12:00:00-03:00", ColumnKind.Moment))
        );
        Assert.Equal(DateTimeKind.Unspecified, Assert.IsType<DateTime>(Read("2026-05-01T12:00:00", ColumnKind.Timestamp)).Kind);
    }

    [Theory]
    [InlineData("12:30", "12:30:00.0000000")]
    [InlineData("12:30:05", "12:30:05.0000000")]
    [InlineData("12:30:05.5", "12:30:05.5000000")]
    [InlineData("12:30:05.1234567", "12:30:05.1234567")]
    public void A_time_of_day_may_leave_out_what_is_zero(string text, string whole) =>
        Assert.Equal(TimeOnly.ParseExact(whole, "O", null), Read(text, ColumnKind.Time));

    [Theory]
    [InlineData("1 May 2026", nameof(ColumnKind.Timestamp))]
    [InlineData("05/01/2026 12:00", nameof(ColumnKind.Moment))]
    [InlineData("noon", nameof(ColumnKind.Time))]
    public void What_is_no_time_is_refused(string text, string kind) =>
        Assert.Throws<FormatException>(() => Read(text, Enum.Parse<ColumnKind>(kind)));

    private static object? Read(string text, ColumnKind kind)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(text)));
        reader.Read();
        return ColumnJson.Read(ref reader, kind);
    }
}
