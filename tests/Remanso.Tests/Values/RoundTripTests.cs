using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Remanso.Tests.Values;

/// <summary>A cache whose values would not come back from JSON is refused at its start, with the member that would be lost.</summary>
public sealed class RoundTripTests
{
    public interface IShape
    {
        int Sides { get; }
    }

    public static TheoryData<Type, string> Refused =>
        new()
        {
            { typeof(IShape), "IShape is IShape, an interface" },
            { typeof(Shape), "Shape is Shape, an abstract type" },
            { typeof(Drawing), "Drawing.Shapes[] is IShape, an interface" },
            { typeof(Dictionary<string, Shape>), "an abstract type" },
            { typeof(object), "is object" },
            { typeof(Dictionary<string, object>), "Dictionary<String, Object>[] is object" },
            { typeof(GetterOnly), "GetterOnly.Items is read-only" },
            { typeof(ReadOnlyField), "ReadOnlyField.Number is read-only" },
            { typeof(Hidden), "nothing of Hidden would be kept, Hidden._secret among it" },
            { typeof(TwoConstructors), "no constructor" },
            { typeof(LoneParameter), "a parameter 'other'" },
            { typeof(Stack<int>), "in reverse order" },
            { typeof(int[,]), "Int32[,]" },
            { typeof(Dictionary<Point, int>), "the keys of Dictionary<Point, Int32>" },
            { typeof(Action), "which JSON can't keep" },
            { typeof(BigInteger), "nothing of BigInteger would come back" },
            { typeof(Account), "nothing of Account.Balance would come back: JSON can set no member of BigInteger" },
            { typeof(Complex), "nothing of Complex would come back" },
            { typeof(System.Drawing.Color), "nothing of Color would come back" },
            { typeof(Rune), "nothing of Rune would come back" },
            { typeof(Index?), "nothing of Nullable<Index> would come back" },
            { typeof(Identity), "nothing of Identity would come back" },
            { typeof(List<StringBuilder>), "is StringBuilder, whose text JSON leaves out" },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_would_not_come_back_is_refused_at_the_start_with_the_member(Type type, string part)
    {
        var refusal = Assert.Throws<CacheConfigurationException>(() => Start(type, json: null));

        Assert.Contains($"The cache 'values' can't keep its values: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(int))]
    [InlineData(typeof(int?))]
    [InlineData(typeof(Computed))]
    [InlineData(typeof(Point))]
    [InlineData(typeof(List<Point>))]
    [InlineData(typeof(IReadOnlyDictionary<Guid, IReadOnlyList<string>>))]
    [InlineData(typeof(HashSet<int>))]
    [InlineData(typeof(JsonElement))]
    [InlineData(typeof(Tuple<int, string>))]
    [InlineData(typeof((int, (string, DateTime)[])))]
    [InlineData(typeof(Named))]
    [InlineData(typeof(Tree))]
    [InlineData(typeof(Uri))]
    [InlineData(typeof(Constant))]
    [InlineData(typeof(Vector3))]
    [InlineData(typeof(System.Drawing.Point))]
    [InlineData(typeof(KeyValuePair<string, Int128>))]
    [InlineData(typeof(System.Collections.Immutable.ImmutableArray<int>))]
    public void What_comes_back_is_taken(Type type) => Start(type, json: null);

    [Fact]
    public void Options_that_leave_fields_out_are_refused_for_a_type_with_fields() =>
        Assert.Contains(
            "Item1 is a public field",
            Assert.Throws<CacheConfigurationException>(() => Start(typeof((int, int)), JsonSerializerOptions.Web)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void A_converter_of_the_applications_is_trusted() =>
        Start(typeof(IShape), new JsonSerializerOptions { Converters = { new ShapeConverter() } });

    private static void Start(Type type, JsonSerializerOptions? json) =>
        typeof(RoundTripTests)
            .GetMethod(nameof(StartOf), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
            .MakeGenericMethod(type)
            .Invoke(null, System.Reflection.BindingFlags.DoNotWrapExceptions, null, [json], null);

    private static void StartOf<TValue>(JsonSerializerOptions? json)
    {
        var services = new ServiceCollection();
        services
            .AddRemanso()
            .UseMemoryTier()
            .AddCache<string, TValue>("values", cache =>
            {
                cache.WithoutStore = true;
                cache.ValueCodec = json is null ? null : ValueCodec.For<TValue>(json);
            });
        using var process = services.BuildServiceProvider();
        _ = process.GetRequiredService<ICacheRegistry>();
    }

    public abstract class Shape
    {
        public int Sides { get; set; }
    }

    public sealed record Drawing(IReadOnlyList<IShape> Shapes);

    public sealed class GetterOnly
    {
        public List<int> Items { get; } = [];
    }

    public sealed class ReadOnlyField
    {
#pragma warning disable CA1051 // A public field is what this is about.
        public readonly int Number = 1;
#pragma warning restore CA1051
    }

    public sealed class Hidden
    {
        private readonly string _secret = "s";

        public string Tell() => _secret;
    }

    public sealed class TwoConstructors
    {
        public TwoConstructors(int one) => One = one;

        public TwoConstructors(int one, int two) => One = one + two;

        public int One { get; }
    }

    public sealed class LoneParameter(int one, int other)
    {
        public int One { get; } = one + other;
    }

    public sealed class Computed
    {
        public int Price { get; set; }

        public int Count { get; init; }

        public int Total => Price * Count;

        [JsonIgnore]
        public object? Context { get; set; }
    }

    [StructLayout(LayoutKind.Auto)]
    public readonly record struct Point(int X, int Y);

    [JsonDerivedType(typeof(Circle), "circle")]
    public abstract class Named
    {
        public string? Name { get; set; }
    }

    public sealed class Circle : Named
    {
        public double Radius { get; set; }
    }

    public sealed record Account(BigInteger Balance);

    [StructLayout(LayoutKind.Auto)]
    public readonly struct Identity(int number)
    {
        private readonly int _number = number;

        public int Number => _number;
    }

    public sealed class Constant
    {
        private readonly Lock _gate = new();

        public bool IsFree => !_gate.IsHeldByCurrentThread;
    }

    public sealed record Tree(string Name, IReadOnlyList<Tree> Branches);

    private sealed class ShapeConverter : JsonConverter<IShape>
    {
        public override IShape? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => null;

        public override void Write(Utf8JsonWriter writer, IShape value, JsonSerializerOptions options) => writer.WriteNullValue();
    }
}
