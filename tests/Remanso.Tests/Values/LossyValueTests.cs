using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Remanso.Entries;
using Xunit;

namespace Remanso.Tests.Values;

/// <summary>A value that would not come back from JSON whole, which its type does not tell, is refused by its write.</summary>
public sealed class LossyValueTests
{
    public static TheoryData<object, string> Lossy =>
        new()
        {
            { new Order(["tea"]), "Order.lines would not come back" },
            {
                new Basket { Orders = [new Order([]), new Order(["tea"])] },
                "Basket.orders[].lines would not come back"
            },
            {
                new Dictionary<string, Order> { ["a"] = new(["tea"]) },
                "Dictionary<String, Order>[].lines would not come back"
            },
            { new Warmth(21.5), "Warmth.celsius would not come back" },
            { new Lazy<int>(static () => 5), "Lazy<Int32>." },
            { new InvalidOperationException("why"), "InvalidOperationException.message would not come back" },
            {
                new Circle { Radius = 1, Shapes = new Order(["tea"]) },
                "Shape.shapes.lines would not come back"
            },
            { new Note("half \ud83d"), "$.Text has a lone surrogate" },
            {
                new List<Note> { new("whole"), new("half \udc00") },
                "has a lone surrogate"
            },
            {
                new Dictionary<string, int> { ["half \ud83d"] = 1 },
                "has a lone surrogate"
            },
            { new Letter('\ud83d'), "$.Only has a lone surrogate" },
        };

    [Theory]
    [MemberData(nameof(Lossy), DisableDiscoveryEnumeration = true)]
    public void A_value_that_would_lose_something_is_refused_with_the_member_whichever_it_is(object value, string part)
    {
        var encode = CodecOf(value.GetType() == typeof(Circle) ? typeof(Shape) : value.GetType());

        for (var time = 0; time < 3; time++)
        {
            Assert.Contains(part, Assert.Throws<ArgumentException>(() => encode(value)).Message, StringComparison.Ordinal);
        }
    }

    public static TheoryData<object> Kept =>
        new()
        {
            new Order([]),
            new Basket { Orders = [new Order([])] },
            new Price { Net = 2, Count = 3 },
            new Clock(),
            new Counting(),
            new Bagged { Bag = [1, 2, 3] },
            new Note("whole \ud83d\ude00 and replaced \ufffd"),
            new Letter('\ufffd'),
            new Tagged { Parts = { "a" } },
            new Anybody("full name"),
        };

    [Theory]
    [MemberData(nameof(Kept), DisableDiscoveryEnumeration = true)]
    public void A_value_that_comes_back_is_taken(object value)
    {
        var encode = CodecOf(value.GetType());

        encode(value);
        encode(value);
    }

    [Fact]
    public void A_member_is_looked_at_until_a_value_says_something_with_it()
    {
        var codec = ValueCodec.For<Order>();
        for (var empty = 0; empty < 100; empty++)
        {
            codec.Encode(new Order([]));
        }

        Assert.Throws<ArgumentException>(() => codec.Encode(new Order(["tea"])));
    }

    [Fact]
    public void What_comes_back_is_looked_at_no_more()
    {
        var codec = ValueCodec.For<Counted>();
        codec.Encode(new Counted { Net = 2 });
        Counted.Asked = 0;

        codec.Encode(new Counted { Net = 3 });

        Assert.Equal(1, Counted.Asked);
    }

    [Fact]
    public void What_never_says_anything_is_looked_at_a_thousand_times_at_most()
    {
        var codec = ValueCodec.For<Counted>();
        for (var i = 0; i < 1_000; i++)
        {
            codec.Encode(new Counted());
        }

        Counted.Asked = 0;
        codec.Encode(new Counted());

        Assert.Equal(1, Counted.Asked);
    }

    [Fact]
    public void An_encoder_that_escapes_nothing_hides_no_lone_surrogate()
    {
        var codec = ValueCodec.For<Note>(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

        codec.Encode(new Note("whole \ufffd"));
        Assert.Throws<ArgumentException>(() => codec.Encode(new Note("half \ud83d")));
    }

    [Fact]
    public async Task A_patch_with_a_lone_surrogate_is_refused()
    {
        await using var caches = await RemansoCaches.CreateAsync(static remanso => remanso.WithoutStore().AddCache<string, Note>("notes"));
        var notes = caches.Get<string, Note>("notes");
        await notes.SetAsync("k", new Note("whole"), cancellationToken: TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<InvalidValueException>(async () => await notes.SetAsync("k", new Note("\ud83d")));
        await Assert.ThrowsAsync<InvalidMergeException>(async () => await notes.PatchAsync("k", new { Text = "\ud83d" }));
        await Assert.ThrowsAsync<InvalidMergeException>(async () => await notes.PatchAsync("k", "{\"text\":\"\ud83d\"}"));
        await Assert.ThrowsAsync<InvalidMergeException>(async () => await notes.PatchAsync("k", "{\"text\":\"\\ud83d\"}"));

        Assert.StartsWith("The cache 'notes' can't keep this value of key 'k': ", refused.Message, StringComparison.Ordinal);
        Assert.Equal("whole", (await notes.GetAsync("k", TestContext.Current.CancellationToken)).Value!.Text);
    }

    private static Action<object> CodecOf(Type type) =>
        (Action<object>)
            typeof(LossyValueTests)
                .GetMethod(nameof(CodecOfType), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
                .MakeGenericMethod(type)
                .Invoke(null, null)!;

    private static Action<object> CodecOfType<TValue>()
    {
        var codec = ValueCodec.For<TValue>();
        return value => codec.Encode((TValue)value);
    }

    public sealed class Order
    {
        private readonly List<string> _lines = [];

        public Order() { }

        public Order(IEnumerable<string> lines) => _lines.AddRange(lines);

        public int Id { get; set; }

        public bool IsEmpty => _lines.Count == 0;

        public IReadOnlyList<string> Lines => _lines.AsReadOnly();
    }

    public sealed class Basket
    {
        public List<Order> Orders { get; init; } = [];
    }

    public sealed class Warmth
    {
        private readonly double _celsius;

        public Warmth() { }

        public Warmth(double celsius) => _celsius = celsius;

        public double Celsius => _celsius;
    }

    [JsonDerivedType(typeof(Circle), "circle")]
    public abstract class Shape
    {
        public Order? Shapes { get; set; }
    }

    public sealed class Circle : Shape
    {
        public double Radius { get; set; }

        public double Area => Math.PI * Radius * Radius;
    }

    public sealed record Note(string Text);

    public sealed record Letter(char Only);

    public sealed class Price
    {
        public decimal Net { get; set; }

        public int Count { get; set; }

        public decimal Total => Net * Count;
    }

    public sealed class Clock
    {
        private static long _now = 1;

        public long Now => Interlocked.Increment(ref _now);
    }

    public sealed class Counting
    {
        private int _asked = 7;

        public int Asked => ++_asked;
    }

    public sealed class Bagged
    {
        public ConcurrentBag<int> Bag { get; set; } = [];

        public IEnumerable<int> Twice => Bag.Select(static number => 2 * number);

        public IReadOnlyList<Price> Prices => [.. Bag.Select(static number => new Price { Net = number })];
    }

    public sealed class Tagged
    {
        [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
        public IList<string> Parts => Kept;

        private List<string> Kept { get; } = [];
    }

    public sealed class Anybody(string full)
    {
        private readonly string _initials = string.Concat(full.Split(' ').Select(static part => part[0]));

        public string Full => full;

        public string Initials => _initials;
    }

    public sealed class Counted
    {
        internal static int Asked { get; set; }

        public int Net { get; set; }

        public int Twice
        {
            get
            {
                Asked++;
                return 2 * Net;
            }
        }
    }
}
