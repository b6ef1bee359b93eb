using Remanso.Sql.Tables;
using Xunit;

namespace Remanso.Stores.Tests.Tables;

public sealed class TableMappingTests
{
    [Fact]
    public void A_mapping_needs_a_table_a_key_a_column_a_version_and_a_word_on_deletes()
    {
        AssertRefused("names no table", table => table.Key("id").Column(v => v.Name, "name").Version("v").AllowHardDeletes());
        AssertRefused("has no key", table => table.Named("t").Column(v => v.Name, "name").Version("v").AllowHardDeletes());
        AssertRefused("no column of the value", table => table.Named("t").Key("id").Version("v").AllowHardDeletes());
        AssertRefused("no version column", table => table.Named("t").Key("id").Column(v => v.Name, "name").AllowHardDeletes());
        AssertRefused("must say what a delete does", table => table.Named("t").Key("id").Column(v => v.Name, "name").Version("v"));
        AssertRefused("must say what a delete does", table =>
            table.Named("t").Key("id").Column(v => v.Name, "name").Version("v").SoftDelete("d").AllowHardDeletes()
        );
    }

    [Fact]
    public void What_can_not_be_mapped_is_refused_with_its_name()
    {
        AssertRefused("'v' twice", table => Complete(table).Column(v => v.Other, "v"));
        AssertRefused("can't hold a Version", table => Complete(table).Column(v => v.Exotic, "exotic"));
        AssertRefused("Value.Computed can't be set", table => Complete(table).Column(v => v.Computed, "computed"));
        Assert.Throws<ArgumentException>(() => Complete(new TableMappingBuilder<int, Value>()).Column(v => v.Name.Length, "length"));
        Assert.Throws<ArgumentException>(() => Complete(new TableMappingBuilder<int, Value>()).ColumnAsText(v => v.Name, "name"));
    }

    [Fact]
    public void Keys_whose_equality_differs_between_engines_are_refused_and_can_be_converted()
    {
        var moments = new TableMappingBuilder<DateTimeOffset, int>()
            .Named("t")
            .Key("at")
            .Column(v => v, "n")
            .Version("v")
            .AllowHardDeletes();
        Assert.Contains(
            "equality differs between engines",
            Assert.Throws<CacheConfigurationException>(() => moments.Build()).Message,
            StringComparison.Ordinal
        );

        var codec = new TableMappingBuilder<DateTimeOffset, int>()
            .Named("t")
            .Key(key => key, "at", at => at.UtcTicks, ticks => new DateTimeOffset(ticks, TimeSpan.Zero))
            .Column(v => v, "n")
            .Version("v")
            .AllowHardDeletes()
            .Build()
            .KeyCodec;
        Assert.Equal(DateTimeOffset.UnixEpoch, codec.Decode(codec.Encode(DateTimeOffset.UnixEpoch)));
    }

    [Fact]
    public void A_key_has_one_string_and_other_strings_are_none()
    {
        var codec = Tuple().KeyCodec;

        Assert.Equal("a~1b~0/7/true", codec.Encode(("a/b~", 7, true)));
        Assert.All(
            new[] { "a/7", "a/7/true/b", "a/07/true", "a/7/True", "a~/7/true", "a~2/7/true", "a/7.0/true", "a/99999999999/true", "" },
            text =>
            {
                // It gets into logs, which have no keys.
                var error = Assert.Throws<FormatException>(() => codec.Decode(text)).ToString();
                Assert.True(text.Length == 0 || !error.Contains(text, StringComparison.Ordinal), error);
            }
        );
        Assert.Throws<InvalidKeyException>(() => codec.Encode((null!, 7, true)));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Different_composite_keys_never_share_a_string(int seed)
    {
        var random = new Random(seed);
        var codec = Tuple().KeyCodec;
        const string Alphabet = "/~01a";
        var seen = new Dictionary<string, (string Text, int Number, bool Flag)>(StringComparer.Ordinal);
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            var key = (text, random.Next(-2, 3), random.Next(2) == 0);

            var encoded = codec.Encode(key);

            Assert.Equal(key, codec.Decode(encoded));
            Assert.True(seen.TryAdd(encoded, key) || seen[encoded] == key, $"{key} and {seen[encoded]} are both '{encoded}'.");
        }
    }

    [Fact]
    public void A_value_in_the_tier_holds_its_mapped_columns_and_nothing_else()
    {
        var codec = Complete(new TableMappingBuilder<int, Value>()).Build().ValueCodec;

        var bytes = codec.Encode(new Value { Name = "Ann", Other = 7 });

        Assert.Equal("""{"name":"Ann"}""", System.Text.Encoding.UTF8.GetString(bytes.Span));
        Assert.Equal(("Ann", 0), (codec.Decode(bytes).Name, codec.Decode(bytes).Other));
        Assert.Equal("Ann", codec.Decode("""{"gone":[1,{"a":2}],"name":"Ann"}"""u8.ToArray()).Name);
        Assert.Throws<FormatException>(() => codec.Decode("[1]x"u8.ToArray()));
        Assert.Throws<FormatException>(() => codec.Decode("{\"name\":1}"u8.ToArray()));
    }

    [Theory]
    [InlineData("pre\u00e7o")]
    [InlineData("gr\u00f6\u00dfe")]
    [InlineData("it's")]
    [InlineData("a+b")]
    [InlineData("to\"tal")]
    [InlineData("x`y\\z")]
    [InlineData("a&b<c>")]
    [InlineData("\U0001F600")]
    public void A_column_comes_back_whatever_it_is_called(string name)
    {
        var codec = Named(t => t.Column(v => v.Name, name).Column(v => v.Other, "other")).ValueCodec;
        var moved = Named(t => t.Column(v => v.Other, "other").Column(v => v.Name, name)).ValueCodec;

        var bytes = codec.Encode(new Value { Name = "Ann", Other = 7 });

        Assert.Equal(("Ann", 7), (codec.Decode(bytes).Name, codec.Decode(bytes).Other));
        Assert.Equal(("Ann", 7), (moved.Decode(bytes).Name, moved.Decode(bytes).Other));

        static TableMapping<int, Value> Named(Func<TableMappingBuilder<int, Value>, TableMappingBuilder<int, Value>> columns) =>
            columns(new TableMappingBuilder<int, Value>().Named("t").Key("id").Version("v").AllowHardDeletes()).Build();
    }

    private static TableMapping<(string Text, int Number, bool Flag), int> Tuple() =>
        new TableMappingBuilder<(string Text, int Number, bool Flag), int>()
            .Named("t")
            .Key(k => k.Text, "a")
            .Key(k => k.Number, "b")
            .Key(k => k.Flag, "c")
            .Column(v => v, "n")
            .Version("v")
            .AllowHardDeletes()
            .Build();

    private static TableMappingBuilder<int, Value> Complete(TableMappingBuilder<int, Value> table) =>
        table.Named("t").Key("id").Column(v => v.Name, "name").Version("v").AllowHardDeletes();

    private static void AssertRefused(string expected, Func<TableMappingBuilder<int, Value>, TableMappingBuilder<int, Value>> map) =>
        Assert.Contains(
            expected,
            Assert.Throws<CacheConfigurationException>(() => map(new TableMappingBuilder<int, Value>()).Build()).Message,
            StringComparison.Ordinal
        );

    public sealed class Value
    {
        public string Name { get; set; } = string.Empty;

        public int Other { get; set; }

        public Version? Exotic { get; set; }

        public int Computed => Name.Length;
    }
}
