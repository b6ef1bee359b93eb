using System.Text;
using Remanso.Entries;

namespace Remanso.Conformance.Support;

/// <summary>Text whose shape changes with the application: what begins with "old" can't be decoded from <see cref="Ages"/> on.</summary>
public sealed class AgingCodec : IValueCodec<string>
{
    private volatile bool _aged;

    public string ContentType => "text/plain";

    public void Ages() => _aged = true;

    public ReadOnlyMemory<byte> Encode(string value) => Encoding.UTF8.GetBytes(value);

    public string Decode(ReadOnlyMemory<byte> bytes) =>
        Encoding.UTF8.GetString(bytes.Span) is var text && _aged && text.StartsWith("old", StringComparison.Ordinal)
            ? throw new InvalidOperationException("an older shape")
            : text;
}
