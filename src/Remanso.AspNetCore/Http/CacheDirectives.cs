namespace Remanso.AspNetCore.Http;

/// <summary>Takes a <c>Cache-Control</c> field apart: <c>name</c> or <c>name=value</c>, separated by commas; a value
/// may stand in quotes, and then have commas.</summary>
internal ref struct CacheDirectives(string field)
{
    private ReadOnlySpan<char> _rest = field;

    /// <summary>Takes the next directive.</summary>
    /// <param name="name">Its name, in lower case.</param>
    /// <param name="value">Its value without quotes; empty where it has none.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryTakeNext(out ReadOnlySpan<char> name, out ReadOnlySpan<char> value)
    {
        name = default;
        value = default;
        while (!_rest.IsEmpty)
        {
            var directive = TakePart().Trim();
            if (directive.IsEmpty)
            {
                continue;
            }

            var equals = directive.IndexOf('=');
            name = (equals < 0 ? directive : directive[..equals].TrimEnd()).ToString().ToLowerInvariant();
            value = equals < 0 ? default : directive[(equals + 1)..].TrimStart();
            if (value.Length >= 2 && value[0] == '"' && value[^1] == '"')
            {
                value = value[1..^1];
            }

            if (equals >= 0 && value.IsEmpty)
            {
                throw Problems.BadRequest($"Cache-Control: {name}= has no value.");
            }

            return true;
        }

        return false;
    }

    private ReadOnlySpan<char> TakePart()
    {
        var quoted = false;
        for (var i = 0; i < _rest.Length; i++)
        {
            quoted ^= _rest[i] == '"';
            if (_rest[i] == ',' && !quoted)
            {
                var part = _rest[..i];
                _rest = _rest[(i + 1)..];
                return part;
            }
        }

        var last = _rest;
        _rest = default;
        return last;
    }
}
