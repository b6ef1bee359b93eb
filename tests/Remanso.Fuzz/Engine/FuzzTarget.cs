namespace Remanso.Fuzz.Engine;

/// <summary>A parser that meets foreign bytes, as something that can be called with any.</summary>
/// <param name="Name">Its name, and that of its folder below <c>Corpus</c>.</param>
/// <param name="Run">Calls it. It keeps what the parser documents to itself; whatever it throws is a finding.</param>
internal sealed record FuzzTarget(string Name, Action<byte[]> Run)
{
    /// <summary>What its inputs are made of: a mutation that inserts a word gets further than one that inserts a byte.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>The longest input.</summary>
    public int MostBytes { get; init; } = 4096;

    /// <summary>How many mutations the tests run.</summary>
    public int Mutations { get; init; } = 5000;

    /// <summary>What one run may allocate, in bytes: a multiple of any input, and what the parser has for itself.</summary>
    public long MostAllocated { get; init; } = 16 << 20;
}
