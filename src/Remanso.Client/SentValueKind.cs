namespace Remanso.Client;

/// <summary>What a value inside JSON was: a batch does not tell media types.</summary>
public enum SentValueKind
{
    /// <summary>There is no value.</summary>
    None,

    /// <summary>Text (<c>text/*</c>); its bytes are its UTF-8. A JSON document that is a string looks the same, and
    /// becomes its text; unless it escapes a lone surrogate, which no text has.</summary>
    Text,

    /// <summary>A JSON document; its bytes are its text.</summary>
    Json,

    /// <summary>Any other bytes.</summary>
    Bytes,
}
