using System.Text;
using System.Text.Json;

namespace Remanso.Fuzz.Targets;

/// <summary>RFC 7396 once more, said over System.Text.Json's own documents, with the house's rules for names that are there twice: of the
/// patch the last counts, in the place of the first; of the target the first is patched, further ones go. Texts are compared in one
/// spelling: names and strings resolved, numbers as they stand.</summary>
internal static class JsonOracle
{
    /// <summary>A value in one spelling.</summary>
    public static string Of(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Object =>
                $"{{{string.Join(',', value.EnumerateObject().Select(static member => $"{Name(member)}:{Of(member.Value)}"))}}}",
            JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Of))}]",
            JsonValueKind.String => TextOf(value),
            _ => value.GetRawText(),
        };

    /// <summary>What a patch makes of a value, in one spelling.</summary>
    public static string Patched(JsonElement target, JsonElement patch)
    {
        if (patch.ValueKind != JsonValueKind.Object || target.ValueKind != JsonValueKind.Object)
        {
            return Created(patch);
        }

        var members = MembersOf(patch);
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<string> result = [];
        foreach (var member in target.EnumerateObject())
        {
            var name = Name(member);
            if (members.FirstOrDefault(given => given.Name == name) is not { Name: not null } wish)
            {
                result.Add($"{name}:{Of(member.Value)}");
            }
            else if (seen.Add(name) && wish.Value.ValueKind != JsonValueKind.Null)
            {
                result.Add($"{name}:{Patched(member.Value, wish.Value)}");
            }
        }

        result.AddRange(
            members
                .Where(member => !seen.Contains(member.Name) && member.Value.ValueKind != JsonValueKind.Null)
                .Select(static member => $"{member.Name}:{Created(member.Value)}")
        );
        return $"{{{string.Join(',', result)}}}";
    }

    /// <summary>What a patch makes of nothing, in one spelling.</summary>
    public static string Created(JsonElement patch) =>
        patch.ValueKind != JsonValueKind.Object
            ? Of(patch)
            : $"{{{string.Join(',', MembersOf(patch).Where(static member => member.Value.ValueKind != JsonValueKind.Null).Select(static member => $"{member.Name}:{Created(member.Value)}"))}}}";

    private static List<(string Name, JsonElement Value)> MembersOf(JsonElement patch)
    {
        List<(string Name, JsonElement Value)> members = [];
        foreach (var member in patch.EnumerateObject())
        {
            var name = Name(member);
            var at = members.FindIndex(known => known.Name == name);
            if (at < 0)
            {
                members.Add((name, member.Value));
            }
            else
            {
                members[at] = (name, member.Value);
            }
        }

        return members;
    }

    private static string Name(JsonProperty member)
    {
        try
        {
            return JsonSerializer.Serialize(member.Name, JsonOracleJson.Default.String);
        }
        catch (InvalidOperationException)
        {
            // No Unicode text: equal to nothing, so it stands for itself.
            return $"\uFFFF{Escaped(member)}";
        }
    }

    private static string TextOf(JsonElement value)
    {
        try
        {
            return JsonSerializer.Serialize(value.GetString(), JsonOracleJson.Default.String);
        }
        catch (InvalidOperationException)
        {
            return value.GetRawText();
        }
    }

    private static string Escaped(JsonProperty member) =>
        Convert.ToHexString(Encoding.UTF8.GetBytes(member.ToString().Split(':')[0].TrimEnd()));
}
