namespace Remanso.Faces;

/// <summary>A serializer that looks at what it wrote.</summary>
/// <typeparam name="T">The values.</typeparam>
internal interface IHybridCheck<T>
{
    /// <summary>Says in the log, once, that a value would not come back as it went in.</summary>
    void Check(T value, ReadOnlyMemory<byte> written);
}
