using System.Text.Json;
using System.Text.Json.Serialization;
using Remanso.Entries;
using Xunit;

namespace Remanso.Tests.Entries;

/// <summary>Patches that would leave a member that its type can't hold.</summary>
public sealed class PatchCheckTests
{
    private static readonly JsonSerializerOptions _exact = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public enum Rank
    {
        Low,
        High,
    }

    [Theory]
    [InlineData("""{"level":"high"}""", "$.level")]
    [InlineData("""{"level":{"a":1}}""", "$.level")]
    [InlineData("""{"level":1.5}""", "$.level")]
    [InlineData("""{"at":"soon"}""", "$.at")]
    [InlineData("""{"rank":"High"}""", "$.rank")]
    [InlineData("""{"tags":"one"}""", "$.tags")]
    [InlineData("""{"tags":{"0":"one"}}""", "$.tags")]
    [InlineData("""{"tags":[1]}""", "$.tags")]
    [InlineData("""{"inner":{"level":[]}}""", "$.inner.level")]
    [InlineData("""{"inner":7}""", "$.inner")]
    [InlineData("""{"counts":{"a":"many"}}""", "$.counts.a")]
    [InlineData("""{"name":null}""", "$.name")]
    [InlineData("""{"maybe":"x"}""", "$.maybe")]
    public void A_member_that_could_not_be_read_is_named(string patch, string path) =>
        Assert.Contains(path, Problem<Item>(patch), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"Level":12}""", "$.Level is kept as level")]
    [InlineData("""{"level":1,"Level":12}""", "$.Level is kept as level")]
    [InlineData("""{"TAGS":null}""", "$.TAGS is kept as tags")]
    [InlineData("""{"inner":{"inner":{"At":"2026-01-01T00:00:00Z"}}}""", "$.inner.inner.At is kept as at")]
    [InlineData("""{"\u004cevel":12}""", "$.Level is kept as level")]
    [InlineData("""{"Computed":12}""", "$.Computed is kept as computed")]
    public void A_name_that_differs_from_a_members_in_case_alone_is_refused_with_the_members(string patch, string part)
    {
        Assert.Contains(part, Problem<Item>(patch), StringComparison.Ordinal);
        Assert.Contains(part, Problem<Item>(patch, _exact), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_differs_in_case_from_a_derived_types_member_is_refused() =>
        Assert.Contains("$.Radius is kept as radius", Problem<Shape>("""{"$type":"circle","Radius":2}"""));

    [Fact]
    public void Extension_data_has_names_of_their_own_where_readers_tell_them_apart()
    {
        Assert.Null(Problem<Open>("""{"Level":12}""", _exact));
        Assert.Contains("$.Level is kept as level", Problem<Open>("""{"Level":12}"""));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"counts":{"A":1,"a":2}}""")]
    [InlineData(
        """{"level":5,"name":"a","at":"2026-01-01T00:00:00Z","rank":1,"tags":["x"],"inner":{"inner":{"level":1}},"counts":{"a":1,"b":null}}"""
    )]
    [InlineData("""{"level":"5"}""")]
    [InlineData("""{"level":null,"tags":null,"inner":null,"maybe":null}""")]
    [InlineData("""{"maybe":3}""")]
    [InlineData("""{"unknown":{"whatever":[1]}}""")]
    [InlineData("""{"computed":"anything"}""")]
    [InlineData("""{"level":"high","level":1}""")]
    [InlineData("""{"loose":{"a":[1]},"odd":{"part":1}}""")]
    public void What_could_be_read_is_let_through(string patch) => Assert.Null(Problem<Item>(patch));

    [Fact]
    public void A_member_that_the_type_has_not_is_named_where_the_options_want_all_known() =>
        Assert.Contains(
            "$.unknown",
            PatchCheck.Problem(
                JsonDocument.Parse("""{"unknown":1}""").RootElement,
                typeof(Item),
                new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow }
            )
        );

    [Fact]
    public void Members_of_derived_types_are_trusted() => Assert.Null(Problem<Shape>("""{"$type":"circle","radius":"2"}"""));

    private static string? Problem<TValue>(string patch, JsonSerializerOptions? options = null) =>
        PatchCheck.Problem(JsonDocument.Parse(patch).RootElement, typeof(TValue), options ?? new(JsonSerializerDefaults.Web));

    public sealed record Item
    {
        public required string Name { get; init; }

        public int Level { get; init; }

        public int? Maybe { get; init; }

        public DateTimeOffset At { get; init; }

        public Rank Rank { get; init; }

        public string[] Tags { get; init; } = [];

        public Item? Inner { get; init; }

        public Dictionary<string, int> Counts { get; init; } = [];

        public JsonElement Loose { get; init; }

        public Odd Odd { get; init; } = new();

        public int Computed => Level + 1;
    }

    public sealed record Open
    {
        public int Level { get; init; }

        [JsonExtensionData]
        public Dictionary<string, JsonElement>? Rest { get; init; }
    }

    [JsonConverter(typeof(OddConverter))]
    public sealed record Odd;

    [JsonDerivedType(typeof(Circle), "circle")]
    public abstract record Shape;

    public sealed record Circle(double Radius) : Shape;

    private sealed class OddConverter : JsonConverter<Odd>
    {
        public override Odd Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new JsonException("It wants more than a part.");

        public override void Write(Utf8JsonWriter writer, Odd value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}
