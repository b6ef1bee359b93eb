using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Unicode;
using Remanso.Common;

namespace Remanso.AspNetCore.Http;

/// <summary>Reads a JSON body by hand: no model binding, no reflection, no document tree.</summary>
internal static class JsonBody
{
    /// <summary>The depth that every JSON reader of the server allows, so that what one accepts another can embed.</summary>
    public static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 64 };

    // The text, what is taken from it, and strings of two bytes a character.
    private const int Copies = 3;

    /// <summary>Parses a body of JSON.</summary>
    public delegate TBody Parser<TBody>(ref Utf8JsonReader reader, ReadOnlySpan<byte> json);

    /// <summary>Reads and parses the body, whatever its Content-Type says.</summary>
    /// <exception cref="ProblemException">It is too large, or not the JSON that is expected.</exception>
    public static ValueTask<TBody> ReadAsync<TBody>(HttpRequest request, long limit, Parser<TBody> parser)
    {
        var read = RequestBody.ReadAsync(request, limit, Copies);
        return read.IsCompletedSuccessfully
            ? ValueTask.FromResult(ParseAndRelease(read.GetAwaiter().GetResult(), parser))
            : ContinueAsync(read, parser);
    }

    /// <summary>Steps into the body's object.</summary>
    public static void ExpectObject(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.None)
        {
            reader.Read();
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Problems.MalformedJson("An object is expected.");
        }
    }

    /// <summary>The string on which the reader stands.</summary>
    public static string TakeString(ref Utf8JsonReader reader, string name) =>
        reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw Problems.MalformedJson($"{name} must be a string.");

    /// <summary>How an element of an array is called in what a client is told.</summary>
    public static string ElementOf(string name, int index) => $"{name}: element {index}, counted from 0,";

    /// <summary>Steps to the value of a member that may be left out. Clients that are generated send null for what is
    /// not set.</summary>
    /// <returns>Whether there is one.</returns>
    public static bool ReadIfAny(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType != JsonTokenType.Null;

    /// <summary>The array of strings on which the reader stands.</summary>
    public static List<string> TakeStrings(ref Utf8JsonReader reader, string name, int limit)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Problems.MalformedJson($"{name} must be an array of strings.");
        }

        List<string> strings = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (strings.Count == limit)
            {
                throw Problems.BadRequest($"{name} has more than {limit} elements.");
            }

            strings.Add(
                reader.TokenType == JsonTokenType.String
                    ? reader.GetString()!
                    : throw Problems.MalformedJson($"{ElementOf(name, strings.Count)} must be a string.")
            );
        }

        return strings;
    }

    private static async ValueTask<TBody> ContinueAsync<TBody>(ValueTask<RequestBytes> read, Parser<TBody> parser) =>
        ParseAndRelease(await read, parser);

    private static TBody ParseAndRelease<TBody>(in RequestBytes body, Parser<TBody> parser)
    {
        try
        {
            return body.Bytes.IsSingleSegment ? Parse(body.Bytes.FirstSpan, parser) : ParseCopy(body.Bytes, parser);
        }
        finally
        {
            body.Release();
        }
    }

    private static TBody ParseCopy<TBody>(ReadOnlySequence<byte> body, Parser<TBody> parser)
    {
        var rented = ArrayPool<byte>.Shared.Rent((int)body.Length);
        try
        {
            body.CopyTo(rented);
            return Parse(rented.AsSpan(0, (int)body.Length), parser);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Parses the bytes of a body.</summary>
    /// <exception cref="ProblemException">They are not the JSON that is expected.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TBody Parse<TBody>(ReadOnlySpan<byte> json, Parser<TBody> parser)
    {
        // The reader takes any bytes between quotes; what is stored as text must be text.
        if (!Utf8.IsValid(json))
        {
            throw Problems.MalformedJson("The body is not valid UTF-8.");
        }

        try
        {
            var reader = new Utf8JsonReader(json, ReaderOptions);
            var result = parser(ref reader, json);
            if (!json.IsEmpty && reader.Read())
            {
                throw Problems.MalformedJson("More follows after the end.");
            }

            return result;
        }
        catch (JsonException) when (json.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            throw Problems.MalformedJson("The body is empty; JSON is expected.");
        }
        catch (JsonException exception)
        {
            throw Problems.MalformedJson(JsonFault.Of(exception));
        }
        catch (InvalidOperationException)
        {
            throw Problems.MalformedJson("A string has an escaped lone surrogate, which is no Unicode text.");
        }
    }
}
