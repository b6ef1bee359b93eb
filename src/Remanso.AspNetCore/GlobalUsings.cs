global using ByteCache = Remanso.ICache<string, System.ReadOnlyMemory<byte>>;
