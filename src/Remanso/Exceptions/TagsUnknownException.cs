namespace Remanso;

/// <summary>The tags of a value can't be told, for it can't be decoded; whoever reads it is told that with an error of its own.</summary>
internal sealed class TagsUnknownException(Exception inner) : Exception(inner.Message, inner);
