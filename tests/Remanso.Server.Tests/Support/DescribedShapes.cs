using System.Text.Json;

namespace Remanso.Server.Tests.Support;

/// <summary>The shapes of answers in an OpenAPI document, and what of an answer is not as its shape says.</summary>
internal sealed class DescribedShapes(JsonElement document)
{
    /// <summary>Each call that answers JSON: its path and method.</summary>
    public IEnumerable<(string Path, string Method)> Operations =>
        from path in document.GetProperty("paths").EnumerateObject()
        from call in path.Value.EnumerateObject()
        where
            call.Value.TryGetProperty("responses", out var answers)
            && answers.EnumerateObject().Any(static one => Json(one.Value) is not null)
        select (path.Name, call.Name.ToUpperInvariant());

    /// <summary>The headers that a call's answers of a status may have.</summary>
    public IEnumerable<string> Headers(string path, string method, int status)
    {
        var call = document.GetProperty("paths").GetProperty(path).GetProperty(method.ToLowerInvariant());
        return call.GetProperty("responses").GetProperty($"{status}").TryGetProperty("headers", out var headers)
            ? headers.EnumerateObject().Select(static header => header.Name)
            : [];
    }

    /// <summary>What is wrong with an answer; empty where nothing is.</summary>
    public string Faults(string path, string method, int status, JsonElement answer)
    {
        var call = document.GetProperty("paths").GetProperty(path).GetProperty(method.ToLowerInvariant());
        var known = call.GetProperty("responses").TryGetProperty($"{status}", out var response) ? Json(response) : null;
        return known is { } shape
            ? string.Join("; ", Faults($"{method} {path}", shape, answer))
            : $"{method} {path} has no shape for {status}";
    }

    private static JsonElement? Json(JsonElement response) =>
        response.TryGetProperty("content", out var content)
        && content.TryGetProperty("application/json", out var media)
        && media.TryGetProperty("schema", out var shape)
            ? shape
            : null;

    private IEnumerable<string> Faults(string place, JsonElement shape, JsonElement value)
    {
        shape = Resolve(shape);
        if (value.ValueKind == JsonValueKind.Array && shape.TryGetProperty("items", out var items))
        {
            return value.EnumerateArray().SelectMany((one, i) => Faults($"{place}[{i}]", items, one));
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        if (shape.TryGetProperty("additionalProperties", out var each) && each.ValueKind == JsonValueKind.Object)
        {
            return value.EnumerateObject().SelectMany(one => Faults($"{place}.{one.Name}", each, one.Value));
        }

        return shape.TryGetProperty("properties", out var known) ? Members(place, shape, known, value) : [];
    }

    private IEnumerable<string> Members(string place, JsonElement shape, JsonElement known, JsonElement value)
    {
        var required = shape.TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(static name => name.GetString()!)
            : [];
        var missing = required.Where(name => !value.TryGetProperty(name, out _)).Select(name => $"{place} lacks {name}");
        var others = value
            .EnumerateObject()
            .SelectMany(one =>
                known.TryGetProperty(one.Name, out var inner)
                    ? Faults($"{place}.{one.Name}", inner, one.Value)
                    : [$"{place} has {one.Name}, which its shape has not"]
            );
        return missing.Concat(others);
    }

    private JsonElement Resolve(JsonElement shape)
    {
        if (!shape.TryGetProperty("$ref", out var reference))
        {
            return shape;
        }

        return reference.GetString()!.TrimStart('#', '/').Split('/').Aggregate(document, static (node, name) => node.GetProperty(name));
    }
}
